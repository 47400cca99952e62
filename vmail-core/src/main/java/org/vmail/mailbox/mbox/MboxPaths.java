package org.vmail.mailbox.mbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.List;
import java.util.regex.Pattern;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.internal.Folders;

/**
 * Where the mbox of an account is, in a folder of mailboxes or {@code SPOOL/LOCAL-PART}, and what belongs to it.
 *
 * <p>No two accounts share a file. A local part never begins with a dot, so neither does the name of an mbox, while those of
 * all files that vmail puts beside it do; but the names of the dotlock and of the quota file are not ours to choose, and so
 * no mbox has a name that ends in {@code .lock} or {@code .quota}: names that end so, with any number of underscores
 * behind, get one more underscore.
 *
 * @param mbox the file
 * @param aside where vmail keeps its own files; the same folder as that of the mbox, or another
 * @param top from this folder down to that of the mbox, names that vmail adds have to survive a crash of the machine
 */
record MboxPaths(Path mbox, Path aside, Path top) {
    private static final Pattern LIKE_A_FILE_BESIDE = Pattern.compile(".*\\.(lock|quota)_*", Pattern.CASE_INSENSITIVE);

    /** In a folder of mailboxes; what leads to it is made, for the owner only. */
    static MboxPaths of(MailFolder mail, MailAddress account) throws IOException {
        mail.requireRoot();
        Path mailbox = mail.mailbox(account);
        Path folder = mailbox.resolveSibling(".").normalize();
        if (!Folders.isThere(folder)) {
            mail.requireMarker();
        }
        List<Path> levels = Folders.between(mail.root(), folder);
        Folders.require(levels.subList(1, levels.size()));
        Path top = mail.root().toRealPath();
        Path real = top.resolve(mail.root().relativize(folder));
        return new MboxPaths(real.resolve(fileName(String.valueOf(mailbox.getFileName()))), real, top);
    }

    /** In a spool folder, which has one file for each user. */
    static MboxPaths inSpool(Path spool, Path aside, MailAddress account) throws IOException {
        for (Path folder : List.of(spool, aside)) {
            if (!Files.isDirectory(folder)) {
                throw new IOException("The folder " + folder + " is missing; is its file system mounted?");
            }
        }
        try {
            Path real = spool.toRealPath();
            return new MboxPaths(real.resolve(fileName(account.localPart())), aside.toRealPath(), real);
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
        return Folders.permissions(mbox, "rw-------");
    }

    /** Makes the name of the mbox, and those of the folders that lead to it, survive a crash of the machine. */
    void syncNames() throws IOException {
        Folders.syncAll(Folders.between(top, mbox.resolveSibling(".").normalize()));
    }

    private Path ours(String kind) {
        return aside.resolve("." + mbox.getFileName() + "." + kind);
    }
}
