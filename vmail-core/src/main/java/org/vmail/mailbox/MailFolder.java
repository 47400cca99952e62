package org.vmail.mailbox;

import com.google.common.base.Preconditions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.MailAddress;

/**
 * A folder of mailboxes, and where in it that of each account is: {@code ROOT/DOMAIN/LOCAL-PART}, unless it is told otherwise.
 *
 * <p>The folder must exist when mail is delivered or read; no store makes it, lest mail land below a mount point. An unmounted
 * mount point still exists, empty: so where a file system is mounted take a folder within it, or a {@link #withMarker marker}.
 * Immutable and thread-safe; each {@code with…} method returns a changed copy.
 */
public final class MailFolder {
    private final Path root;
    private final PathTemplate template;
    private final Optional<Path> marker;
    private final Set<Path> reserved;

    private MailFolder(Path root, PathTemplate template, Optional<Path> marker, Set<Path> reserved) {
        this.root = root;
        this.template = template;
        this.marker = marker;
        this.reserved = reserved;
    }

    /**
     * Mailboxes below a folder.
     *
     * @param root need not exist yet
     * @return the folder
     */
    public static MailFolder at(Path root) {
        return new MailFolder(root.toAbsolutePath(), PathTemplate.DEFAULT, Optional.empty(), Set.of());
    }

    /**
     * Sets where the mailbox of an account is. A template names one folder after the other, with {@code /} between them; the
     * last is the mailbox. Each is one of these:
     *
     * <table>
     *   <caption>The parts of a template</caption>
     *   <tr><td>{@code %d}</td><td>the domain</td></tr>
     *   <tr><td>{@code %u}</td><td>the local part</td></tr>
     *   <tr><td>{@code %1d}, {@code %2u} and so on</td><td>the first 1 to 9 characters of it, or all if there are fewer</td></tr>
     *   <tr><td>{@code %1h} to {@code %4h}</td><td>the first hexadecimal digits, in lower case, of the SHA-256 digest of
     *   {@code LOCAL-PART@DOMAIN} without quotes, in UTF-8</td></tr>
     *   <tr><td>any other name</td><td>itself: ASCII letters, digits, {@code _}, {@code -} and, but for the first, dots</td></tr>
     * </table>
     *
     * <p>{@code %d/%2h/%u} spreads the accounts of a domain over 256 folders. Both {@code %d} and {@code %u} have to be there, so
     * that no two accounts have the same mailbox; and as all have the same depth, none is within another one.
     *
     * @param path default {@code %d/%u}
     * @return a folder with mailboxes in other places; those that are there already are not moved
     * @throws IllegalArgumentException if it is no such template; the message says why
     */
    public MailFolder withPath(String path) {
        return new MailFolder(root, PathTemplate.of(path), marker, reserved);
    }

    /**
     * Sets a file that has to be in the folder when a mailbox is made there; if it is missing, that fails, as the file system is
     * likely not to be mounted. It is not looked at for mailboxes that exist.
     *
     * @param name of a file or folder, whose content is of no importance; default none
     * @return a folder that asks for it
     * @throws IllegalArgumentException if it is no single name
     */
    public MailFolder withMarker(String name) {
        Preconditions.checkArgument(
                !name.isEmpty() && !name.equals(".") && !name.equals("..") && name.indexOf('/') < 0,
                "The marker of a mail folder is no single name: '%s'",
                name);
        return new MailFolder(root, template, Optional.of(root.resolve(name)), reserved);
    }

    /**
     * Sets a folder that is for something else, such as the texts of vacations in {@code ROOT/files}. An account whose mailbox
     * would be in it, or around it, has none: that of somebody in a domain {@code files}, for example.
     *
     * @param folder below the root; of no effect elsewhere
     * @return a folder that keeps its mailboxes out of it
     */
    public MailFolder withReserved(Path folder) {
        Path other = folder.toAbsolutePath().normalize();
        Path top = root.normalize();
        if (!other.startsWith(top) || other.equals(top)) {
            return this;
        }
        Set<Path> all = new HashSet<>(reserved);
        all.add(other);
        return new MailFolder(root, template, marker, Set.copyOf(all));
    }

    /**
     * The folder itself.
     *
     * @return an absolute path
     */
    public Path root() {
        return root;
    }

    /**
     * Where the mailbox of an account is, or would be. An mbox may have another name in the same folder, see {@link
     * org.vmail.mailbox.mbox.MboxStore}.
     *
     * @param account the canonical address of an account that exists
     * @return a path below the root
     * @throws IOException if it has no name in this system's locale, or would be in a reserved folder
     */
    public Path mailbox(MailAddress account) throws IOException {
        Path mailbox;
        try {
            mailbox = template.resolve(root, account);
        } catch (InvalidPathException e) {
            throw new IOException("The mailbox of " + account + " has no file name in this system's locale", e);
        }
        Path plain = reserved.isEmpty() ? mailbox : mailbox.normalize();
        for (Path other : reserved) {
            if (plain.startsWith(other) || other.startsWith(plain)) {
                throw new IOException("The mailbox of " + account + " would share " + other + " with something else");
            }
        }
        return mailbox;
    }

    /**
     * To be called by a store before it uses a mailbox.
     *
     * @throws IOException if the folder is missing
     */
    public void requireRoot() throws IOException {
        if (!Files.isDirectory(root)) {
            throw new IOException("The mail folder " + root + " is missing; is its file system mounted?");
        }
    }

    /**
     * To be called by a store before it makes a mailbox.
     *
     * @throws IOException if the marker is missing
     */
    public void requireMarker() throws IOException {
        if (marker.isPresent() && !Files.exists(marker.get())) {
            throw new IOException("No mailbox is made in " + root + ", as " + marker.get()
                    + " is missing; is the file system mounted?");
        }
    }
}
