package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.internal.Folders;

/**
 * The folder of one mailbox, with its {@code tmp}, {@code new} and {@code cur}.
 *
 * <p>Missing folders below the root are made, for the owner only; a missing root is an error, because it is more likely a
 * file system that is not mounted. None of them may be a symbolic link, so nothing is read or written outside of the root.
 */
record MaildirFolder(Path path) {
    private static final Logger LOG = LoggerFactory.getLogger(MaildirFolder.class);
    private static final Duration LEFTOVER_AGE = Duration.ofHours(36);

    /** The folder of an account, of which nothing need exist yet. */
    static MaildirFolder at(MailFolder mail, MailAddress account) throws IOException {
        return new MaildirFolder(mail.mailbox(account));
    }

    /** The folder of an account, checked and made where it is missing. */
    static MaildirFolder of(MailFolder mail, MailAddress account) throws IOException {
        MaildirFolder mailbox = at(mail, account);
        mailbox.require(mail);
        return mailbox;
    }

    /** A folder for the lock of a mailbox that is elsewhere, made where it is missing. */
    static MaildirFolder forLock(Path root, MailAddress account) throws IOException {
        MaildirFolder folder = at(MailFolder.at(root), account);
        if (!Files.isDirectory(root)) {
            throw new IOException("The folder of locks " + root + " is missing");
        }
        List<Path> levels = Folders.between(root, folder.path());
        Folders.require(levels.subList(1, levels.size()));
        return folder;
    }

    /**
     * Checks the folders below the root, and makes what is missing. {@code cur} is made last, when all others survive a crash
     * of the machine: where it is, a message in {@code new} needs no more than that folder to be synced.
     */
    void require(MailFolder mail) throws IOException {
        mail.requireRoot();
        boolean complete = Folders.isThere(cur());
        if (!complete) {
            mail.requireMarker();
        }
        List<Path> levels = Folders.between(mail.root(), path);
        Folders.require(levels.subList(1, levels.size()));
        Folders.require(List.of(tmp(), fresh()));
        if (!complete) {
            Folders.syncAll(levels);
            Folders.require(List.of(cur()));
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
                removeIfOlder(file, oldest);
            }
        } catch (DirectoryIteratorException | FileSystemException e) {
            LOG.warn("Leftovers in {} could not be removed: {}", tmp(), e.toString());
        }
    }

    private static void removeIfOlder(Path file, FileTime oldest) throws IOException {
        try {
            if (Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).compareTo(oldest) < 0) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("{} was in use until now", file);
        } catch (FileSystemException e) {
            LOG.warn("{} is left over and could not be removed: {}", file, e.toString());
        }
    }

    /** Attributes of a file that only its owner may read and write. */
    FileAttribute<?>[] ownerOnlyFile() {
        return Folders.permissions(path, "rw-------");
    }
}
