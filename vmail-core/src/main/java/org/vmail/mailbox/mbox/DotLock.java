package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that exists while its maker uses another. Its content is the maker's process, as liblockfile has it. */
final class DotLock implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(DotLock.class);

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
            Files.write(file, (ProcessHandle.current().pid() + "\n").getBytes(US_ASCII));
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
            FileTime made = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS);
            if (made.toInstant().plus(staleAfter).isBefore(Instant.now())) {
                LOG.warn("Removing the stale lock {}", file);
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException free) {
            // nothing is locked
        }
    }

    private static String key(Path file) throws IOException {
        return String.valueOf(
                Files.readAttributes(file, "fileKey", LinkOption.NOFOLLOW_LINKS).get("fileKey"));
    }
}
