package org.vmail.directory;

import com.google.common.base.CharMatcher;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** Reads what stands behind the colon in aliases(5). Never fails: what it cannot read is {@link AliasTarget.Unusable}. */
record AliasTargets(Domain domain) {
    static final String INCLUDE = ":include:";
    static final String FAIL = ":fail:";
    static final String BLACKHOLE = ":blackhole:";
    private static final CharMatcher NEEDS_QUOTES = CharMatcher.anyOf(",\"");
    private static final String NULL_DEVICE = "/dev/null";

    /** All targets of an alias; never empty. */
    List<AliasTarget> parse(String text) {
        if (text.strip().startsWith(FAIL)) {
            return List.of(target(text.strip())); // commas belong to its text
        }
        List<AliasTarget> targets = new ArrayList<>();
        List<String> items = splitUnquoted(text, ',', Integer.MAX_VALUE);
        if (items.size() > 1 && items.get(items.size() - 1).isBlank()) {
            items.remove(items.size() - 1); // a comma behind the last target is common, and harmless
        }
        for (String item : items) {
            AliasTarget target = target(item.strip());
            targets.add(
                    target instanceof AliasTarget.Refusal
                            ? new AliasTarget.Unusable(item.strip(), "a refusal has to be the only target")
                            : target);
        }
        return targets;
    }

    private AliasTarget target(String text) {
        String content = unquoted(text);
        try {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("a target is empty");
            } else if (content.startsWith("|")) {
                return new AliasTarget.Command(command(content));
            } else if (content.startsWith(INCLUDE)) {
                return new AliasTarget.ListFile(
                        path(content.substring(INCLUDE.length()).strip()), domain);
            } else if (content.startsWith(FAIL)) {
                return new AliasTarget.Refusal(content.substring(FAIL.length()).strip());
            } else if (content.equals(BLACKHOLE) || content.equals(NULL_DEVICE)) {
                return new AliasTarget.Discard();
            } else if (content.startsWith("/")) {
                return content.endsWith("/")
                        ? new AliasTarget.Maildir(path(content))
                        : new AliasTarget.Mbox(path(content));
            } else if (content.startsWith("\\")) {
                return mailbox(address(content.substring(1)));
            }
            return new AliasTarget.Address(address(text));
        } catch (IllegalArgumentException e) {
            return new AliasTarget.Unusable(content, String.valueOf(e.getMessage()));
        }
    }

    /** Behind the bar, or around it, may be quotes that go around the whole command. */
    static CommandLine command(String text) {
        String command = text.substring(1).strip();
        boolean wrapped = command.startsWith("\"") && closingQuote(command) == command.length() - 1;
        return CommandLine.parse(wrapped ? unquoted(command) : command);
    }

    private AliasTarget mailbox(MailAddress account) {
        if (!account.domain().equals(domain)) {
            throw new IllegalArgumentException("behind a backslash stands an account of the domain " + domain);
        }
        return new AliasTarget.Mailbox(account);
    }

    private static Path path(String text) {
        Path path = Path.of(text);
        if (!path.isAbsolute() || !path.equals(path.normalize())) {
            throw new IllegalArgumentException("a file has an absolute path without . and ..");
        }
        return path;
    }

    /** The address of a name; what would need quotes and has none is probably two names without a comma. */
    MailAddress address(String text) {
        return MailAddress.of(text.contains("@") ? text : text + "@" + domain);
    }

    /** An address that does not look like a program. */
    static String written(MailAddress address) {
        String text = address.toString();
        return text.startsWith("|") ? "\"" + address.localPart() + "\"@" + address.domain() : text;
    }

    /** What {@link #unquoted} undoes, where commas or quotes would end the target. */
    static String quotedIfNeeded(String text) {
        return NEEDS_QUOTES.matchesAnyOf(text) ? "\"" + text.replace("\"", "\\\"") + "\"" : text;
    }

    static String unquoted(String text) {
        boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
        return quoted ? text.substring(1, text.length() - 1).replace("\\\"", "\"") : text;
    }

    private static int closingQuote(String text) {
        for (int i = 1; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == '"') {
                return i;
            }
        }
        return -1;
    }

    /** Splits where the separator stands outside of quotes. */
    static List<String> splitUnquoted(String text, char separator, int maxParts) {
        List<String> parts = new ArrayList<>();
        boolean quoted = false;
        int start = 0;
        for (int i = 0; i < text.length() && parts.size() < maxParts - 1; i++) {
            char c = text.charAt(i);
            if (c == '\\' && quoted) {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == separator && !quoted) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(text.substring(start));
        return parts;
    }
}
