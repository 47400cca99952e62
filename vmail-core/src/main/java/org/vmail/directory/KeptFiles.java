package org.vmail.directory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What some files that belong together said when they were last read.
 *
 * <p>Changed files are read once two checks in a row find them alike: an editor that is half through with writing must not
 * make users disappear. The first reading is confirmed by a second one for the same reason. Thread-safe.
 *
 * @param <C> what they say
 */
final class KeptFiles<C> {
    private static final Logger LOG = LoggerFactory.getLogger(KeptFiles.class);

    /** Reads all of the files; empty if they say that there is no such thing. */
    @FunctionalInterface
    interface Reader<C> {
        Optional<C> read() throws IOException;
    }

    private final String name;
    private final List<TextFile> files;
    private final Reader<C> reader;
    private final ReentrantLock checking = new ReentrantLock();
    private volatile @Nullable C content;
    private List<TextFile.Stamp> lastRead = List.of();
    private List<TextFile.Stamp> lastSeen = List.of();
    private boolean confirmed;
    private volatile long nextCheck;

    /**
     * Reads nothing yet.
     *
     * @param name what the files are, for logs
     */
    KeptFiles(String name, List<TextFile> files, Reader<C> reader, long now) {
        this.name = name;
        this.files = files;
        this.reader = reader;
        this.nextCheck = now;
    }

    /**
     * What the files say, or empty if there is no such thing.
     *
     * @throws IOException if the files cannot be read, and never could
     */
    Optional<C> content(long now, long checkInterval) throws IOException {
        if (isDue(now)) {
            check(now, checkInterval);
        }
        return Optional.ofNullable(content);
    }

    /** That there is no such thing is never remembered: whoever is told so bounces mail. */
    private boolean isDue(long now) {
        return content == null || now - nextCheck >= 0;
    }

    private void check(long now, long checkInterval) throws IOException {
        // Who has an answer does not wait for another thread's disk.
        if (content == null) {
            checking.lock();
        } else if (!checking.tryLock()) {
            return;
        }
        try {
            if (isDue(now)) {
                refresh();
                nextCheck = now + checkInterval;
            }
        } catch (IOException e) {
            if (content == null) {
                throw new IOException(name + " cannot be read: " + e, e);
            }
            nextCheck = now + checkInterval;
            LOG.error("{} cannot be read, so what was said before still counts: {}", name, e.toString());
        } finally {
            checking.unlock();
        }
    }

    private void refresh() throws IOException {
        List<TextFile.Stamp> before = stamps();
        boolean still = before.equals(lastSeen);
        lastSeen = before;
        if (content != null && (!still || (confirmed && before.equals(lastRead)))) {
            return;
        }
        Optional<C> read = reader.read();
        if (content != null && !stamps().equals(before)) {
            return; // somebody wrote while it was read
        }
        content = read.orElse(null);
        lastRead = before;
        confirmed = still;
    }

    private List<TextFile.Stamp> stamps() throws IOException {
        List<TextFile.Stamp> stamps = new ArrayList<>();
        for (TextFile file : files) {
            stamps.add(file.stamp());
        }
        return stamps;
    }
}
