package org.vmail.directory;

import com.google.common.base.CharMatcher;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.Printable;

/**
 * Reads what is unusual about accounts from lines {@code NAME: SETTINGS}.
 *
 * <p>A line that cannot be read may be one that disables an account or sends its mail elsewhere. So nothing is taken from it,
 * and nothing is assumed either: the account is unclear, and whoever asks for it has to come again. Whose line it is says
 * what stands before its colon, and, as a colon may be what is missing, its first word. A line that begins with white space
 * was perhaps meant to continue the one above, which is unclear then, too; so is who has two lines.
 */
final class AccountsFile {
    /**
     * What the file says. The keys are in lower case.
     *
     * @param unclear what is wrong with the lines of whom nothing can be said
     */
    record Content(Map<MailAddress, AccountSettings> settings, Map<MailAddress, FileProblem> unclear) {}

    private final Domain domain;
    private final Path file;
    private final Set<MailAddress> users;
    private final List<FileProblem> problems;
    private final Map<MailAddress, AccountSettings> settings = new HashMap<>();
    private final Map<MailAddress, FileProblem> unclear = new HashMap<>();
    /** Whose line came last. */
    private @Nullable MailAddress last;

    private AccountsFile(Domain domain, Path file, Set<MailAddress> users, List<FileProblem> problems) {
        this.domain = domain;
        this.file = file;
        this.users = users;
        this.problems = problems;
    }

    /**
     * Reads the lines.
     *
     * @param users the accounts there are
     * @param problems gets what cannot be used
     */
    static Content parse(
            Domain domain, Path file, List<String> lines, Set<MailAddress> users, List<FileProblem> problems) {
        AccountsFile reading = new AccountsFile(domain, file, users, problems);
        for (int i = 0; i < lines.size(); i++) {
            reading.line(i + 1, lines.get(i));
        }
        reading.settings.keySet().removeAll(reading.unclear.keySet());
        return new Content(Map.copyOf(reading.settings), Map.copyOf(reading.unclear));
    }

    private void line(int number, String line) {
        if (line.isBlank() || line.startsWith("#")) {
            return;
        }
        int colon = line.indexOf(':');
        Optional<MailAddress> user = name(line.substring(0, Math.max(0, colon)).strip());
        try {
            if (Character.isWhitespace(line.charAt(0))) {
                throw new IllegalArgumentException("the line begins with white space, and continues no other line");
            }
            if (user.isEmpty()) {
                throw new IllegalArgumentException("the line begins with no name and colon");
            }
            if (!users.contains(user.get())) {
                throw new IllegalArgumentException(
                        "there is no user " + Printable.of(user.get().localPart()) + " in the passwd file");
            }
            AccountSettings parsed = AccountSettings.parse(line.substring(colon + 1), domain);
            if (parsed.forwardsTo(user.get())) {
                throw new IllegalArgumentException("a forward to the account itself; keep is what keeps a copy");
            }
            if (settings.putIfAbsent(user.get(), parsed) != null || unclear.containsKey(user.get())) {
                throw new IllegalArgumentException("the user " + user.get().localPart() + " stands further up already");
            }
        } catch (IllegalArgumentException e) {
            isUnclear(number, line, user, String.valueOf(e.getMessage()));
        }
        last = user.orElse(last);
    }

    private void isUnclear(int number, String line, Optional<MailAddress> user, String reason) {
        Map<MailAddress, FileProblem> concerned = new HashMap<>();
        FileProblem plain = new FileProblem(file, number, reason);
        user.filter(users::contains).ifPresent(name -> concerned.put(name, plain));
        name(firstWord(line)).filter(users::contains).ifPresent(name -> concerned.put(name, plain));
        if (Character.isWhitespace(line.charAt(0)) && last != null && users.contains(last)) {
            concerned.put(last, plain);
        }
        String who = String.join(
                " and ",
                concerned.keySet().stream().map(MailAddress::localPart).sorted().toList());
        FileProblem problem = concerned.isEmpty()
                ? plain
                : new FileProblem(file, number, "the mail and the logins of " + who + " wait: " + reason);
        problems.add(problem);
        concerned.keySet().forEach(name -> unclear.putIfAbsent(name, problem));
    }

    private static String firstWord(String line) {
        String text = CharMatcher.whitespace().trimLeadingFrom(line);
        int end = CharMatcher.whitespace().or(CharMatcher.is(':')).indexIn(text);
        return end < 0 ? text : text.substring(0, end);
    }

    private Optional<MailAddress> name(String text) {
        try {
            return Optional.of(new MailAddress(text, domain).toLowerCase());
        } catch (IllegalArgumentException noName) {
            return Optional.empty();
        }
    }
}
