package org.vmail.mailbox.mbox;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What tells whether a file is still the one that was read.
 *
 * @param key the file itself, whatever its name; device and inode where the system has them
 * @param changed when its status changed, which cannot be set back; where the system does not tell, the same as modified
 */
record FileState(String key, long size, FileTime modified, FileTime changed) {
    /** No file system that mail is kept on tells times more coarsely. */
    private static final Duration RESOLUTION = Duration.ofSeconds(2);

    /**
     * Looks at a file.
     *
     * @throws IOException if it is no regular file, such as a symbolic link, or cannot be looked at
     */
    static Optional<FileState> of(Path file) throws IOException {
        boolean unix = file.getFileSystem().supportedFileAttributeViews().contains("unix");
        try {
            Map<String, Object> found = Files.readAttributes(
                    file,
                    unix ? "unix:isRegularFile,fileKey,size,lastModifiedTime,ctime" : "*",
                    LinkOption.NOFOLLOW_LINKS);
            if (!Boolean.TRUE.equals(found.get("isRegularFile"))) {
                throw new IOException(file + " is not a file; a symbolic link is not followed here");
            }
            FileTime modified = (FileTime) require(found, "lastModifiedTime");
            FileTime changed = unix ? (FileTime) require(found, "ctime") : modified;
            return Optional.of(new FileState(
                    String.valueOf(found.get("fileKey")), (long) require(found, "size"), modified, changed));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whether a later change cannot have the same times, if the file was looked at then. */
    boolean isSettled(Instant then) {
        FileTime latest = modified.compareTo(changed) > 0 ? modified : changed;
        return latest.toInstant().plus(RESOLUTION).isBefore(then);
    }

    private static Object require(Map<String, Object> found, String name) {
        return requireNonNull(found.get(name), name);
    }
}
