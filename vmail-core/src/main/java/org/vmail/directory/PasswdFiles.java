package org.vmail.directory;

import com.google.common.base.Splitter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/**
 * Reads accounts from the lines of a passwd(5) and a shadow(5) file. A line that is no account is reported and left out;
 * nothing of it is shown, since a hash may stand anywhere in a broken line.
 */
final class PasswdFiles {
    static final int PASSWD_FIELDS = 7;
    static final int SHADOW_FIELDS = 9;
    static final String IN_SHADOW = "x";

    /**
     * An account, and the last day on which it can log in, in days since 1970.
     *
     * @param account as it is until then
     */
    record User(Account account, long lastDay) {
        /** The account as it is today. */
        Account on(long today) {
            return today <= lastDay ? account : account.withPasswordHash(PasswordHash.locked());
        }

        /** The user with what is unusual about him. */
        User with(AccountSettings settings) {
            return new User(settings.on(account), lastDay);
        }
    }

    private record Shadow(PasswordHash hash, long lastDay) {}

    private final Domain domain;
    private final List<FileProblem> problems;

    PasswdFiles(Domain domain, List<FileProblem> problems) {
        this.domain = domain;
        this.problems = problems;
    }

    Map<MailAddress, User> users(Path passwd, List<String> passwdLines, Path shadow, List<String> shadowLines) {
        Map<MailAddress, Shadow> shadows = shadows(shadow, shadowLines);
        Map<MailAddress, User> users = new HashMap<>();
        for (int i = 0; i < passwdLines.size(); i++) {
            FileLine line = new FileLine(passwd, i + 1, passwdLines.get(i));
            Optional<List<String>> fields = fields(line, PASSWD_FIELDS);
            Optional<MailAddress> user = fields.flatMap(f -> user(line, f.get(0)));
            if (user.isPresent()) {
                String password = fields.get().get(1);
                Shadow shadowed = password.equals(IN_SHADOW)
                        ? inShadow(line, user.get(), shadows)
                        : new Shadow(hash(line, password), ShadowDays.NEVER);
                Account account = new Account(user.get(), shadowed.hash())
                        .withFullName(fullName(fields.get().get(4)));
                if (users.putIfAbsent(user.get(), new User(account, shadowed.lastDay())) != null) {
                    report(line, "the user " + user.get().localPart() + " stands further up already");
                } else {
                    HazardousNames.problem(user.get()).ifPresent(problem -> report(line, problem));
                }
            }
        }
        return users;
    }

    /** The first part of the field that holds names, rooms and telephone numbers. */
    private static String fullName(String gecos) {
        int comma = gecos.indexOf(',');
        return comma < 0 ? gecos : gecos.substring(0, comma);
    }

    private Map<MailAddress, Shadow> shadows(Path shadow, List<String> lines) {
        Map<MailAddress, Shadow> shadows = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            FileLine line = new FileLine(shadow, i + 1, lines.get(i));
            Optional<List<String>> fields = fields(line, SHADOW_FIELDS);
            Optional<MailAddress> user = fields.flatMap(f -> user(line, f.get(0)));
            if (user.isPresent()) {
                PasswordHash hash = hash(line, fields.get().get(1));
                if (shadows.putIfAbsent(user.get(), new Shadow(hash, ShadowDays.lastDay(fields.get()))) != null) {
                    report(line, "the user " + user.get().localPart() + " stands further up already");
                }
            }
        }
        return shadows;
    }

    private Shadow inShadow(FileLine line, MailAddress user, Map<MailAddress, Shadow> shadows) {
        Shadow shadow = shadows.get(user);
        if (shadow == null) {
            report(line, "the user " + user.localPart() + " has no line in the shadow file, and so cannot log in");
            return new Shadow(PasswordHash.locked(), ShadowDays.NEVER);
        }
        return shadow;
    }

    private PasswordHash hash(FileLine line, String field) {
        if (field.isEmpty()) {
            report(line, "an empty password lets nobody in; write * to lock the account");
        }
        return new PasswordHash(field);
    }

    private Optional<MailAddress> user(FileLine line, String name) {
        try {
            return Optional.of(new MailAddress(name, domain).toLowerCase());
        } catch (IllegalArgumentException e) {
            report(line, "the first field is no name that a user can have");
            return Optional.empty();
        }
    }

    private Optional<List<String>> fields(FileLine line, int expected) {
        if (line.text().isBlank() || line.text().startsWith("#")) {
            return Optional.empty();
        }
        List<String> fields = Splitter.on(':').splitToList(line.text());
        if (fields.size() != expected) {
            report(line, "the line has " + fields.size() + " fields instead of " + expected);
            return Optional.empty();
        }
        return Optional.of(fields);
    }

    private void report(FileLine line, String problem) {
        problems.add(new FileProblem(line.file(), line.number(), problem));
    }

    private record FileLine(Path file, int number, String text) {}
}
