package org.vmail.pop3.conformance;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Prints what became of each transcript at a server, as a table, and reports of those that failed.
 *
 * <pre>
 * java -cp vmail-pop3-VERSION-tests.jar org.vmail.pop3.conformance.ConformanceReport \
 *     HOST PORT USER PASSWORD [--tls] [--tls-port PORT] [--maildir FOLDER | --reset COMMAND] [--feature NAME]… [NAME]…
 * </pre>
 *
 * <p>The account must be one made for this purpose: its mail is removed and its password is on a command line. {@code --tls}
 * says that PORT has TLS from the first octet. {@code --maildir} names the account's Maildir, {@code --reset} a command that
 * is called with a folder of message files as its last argument and makes the mailbox hold these; without either, all
 * transcripts are skipped that depend on what the mailbox holds. NAMEs are transcripts, by the beginning of their name. The
 * exit status is 0 if none failed, else 1.
 */
public final class ConformanceReport {
    private static final String USAGE =
            "HOST PORT USER PASSWORD [--tls] [--tls-port PORT] [--maildir FOLDER | --reset COMMAND] [--feature NAME]... [NAME]...";

    private final Map<String, List<String>> options = new LinkedHashMap<>();
    private final List<String> words = new ArrayList<>();

    private ConformanceReport(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i);
            if (!word.startsWith("--")) {
                words.add(word);
            } else if (word.equals("--tls")) {
                options.put(word, List.of());
            } else if (List.of("--tls-port", "--maildir", "--reset", "--feature")
                            .contains(word)
                    && i + 1 < arguments.size()) {
                options.computeIfAbsent(word, key -> new ArrayList<>()).add(arguments.get(++i));
            } else {
                throw new IllegalArgumentException(word);
            }
        }
        if (words.size() < 4) {
            throw new IllegalArgumentException("HOST PORT USER PASSWORD");
        }
    }

    /**
     * The command.
     *
     * @param arguments see above
     * @throws IOException if the server cannot be reached or the mailbox cannot be reset
     */
    public static void main(String[] arguments) throws IOException {
        ConformanceReport report;
        try {
            report = new ConformanceReport(Arrays.asList(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println("Not understood: " + e.getMessage() + "\nUsage: " + USAGE);
            System.exit(64);
            return;
        }
        System.exit(report.run() ? 0 : 1);
    }

    private boolean run() throws IOException {
        InetSocketAddress server = new InetSocketAddress(words.get(0), Integer.parseInt(words.get(1)));
        MailboxFixture mailbox = mailbox();
        Pop3Conformance kit = options.containsKey("--tls")
                ? Pop3Conformance.ofTls(server, mailbox)
                : Pop3Conformance.of(server, mailbox);
        if (options.containsKey("--tls-port")) {
            int port = Integer.parseInt(options.get("--tls-port").get(0));
            kit = kit.withTls(new InetSocketAddress(words.get(0), port));
        }
        kit = kit.withFeatures(options.getOrDefault("--feature", List.of()).toArray(String[]::new));
        return print(kit.withOfferedFeatures(), wanted(), System.out) == 0;
    }

    private MailboxFixture mailbox() {
        if (options.containsKey("--maildir")) {
            return new MaildirMailbox(
                    words.get(2), words.get(3), Path.of(options.get("--maildir").get(0)));
        } else if (options.containsKey("--reset")) {
            return new CommandMailbox(
                    words.get(2), words.get(3), options.get("--reset").get(0));
        }
        return new UnknownMailbox(words.get(2), words.get(3));
    }

    private Stream<Transcript> wanted() {
        List<String> names = words.subList(4, words.size());
        return Pop3Conformance.transcripts()
                .filter(transcript -> names.isEmpty() || names.stream().anyMatch(transcript.name()::startsWith));
    }

    /** Performs transcripts, prints a line for each and a report for each that failed, and returns how many failed. */
    static int print(Pop3Conformance kit, Stream<Transcript> transcripts, PrintStream out) throws IOException {
        List<String> reports = new ArrayList<>();
        int passed = 0;
        int skipped = 0;
        out.println(kit);
        for (Transcript transcript : transcripts.toList()) {
            TranscriptResult result = kit.run(transcript);
            if (result instanceof TranscriptResult.Passed) {
                passed++;
                out.printf("passed   %s%n", result.name());
            } else if (result instanceof TranscriptResult.Skipped skip) {
                skipped++;
                out.printf("skipped  %s: %s%n", skip.name(), skip.reason());
            } else if (result instanceof TranscriptResult.Failed failed) {
                reports.add(failed.report());
                out.printf("FAILED   %s, line %d: %s%n", failed.name(), failed.line(), failed.came());
            }
        }
        reports.forEach(report -> out.println("\n" + report));
        out.printf("%d passed, %d skipped, %d failed%n", passed, skipped, reports.size());
        return reports.size();
    }
}
