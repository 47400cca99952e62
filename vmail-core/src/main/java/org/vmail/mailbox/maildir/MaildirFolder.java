package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;

/**
 * The folder of one mailbox, {@code ROOT/DOMAIN/LOCAL-PART}, with its {@code tmp}, {@code new} and {@code cur}.
 *
 * <p>Missing folders below the root are made, for the owner only; a missing root is an error, because it is more likely a
 * file system that is not mounted. None of them may be a symbolic link, so nothing is read or written outside of the root.
 */
record MaildirFolder(Path path) {
    private static final Logger LOG = LoggerFactory.getLogger(MaildirFolder.class);
    private static final Duration LEFTOVER_AGE = Duration.ofHours(36);
    private static final boolean FOLDERS_CAN_BE_SYNCED =
            !System.getProperty("os.name", "").startsWith("Windows");

    /** The folder of an account, of which nothing need exist yet. */
    static MaildirFolder at(Path root, MailAddress account) throws IOException {
        try {
            return new MaildirFolder(root.resolve(account.domain().name()).resolve(account.localPart()));
        } catch (InvalidPathException e) {
            throw new IOException("The mailbox of " + account + " has no file name in this system's locale", e);
        }
    }

    /** The folder of an account, checked and made where it is missing. */
    static MaildirFolder of(Path root, MailAddress account) throws IOException {
        MaildirFolder mailbox = at(root, account);
        mailbox.require(root);
        return mailbox;
    }

    /** A folder for the lock of a mailbox that is elsewhere, made where it is missing. */
    static MaildirFolder forLock(Path root, MailAddress account) throws IOException {
        MaildirFolder folder = at(root, account);
        if (!Files.isDirectory(root)) {
            throw new IOException("The folder of locks " + root + " is missing");
        }
        make(root.resolve(root.relativize(folder.path()).getName(0)));
        make(folder.path());
        return folder;
    }

    /**
     * Checks the folders below the root, and makes what is missing. {@code cur} is made last, when all others survive a crash
     * of the machine: where it is, a message in {@code new} needs no more than that folder to be synced.
     */
    void require(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            throw new IOException("The mail folder " + root + " is missing; is its file system mounted?");
        }
        boolean complete = isThere(cur());
        List<Path> levels = new ArrayList<>();
        levels.add(root);
        for (Path name : root.relativize(path)) {
            levels.add(levels.get(levels.size() - 1).resolve(name));
        }
        for (Path level : levels.subList(1, levels.size())) {
            make(level);
        }
        make(tmp());
        make(fresh());
        if (!complete) {
            for (Path level : levels) {
                sync(level);
            }
            make(cur());
        }
    }

    Path tmp() {
        return path.resolve("tmp");
    }

    Path fresh() {
        return path.resolve("new");
    }

    Path cur() {
        return path.resolve("cur");
    }

    /**
     * Removes what deliveries that crashed left in tmp, once it is 36 hours old, as maildir(5) asks of whoever reads. A file
     * that cannot be removed stays, for it is nobody's mail.
     */
    void removeLeftovers(Instant now) throws IOException {
        FileTime oldest = FileTime.from(now.minus(LEFTOVER_AGE));
        try (DirectoryStream<Path> files = Files.newDirectoryStream(tmp())) {
            for (Path file : files) {
                if (Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).compareTo(oldest) < 0) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (DirectoryIteratorException | FileSystemException e) {
            LOG.warn("Leftovers in {} could not be removed: {}", tmp(), e.toString());
        }
    }

    /** Makes names that were added to a folder survive a crash of the machine. */
    static void sync(Path folder) throws IOException {
        if (FOLDERS_CAN_BE_SYNCED) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /** Attributes of a file that only its owner may read and write. */
    FileAttribute<?>[] ownerOnlyFile() {
        return permissions(path, "rw-------");
    }

    private static boolean isThere(Path folder) {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS);
    }

    private static void make(Path folder) throws IOException {
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

    private static FileAttribute<?>[] permissions(Path path, String mode) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))}
                : new FileAttribute<?>[0];
    }
}
