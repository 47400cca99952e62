package org.vmail.mailbox.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** Folders that lead to mailboxes. None may be a symbolic link, so nothing is read or written outside of the root. */
public final class Folders {
    private static final boolean CAN_BE_SYNCED =
            !System.getProperty("os.name", "").startsWith("Windows");

    private Folders() {}

    /** The root and all folders from there to another one, which is the last. */
    public static List<Path> between(Path root, Path folder) {
        List<Path> folders = new ArrayList<>();
        folders.add(root);
        for (Path name : root.relativize(folder)) {
            folders.add(folders.get(folders.size() - 1).resolve(name));
        }
        return folders;
    }

    public static boolean isThere(Path folder) {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS);
    }

    /** Makes folders for their owner only where they are missing; that they were made may not survive a crash of the machine. */
    public static void require(List<Path> folders) throws IOException {
        for (Path folder : folders) {
            require(folder);
        }
    }

    private static void require(Path folder) throws IOException {
        if (isThere(folder)) {
            return;
        }
        try {
            Files.createDirectory(folder, permissions(folder, "rwx------"));
        } catch (FileAlreadyExistsException e) {
            if (!isThere(folder)) {
                throw new IOException(folder + " is not a folder; a symbolic link is not followed here", e);
            }
        }
    }

    /** Makes names that were added to a folder, and removed, survive a crash of the machine. */
    public static void sync(Path folder) throws IOException {
        if (CAN_BE_SYNCED) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Syncs all of them but for those in which this process may make nothing. */
    public static void syncAll(List<Path> folders) throws IOException {
        for (Path folder : folders) {
            try {
                sync(folder);
            } catch (AccessDeniedException e) {
                if (Files.isWritable(folder)) {
                    throw e;
                }
            }
        }
    }

    /** Attributes of what is made at a path, where the file system has such. */
    public static FileAttribute<?>[] permissions(Path path, String mode) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))}
                : new FileAttribute<?>[0];
    }
}
