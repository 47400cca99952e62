package org.vmail.mailbox.mbox;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;
import org.vmail.address.MailAddress;

/**
 * Where the mbox of an account is, {@code ROOT/DOMAIN/LOCAL-PART} or {@code SPOOL/LOCAL-PART}, and what belongs to it.
 *
 * <p>No two accounts share a file. A local part never begins with a dot, so neither does the name of an mbox, while those of
 * all files that vmail puts beside it do; but the names of the dotlock and of the quota file are not ours to choose, and so
 * no mbox has a name that ends in {@code .lock} or {@code .quota}: local parts that end so, with any number of underscores
 * behind, get one more underscore.
 *
 * @param mbox the file
 * @param aside where vmail keeps its own files; the same folder as that of the mbox, or another
 */
record MboxPaths(Path mbox, Path aside) {
    private static final Pattern LIKE_A_FILE_BESIDE = Pattern.compile(".*\\.(lock|quota)_*", Pattern.CASE_INSENSITIVE);
    private static final boolean FOLDERS_CAN_BE_SYNCED =
            !System.getProperty("os.name", "").startsWith("Windows");

    /** Below a root; the folder of the domain is made, for the owner only. */
    static MboxPaths of(Path root, MailAddress account) throws IOException {
        if (!Files.isDirectory(root)) {
            throw new IOException("The mail folder " + root + " is missing; is its file system mounted?");
        }
        try {
            Path domain = root.resolve(account.domain().name());
            requireFolder(domain, root);
            Path real = domain.toRealPath();
            return new MboxPaths(real.resolve(fileName(account.localPart())), real);
        } catch (InvalidPathException e) {
            throw new IOException("The mailbox of " + account + " has no file name in this system's locale", e);
        }
    }

    /** In a spool folder, which has one file for each user. */
    static MboxPaths inSpool(Path spool, Path aside, MailAddress account) throws IOException {
        for (Path folder : List.of(spool, aside)) {
            if (!Files.isDirectory(folder)) {
                throw new IOException("The folder " + folder + " is missing; is its file system mounted?");
            }
        }
        try {
            return new MboxPaths(spool.toRealPath().resolve(fileName(account.localPart())), aside.toRealPath());
        } catch (InvalidPathException e) {
            throw new IOException("The mailbox of " + account + " has no file name in this system's locale", e);
        }
    }

    static String fileName(String localPart) {
        return LIKE_A_FILE_BESIDE.matcher(localPart).matches() ? localPart + "_" : localPart;
    }

    Path dotLock() {
        return mbox.resolveSibling(mbox.getFileName() + ".lock");
    }

    /** Holds Linuxconf's limit of its size. */
    Path quota() {
        return mbox.resolveSibling(mbox.getFileName() + ".quota");
    }

    /** Held by the session that has the maildrop. */
    Path session() {
        return ours("session");
    }

    /** What tells equal messages apart. */
    Path numbers() {
        return ours("numbers");
    }

    /** What a removal of messages has still to write. */
    Path journal() {
        return ours("journal");
    }

    /** A journal that no longer fits the mbox. */
    Path setAsideJournal(long number) {
        return ours("unfinished-" + number);
    }

    /** A file that becomes another of ours once it is complete. */
    static Path unfinished(Path ours) {
        return ours.resolveSibling(ours.getFileName() + "-new");
    }

    /** Attributes of a file that only its owner may read and write. */
    FileAttribute<?>[] ownerOnlyFile() {
        return permissions(mbox, "rw-------");
    }

    /** Makes names that were added to a folder, and removed, survive a crash of the machine. */
    static void sync(Path folder) throws IOException {
        if (FOLDERS_CAN_BE_SYNCED) {
            try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private Path ours(String kind) {
        return aside.resolve("." + mbox.getFileName() + "." + kind);
    }

    private static void requireFolder(Path folder, Path parent) throws IOException {
        if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            Files.createDirectory(folder, permissions(folder, "rwx------"));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                throw new IOException(folder + " is not a folder; a symbolic link is not followed here", e);
            }
        }
        sync(parent);
    }

    private static FileAttribute<?>[] permissions(Path path, String mode) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode))}
                : new FileAttribute<?>[0];
    }
}
