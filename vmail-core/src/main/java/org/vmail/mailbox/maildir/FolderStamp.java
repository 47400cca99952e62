package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which folder it is, and when its names changed last. While both are the same, and the time was no longer fresh when the
 * folder was listed, it holds the same names.
 *
 * @param key device and inode, or null where the file system has no such thing
 * @param time of the last change
 */
record FolderStamp(@Nullable Object key, FileTime time) {
    /**
     * Two changes may get the same time: within a clock tick, a second on old file systems, two on FAT. A folder that was
     * listed sooner after its last change may have changed once more without a trace.
     */
    private static final long SETTLED_MILLIS = 2000;

    /** The stamp of a folder, or empty if there is none, or something else in its place. */
    static Optional<FolderStamp> find(Path folder) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(folder, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isDirectory()
                    ? Optional.of(new FolderStamp(attributes.fileKey(), attributes.lastModifiedTime()))
                    : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** The stamp of a folder that has to be there. */
    static FolderStamp of(Path folder) throws IOException {
        return find(folder).orElseThrow(() -> new NoSuchFileException(folder.toString(), null, "not a folder"));
    }

    /**
     * Whether every later change will be seen in the time.
     *
     * @param now the file system's own time, taken before this stamp
     */
    boolean settledAt(FileTime now) {
        return now.toMillis() - time.toMillis() > SETTLED_MILLIS;
    }

    /** Whether it is the same folder, changed or not. */
    boolean sameFolder(FolderStamp other) {
        return key != null && key.equals(other.key);
    }
}
