package org.vmail.directory;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/**
 * Names that are well-formed, and yet would be taken for something else in a folder, in a file or on a command line. {@link
 * Domain} and {@link MailAddress} have refused those that would leave their folder.
 */
final class HazardousNames {
    private static final Pattern LIKE_A_FILE_BESIDE = Pattern.compile(".*\\.(lock|quota)_*", Pattern.CASE_INSENSITIVE);
    private static final Set<String> OF_COPIES =
            Set.of("bak", "old", "orig", "save", "new", "tmp", "swp", "dpkg-old", "dpkg-new", "dpkg-dist", "rpmsave");

    private HazardousNames() {}

    /** What is wrong with the name of a user. */
    static Optional<String> problem(MailAddress user) {
        String name = user.localPart();
        if (LIKE_A_FILE_BESIDE.matcher(name).matches()) {
            return Optional.of(
                    "in a mail spool, the mailbox of " + name + " is taken for the lock or the quota of another");
        }
        if (name.startsWith("-")) {
            return Optional.of("the name " + name + " begins like an option of a program");
        }
        if (!user.toString().equals(name + "@" + user.domain()) || name.contains("\"")) {
            return Optional.of("the name " + user + " needs quotes wherever it is written");
        }
        return Optional.empty();
    }

    /** What is wrong with the name of a domain. */
    static Optional<String> problem(Domain domain) {
        return domain.name().equals("files")
                ? Optional.of("the domain files has the name of the folder of automatic answers in a mail spool")
                : Optional.empty();
    }

    /**
     * The domain that this one is a copy of, by its name: what an editor or a package manager puts beside a file is not meant
     * to be served.
     */
    static Optional<Domain> original(Domain domain) {
        int dot = domain.name().lastIndexOf('.');
        return dot > 0 && OF_COPIES.contains(domain.name().substring(dot + 1))
                ? Domain.parse(domain.name().substring(0, dot))
                : Optional.empty();
    }
}
