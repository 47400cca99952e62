package org.vmail.examples.server;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Compares what two POP3 servers reply, once the words that are free in the protocol are taken out. */
final class Differences {
    private Differences() {}

    /**
     * A command that the two answer differently.
     *
     * @param when the script that it stands in
     * @param command what was said
     */
    record Difference(String when, String command, String dovecot, String vmail) {}

    /** A reply: its status line and, after +OK to some commands, more lines. */
    record Reply(String command, List<String> lines) {
        /** The status, the response code if there is one, and what the RFC lays down of the rest. */
        String status() {
            String first = lines.get(0);
            String status = first.startsWith("+OK") ? "+OK" : first.startsWith("-ERR") ? "-ERR" : "";
            if (status.isEmpty()) {
                return first.startsWith("+") ? "+ " + first.substring(1).strip() : first;
            }
            String rest = first.substring(status.length()).strip();
            String code =
                    rest.startsWith("[") && rest.contains("]") ? " " + rest.substring(0, rest.indexOf(']') + 1) : "";
            boolean data = status.equals("+OK") && lines.size() == 1 && command.matches("(?i)(STAT|LIST|UIDL)\\b.*");
            return status + code + (data ? " " + normal(rest) : "");
        }

        List<String> content() {
            List<String> content = lines.subList(1, lines.size());
            Stream<String> normal = content.stream();
            if (command.matches("(?i)UIDL\\s*")) {
                normal = normal.map(this::normal);
            }
            if (command.matches("(?i)(CAPA|AUTH)\\b.*")) {
                normal = normal.map(line -> line.startsWith("IMPLEMENTATION") ? "IMPLEMENTATION" : line)
                        .sorted();
            }
            return normal.toList();
        }

        /** Unique-ids are whatever the server likes (RFC 1939, section 7). */
        private String normal(String line) {
            return command.toUpperCase(Locale.ROOT).startsWith("UIDL") ? line.replaceAll(" \\S+$", " id") : line;
        }
    }

    static Stream<Difference> of(String when, List<Reply> dovecot, List<Reply> vmail) {
        Stream.Builder<Difference> differences = Stream.builder();
        for (int i = 0; i < dovecot.size(); i++) {
            Reply theirs = dovecot.get(i);
            Reply ours = vmail.get(i);
            if (!theirs.status().equals(ours.status())) {
                differences.add(new Difference(when, shown(theirs.command()), theirs.status(), ours.status()));
            } else if (!theirs.content().equals(ours.content())) {
                differences.add(new Difference(
                        when,
                        shown(theirs.command()),
                        only(theirs.content(), ours.content()),
                        only(ours.content(), theirs.content())));
            }
        }
        return differences.build();
    }

    private static String shown(String command) {
        return command.length() > 60 ? command.substring(0, 20) + "… (" + command.length() + " octets)" : command;
    }

    /** The lines that the other has not, or how many they are. */
    private static String only(List<String> lines, List<String> others) {
        List<String> own = lines.stream().filter(line -> !others.contains(line)).toList();
        return own.size() > 8
                ? own.size() + " lines of its own"
                : own.stream()
                        .map(line -> line.length() > 70 ? line.substring(0, 70) : line)
                        .collect(Collectors.joining(", "));
    }
}
