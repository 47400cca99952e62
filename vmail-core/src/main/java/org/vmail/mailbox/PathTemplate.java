package org.vmail.mailbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.hash.Hashing;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmail.address.MailAddress;
import org.vmail.internal.Printable;

/**
 * Where below a folder the mailbox of an account is. Each name in it comes from one part of the template, so that nobody can
 * choose where a name ends; all mailboxes have the same depth, so that none is within another.
 */
final class PathTemplate {
    private static final int MAX_LEVELS = 16;
    private static final int MAX_HEX_DIGITS = 4;
    private static final Pattern VARIABLE = Pattern.compile("%([1-9]?)([duh])");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}");

    static final PathTemplate DEFAULT = of("%d/%u");

    private final List<Level> levels;

    /** Gives the name of one folder. */
    @FunctionalInterface
    private interface Level {
        String of(MailAddress account);
    }

    private PathTemplate(List<Level> levels) {
        this.levels = levels;
    }

    static PathTemplate of(String text) {
        List<String> names = Arrays.asList(text.split("/", -1));
        for (String needed : List.of("%d", "%u")) {
            if (!names.contains(needed)) {
                throw problem(text, "has no " + needed + ", so accounts would have the same mailbox");
            }
        }
        if (names.size() > MAX_LEVELS) {
            throw problem(text, "has more than " + MAX_LEVELS + " names");
        }
        return new PathTemplate(names.stream().map(name -> level(text, name)).toList());
    }

    Path resolve(Path root, MailAddress account) {
        Path path = root;
        for (Level level : levels) {
            path = path.resolve(level.of(account));
        }
        return path;
    }

    private static Level level(String text, String name) {
        Matcher variable = VARIABLE.matcher(name);
        if (variable.matches()) {
            int count = variable.group(1).isEmpty() ? Integer.MAX_VALUE : Integer.parseInt(variable.group(1));
            return switch (variable.group(2)) {
                case "d" -> account -> first(account.domain().name(), count);
                case "u" -> account -> first(account.localPart(), count);
                default -> hash(text, name, count);
            };
        }
        if (!NAME.matcher(name).matches()) {
            throw problem(
                    text,
                    "has a part '" + Printable.of(name)
                            + "', which is neither %d, %u, some first characters of them such as %1u, digits of a digest such as"
                            + " %2h, nor a name");
        }
        return account -> name;
    }

    private static Level hash(String text, String name, int digits) {
        if (digits > MAX_HEX_DIGITS) {
            throw problem(text, "has a part " + name + ", but a digest has 1 to " + MAX_HEX_DIGITS + " digits here");
        }
        return account -> Hashing.sha256()
                .hashString(account.localPart() + "@" + account.domain().name(), UTF_8)
                .toString()
                .substring(0, digits);
    }

    /** Whole characters, even those that take two of Java's. */
    private static String first(String text, int count) {
        return text.codePointCount(0, text.length()) <= count
                ? text
                : text.substring(0, text.offsetByCodePoints(0, count));
    }

    private static IllegalArgumentException problem(String text, String what) {
        return new IllegalArgumentException("The path '" + Printable.of(text) + "' of mailboxes " + what);
    }
}
