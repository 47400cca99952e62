package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that exists while its maker uses another. Its first line is the maker's process, as liblockfile has it; a second one
 * tells on which host, so that a server that is started again does not wait for the one that was killed.
 */
final class DotLock implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(DotLock.class);
    private static final int MAX_OCTETS = 200;
    private static final Pattern MARK = Pattern.compile("(\\d{1,18})\nvmail (\\S+)\n");
    private static final String BOOT = boot();

    private final Path file;
    private final String key;

    private DotLock(Path file, String key) {
        this.file = file;
        this.key = key;
    }

    static Optional<DotLock> tryLock(MboxPaths paths, Duration staleAfter) throws IOException {
        Path file = paths.dotLock();
        removeStale(file, staleAfter);
        try {
            Files.createFile(file, paths.ownerOnlyFile());
        } catch (FileAlreadyExistsException e) {
            return Optional.empty();
        }
        DotLock lock = new DotLock(file, key(file));
        try {
            Files.write(file, mark(ProcessHandle.current().pid()).getBytes(US_ASCII));
        } catch (IOException e) {
            lock.close();
            throw e;
        }
        return Optional.of(lock);
    }

    /** Tells others that it is not stale. */
    void renew() throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    }

    /** Removes it, unless somebody took it for stale and made one of their own. */
    @Override
    public void close() throws IOException {
        try {
            if (key(file).equals(key)) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            LOG.warn("The lock {} was removed by somebody else", file);
        }
    }

    private static void removeStale(Path file, Duration staleAfter) throws IOException {
        try {
            String key = key(file);
            FileTime made = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
            boolean old = made.toInstant().plus(staleAfter).isBefore(Instant.now());
            if (old || isOfAKilledServer(file)) {
                LOG.warn("Removing the stale lock {}", file);
                remove(file, key);
            }
        } catch (NoSuchFileException free) {
            // nothing is locked
        }
    }

    /** Somebody else may have removed it as well, and have made a lock that counts: that one is put back. */
    private static void remove(Path file, String key) throws IOException {
        Path aside = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
        Files.move(file, aside, StandardCopyOption.ATOMIC_MOVE);
        try {
            if (!key(aside).equals(key)) {
                Files.createLink(file, aside);
            }
        } finally {
            Files.delete(aside);
        }
    }

    /**
     * Whether it is ours, of a process that is no more on this host. Others write their process as well, but theirs may be
     * one of another host; so the host is in ours.
     */
    private static boolean isOfAKilledServer(Path file) throws IOException {
        String text;
        try {
            text = Files.size(file) > MAX_OCTETS ? "" : Files.readString(file, ISO_8859_1);
        } catch (NoSuchFileException free) {
            throw free;
        } catch (IOException notOurs) {
            return false; // Postfix and mutt make locks that nobody may read
        }
        Matcher mark = MARK.matcher(text);
        return mark.matches()
                && mark.group(2).equals(BOOT)
                && ProcessHandle.of(Long.parseLong(mark.group(1))).isEmpty();
    }

    /** What stands in a lock of this host. */
    static String mark(long process) {
        return process + "\nvmail " + BOOT + "\n";
    }

    private static String boot() {
        try {
            // Process numbers are worth something on this host, since it was started, and in this container.
            String boot =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            return boot + "." + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException | RuntimeException unknown) {
            return UUID.randomUUID().toString();
        }
    }

    private static String key(Path file) throws IOException {
        return String.valueOf(
                Files.readAttributes(file, "fileKey", LinkOption.NOFOLLOW_LINKS).get("fileKey"));
    }
}
