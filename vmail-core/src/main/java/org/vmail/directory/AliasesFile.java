package org.vmail.directory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.Printable;

/**
 * Reads aliases in the syntax of sendmail's aliases(5): {@code name: target, target}, lines that begin with white space
 * continue the one before, {@code #} begins a comment line, and names and targets may be quoted.
 */
final class AliasesFile {
    private final Domain domain;
    private final Path file;
    private final List<FileProblem> problems;
    private final Map<MailAddress, Alias> aliases = new HashMap<>();

    private AliasesFile(Domain domain, Path file, List<FileProblem> problems) {
        this.domain = domain;
        this.file = file;
        this.problems = problems;
    }

    static Map<MailAddress, Alias> parse(Domain domain, Path file, List<String> lines, List<FileProblem> problems) {
        AliasesFile parser = new AliasesFile(domain, file, problems);
        StringBuilder entry = new StringBuilder();
        int entryLine = 0;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (!Character.isWhitespace(line.charAt(0))) {
                parser.entry(entryLine, entry.toString());
                entry.setLength(0);
            }
            if (entry.isEmpty()) {
                entryLine = i + 1;
            }
            entry.append(line);
        }
        parser.entry(entryLine, entry.toString());
        return parser.aliases;
    }

    private void entry(int line, String text) {
        if (text.isEmpty()) {
            return;
        }
        List<String> halves = splitUnquoted(text, ':', 2);
        if (halves.size() < 2) {
            report(line, "'" + Printable.of(text) + "' has no colon behind the alias name");
            return;
        }
        MailAddress name;
        try {
            name = name(halves.get(0).strip()).toLowerCase();
        } catch (IllegalArgumentException e) {
            report(line, String.valueOf(e.getMessage()));
            return;
        }
        if (!name.domain().equals(domain)) {
            report(line, "the alias " + name + " is not in the domain " + domain);
            return;
        }
        List<AliasTarget> targets = targets(line, name, halves.get(1));
        if (aliases.putIfAbsent(name, new Alias(name, targets)) != null) {
            report(line, "the alias " + name.localPart() + " stands further up already");
        }
    }

    private List<AliasTarget> targets(int line, MailAddress name, String text) {
        List<AliasTarget> targets = new ArrayList<>();
        List<String> items = splitUnquoted(text, ',', Integer.MAX_VALUE);
        if (items.size() > 1 && items.get(items.size() - 1).isBlank()) {
            items.remove(items.size() - 1); // a comma behind the last target is common, and harmless
        }
        for (String item : items) {
            AliasTarget target = target(name, item.strip());
            if (target instanceof AliasTarget.Unusable unusable) {
                report(line, "the alias " + name.localPart() + " keeps its mail waiting: " + unusable.problem());
            }
            targets.add(target);
        }
        return targets;
    }

    private AliasTarget target(MailAddress name, String text) {
        if (text.isEmpty()) {
            return new AliasTarget.Unusable(text, "a target is empty");
        }
        String content = unquoted(text);
        if (content.startsWith("|") || content.startsWith("/") || content.startsWith(":include:")) {
            String kind = content.startsWith("|") ? "a command" : content.startsWith("/") ? "a file" : "a list file";
            return new AliasTarget.Unusable(content, kind + " cannot be a target");
        }
        try {
            // In aliases(5) a backslash ends the expansion. An alias that names itself means its account in any case.
            boolean last = content.startsWith("\\");
            MailAddress address = address(last ? content.substring(1) : text);
            return last && !address.toLowerCase().equals(name)
                    ? new AliasTarget.Unusable(content, "only the alias itself may stand behind a backslash")
                    : new AliasTarget.Address(address);
        } catch (IllegalArgumentException e) {
            return new AliasTarget.Unusable(content, String.valueOf(e.getMessage()));
        }
    }

    /** The address of a name, whose quotes may be around all of it. */
    private MailAddress name(String text) {
        return text.contains("@") ? MailAddress.of(unquoted(text)) : address(text);
    }

    /** The address of a target; what would need quotes and has none is probably two names without a comma. */
    private MailAddress address(String text) {
        return MailAddress.of(text.contains("@") ? text : text + "@" + domain);
    }

    private static String unquoted(String text) {
        boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
        return quoted ? text.substring(1, text.length() - 1).replace("\\\"", "\"") : text;
    }

    /** Splits where the separator stands outside of quotes. */
    private static List<String> splitUnquoted(String text, char separator, int maxParts) {
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

    private void report(int line, String problem) {
        problems.add(new FileProblem(file, line, problem));
    }
}
