package org.vmail.directory;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.Printable;

/**
 * Reads aliases in the syntax of sendmail's aliases(5): {@code name: target, target}, lines that begin with white space
 * continue the one before, {@code #} begins a comment line, and names and targets may be quoted. {@code :fail:} and
 * {@code :blackhole:} are Exim's.
 */
final class AliasesFile {
    private final Domain domain;
    private final Path file;
    private final boolean shared;
    private final AliasTargets targets;
    private final List<FileProblem> problems;
    /** At the end of a line of sendmail's, whatever the next one begins with. */
    private static final String GOES_ON = "\\";

    private final Map<MailAddress, Alias> aliases = new HashMap<>();

    private AliasesFile(Domain domain, Path file, boolean shared, List<FileProblem> problems) {
        this.domain = domain;
        this.file = file;
        this.shared = shared;
        this.targets = new AliasTargets(domain);
        this.problems = problems;
    }

    /** Reads the alias file of a domain. */
    static Map<MailAddress, Alias> parse(Domain domain, Path file, List<String> lines, List<FileProblem> problems) {
        return new AliasesFile(domain, file, false, problems).parse(lines);
    }

    /** Reads an alias file that several domains may have in common; those of others are left to them. */
    static Map<MailAddress, Alias> parseShared(
            Domain domain, Path file, List<String> lines, List<FileProblem> problems) {
        return new AliasesFile(domain, file, true, problems).parse(lines);
    }

    private Map<MailAddress, Alias> parse(List<String> lines) {
        StringBuilder entry = new StringBuilder();
        int entryLine = 0;
        boolean goesOn = false;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (!goesOn && !Character.isWhitespace(line.charAt(0))) {
                entry(entryLine, entry.toString());
                entry.setLength(0);
            }
            if (entry.isEmpty()) {
                entryLine = i + 1;
            }
            goesOn = line.endsWith(GOES_ON);
            entry.append(line, 0, goesOn ? line.length() - 1 : line.length());
        }
        entry(entryLine, entry.toString());
        return aliases;
    }

    /** The places of the lines that an alias has, those that continue it included. */
    static Set<Integer> linesOf(MailAddress alias, List<String> lines) {
        AliasesFile reading = new AliasesFile(alias.domain(), Path.of(""), false, new ArrayList<>());
        Set<Integer> places = new TreeSet<>();
        boolean inside = false;
        boolean goesOn = false;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            if (!goesOn && !Character.isWhitespace(line.charAt(0))) {
                inside = reading.isOf(alias, line);
            }
            goesOn = line.endsWith(GOES_ON);
            if (inside) {
                places.add(i);
            }
        }
        return places;
    }

    private boolean isOf(MailAddress alias, String line) {
        List<String> halves = AliasTargets.splitUnquoted(line, ':', 2);
        try {
            return halves.size() == 2
                    && name(halves.get(0).strip()).toLowerCase().equals(alias);
        } catch (IllegalArgumentException nobodys) {
            return false;
        }
    }

    /** The members of a list file: nothing but addresses counts there, whoever wrote it. */
    static List<AliasTarget> members(Domain domain, List<String> lines) {
        AliasTargets targets = new AliasTargets(domain);
        return lines.stream()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .flatMap(line -> targets.parse(line).stream())
                .map(AliasesFile::member)
                .toList();
    }

    private static AliasTarget member(AliasTarget target) {
        return target instanceof AliasTarget.Address || target instanceof AliasTarget.Unusable
                ? target
                : new AliasTarget.Unusable(String.valueOf(target), "only addresses can stand in a list file");
    }

    private void entry(int line, String text) {
        if (text.isEmpty()) {
            return;
        }
        List<String> halves = AliasTargets.splitUnquoted(text, ':', 2);
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
            if (shared) {
                return;
            }
            report(line, "the alias " + name + " is not in the domain " + domain);
            return;
        }
        List<AliasTarget> parsed = targets.parse(halves.get(1));
        for (AliasTarget target : parsed) {
            if (target instanceof AliasTarget.Unusable unusable) {
                report(line, "the alias " + name.localPart() + " keeps its mail waiting: " + unusable.problem());
            }
        }
        if (aliases.putIfAbsent(name, new Alias(name, parsed)) != null) {
            report(line, "the alias " + name.localPart() + " stands further up already");
        }
    }

    /** The address of a name, whose quotes may be around all of it. */
    private MailAddress name(String text) {
        return text.contains("@") ? MailAddress.of(AliasTargets.unquoted(text)) : targets.address(text);
    }

    private void report(int line, String problem) {
        problems.add(new FileProblem(file, line, problem));
    }
}
