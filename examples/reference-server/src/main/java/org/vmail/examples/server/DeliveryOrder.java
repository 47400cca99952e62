package org.vmail.examples.server;

import java.net.InetSocketAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.relay.SmartHost;

/**
 * What an MTA asks {@link Vdeliver} for.
 *
 * <p>The command line holds texts that strangers chose. So what stands behind {@code -f}, {@code -d} and {@code -a} is always
 * their value, and a word with an {@code @} is always an address, however it begins. Without recipients it is a mistake of a
 * person (exit code 64). Any other mistake is one in the MTA's configuration: 64 would return all mail until somebody has seen
 * it, so it is 75.
 *
 * @param envelope who it is for
 * @param way who delivers it
 */
record DeliveryOrder(Envelope envelope, Way way) {
    static final String HELP = """
            Usage: vdeliver [-f SENDER] -d RECIPIENT… [-a DETAIL] (--lmtp WHERE | --config FILE) [OPTION…] [--] [RECIPIENT…]
            Delivers the message on standard input.

              -f SENDER         the envelope sender; empty, <> or MAILER-DAEMON for reports, as if there were no -f
              -d RECIPIENT      an envelope recipient; several may follow
              -a DETAIL         for one recipient without its detail: joe@a.example is joe+DETAIL@a.example
              --delimiter C     what stands before the detail, instead of +
              --environment     sender and recipient are $SENDER and $RECIPIENT, instead of -f and -d
              --lmtp WHERE      by the server that listens there for LMTP: HOST:PORT or the path of a Unix socket
              --timeout SECONDS how long that may take in all; then the message waits. Default: 600
              --config FILE     without a server, by the configuration file

            Exit codes are those of sysexits.h: 0 delivered to all, 67 unknown user, 75 try again. A line for each failure,
            beginning with its enhanced status, is on standard output.
            """;

    private static final String MAILER_DAEMON = "MAILER-DAEMON";
    private static final EnhancedStatus BAD_RECIPIENT = new EnhancedStatus(5, 1, 3);
    private static final int MAX_SECONDS = 24 * 60 * 60;

    /** Who delivers. */
    sealed interface Way {
        /** The running server. */
        record Lmtp(SmartHost server) implements Way {}

        /** This process. */
        record Direct(Path config) implements Way {}
    }

    /** As they stand there. */
    private static final class Words {
        private Optional<String> sender = Optional.empty();
        private final List<String> recipients = new ArrayList<>();
        private Optional<String> detail = Optional.empty();
        private Optional<String> delimiter = Optional.empty();
        private boolean environment;
        private Optional<String> lmtp = Optional.empty();
        private Optional<String> timeout = Optional.empty();
        private Optional<String> config = Optional.empty();
    }

    /**
     * Reads the command line.
     *
     * @param environment the variables of the process
     */
    static DeliveryOrder parse(List<String> arguments, Map<String, String> environment) throws DeliveryFailure {
        Words words = new Words();
        Optional<String> mistake = read(arguments, words);
        if (words.environment) {
            if (words.sender.isPresent() || !words.recipients.isEmpty() || words.detail.isPresent()) {
                throw mistaken("--environment cannot stand beside -f, -d and -a");
            }
            words.sender = Optional.of(variable(environment, "SENDER"));
            words.recipients.add(variable(environment, "RECIPIENT"));
        }
        if (words.recipients.isEmpty()) {
            throw DeliveryFailure.usage(mistake.orElse("no recipient; try vdeliver --help"));
        }
        if (mistake.isPresent()) {
            throw mistaken(mistake.get());
        }
        Way way = way(words);
        return new DeliveryOrder(new Envelope(sender(words.sender.orElse("")), recipients(words)), way);
    }

    /** Returns the first thing that is wrong, if there is one, when all is read that is not. */
    private static Optional<String> read(List<String> arguments, Words words) {
        Optional<String> mistake = Optional.empty();
        for (int i = 0; i < arguments.size(); i++) {
            String word = arguments.get(i);
            if (word.equals("--")) {
                words.recipients.addAll(arguments.subList(i + 1, arguments.size()));
                break;
            }
            if (word.equals("--environment")) {
                words.environment = true;
            } else if (!word.startsWith("-") || word.contains("@")) {
                words.recipients.add(word);
            } else if (!isOption(word)) {
                mistake = mistake.or(() -> Optional.of("unknown option " + word));
            } else if (i + 1 == arguments.size()) {
                mistake = mistake.or(() -> Optional.of(word + " needs a value"));
            } else if (take(word, arguments.get(++i), words)) {
                mistake = mistake.or(() -> Optional.of(word + " is given twice"));
            }
        }
        return mistake;
    }

    private static boolean isOption(String word) {
        return switch (word) {
            case "-f", "-d", "-a", "--delimiter", "--lmtp", "--timeout", "--config" -> true;
            default -> false;
        };
    }

    /** Returns whether it was there before. */
    private static boolean take(String option, String value, Words words) {
        Optional<String> given = Optional.of(value);
        Optional<String> before = Optional.empty();
        switch (option) {
            case "-f" -> {
                before = words.sender;
                words.sender = given;
            }
            case "-a" -> {
                before = words.detail;
                words.detail = given;
            }
            case "--delimiter" -> {
                before = words.delimiter;
                words.delimiter = given;
            }
            case "--lmtp" -> {
                before = words.lmtp;
                words.lmtp = given;
            }
            case "--timeout" -> {
                before = words.timeout;
                words.timeout = given;
            }
            case "--config" -> {
                before = words.config;
                words.config = given;
            }
            default -> words.recipients.add(value);
        }
        return before.isPresent();
    }

    private static String variable(Map<String, String> environment, String name) throws DeliveryFailure {
        String value = environment.get(name);
        if (value == null) {
            throw mistaken("--environment needs $" + name);
        }
        return value;
    }

    private static Way way(Words words) throws DeliveryFailure {
        if (words.lmtp.isPresent() == words.config.isPresent()) {
            throw mistaken("one of --lmtp and --config is needed");
        }
        Duration timeout = timeout(words.timeout.orElse("600"));
        try {
            return words.config.isPresent()
                    ? new Way.Direct(Path.of(words.config.get()))
                    : new Way.Lmtp(server(words.lmtp.orElseThrow()).withTotalTimeout(timeout));
        } catch (InvalidPathException e) {
            throw mistaken("what is no path: " + e.getInput());
        }
    }

    private static Duration timeout(String seconds) throws DeliveryFailure {
        if (!seconds.matches("[0-9]{1,5}") || seconds.matches("0+") || Integer.parseInt(seconds) > MAX_SECONDS) {
            throw mistaken("--timeout needs a number of seconds, a day at most");
        }
        return Duration.ofSeconds(Integer.parseInt(seconds));
    }

    private static SmartHost server(String where) throws DeliveryFailure {
        String path = where.startsWith("unix:") ? where.substring("unix:".length()) : where;
        if (path.startsWith("/")) {
            return lmtp(SmartHost.at(Path.of(path)).withoutTls());
        }
        int colon = where.lastIndexOf(':');
        if (colon < 1 || !where.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw mistaken("--lmtp needs HOST:PORT or the path of a Unix socket");
        }
        int port = Integer.parseInt(where.substring(colon + 1));
        if (port > 65535) {
            throw mistaken("--lmtp has a port above 65535");
        }
        InetSocketAddress address = new InetSocketAddress(where.substring(0, colon), port);
        boolean here = !address.isUnresolved() && address.getAddress().isLoopbackAddress();
        return lmtp(here ? SmartHost.at(address).withoutTls() : SmartHost.at(address));
    }

    private static SmartHost lmtp(SmartHost server) {
        return server.withProtocol(SmartHost.Protocol.LMTP).withHostName("localhost");
    }

    private static ReversePath sender(String text) throws DeliveryFailure {
        String address = withoutBrackets(text);
        if (address.equalsIgnoreCase(MAILER_DAEMON)) {
            return ReversePath.none();
        }
        requireReadable(address);
        return ReversePath.parse(address)
                .orElseThrow(() -> DeliveryFailure.badData(EnhancedStatus.BAD_SENDER, "bad sender address"));
    }

    private static List<MailAddress> recipients(Words words) throws DeliveryFailure {
        String detail = words.detail.orElse("");
        if (!detail.isEmpty() && words.recipients.size() > 1) {
            throw mistaken("-a is for one recipient");
        }
        List<MailAddress> addresses = new ArrayList<>();
        for (String word : words.recipients) {
            requireReadable(word + detail);
            addresses.add(MailAddress.parse(withoutBrackets(word))
                    .flatMap(address -> withDetail(address, words.delimiter.orElse("+"), detail))
                    .orElseThrow(() -> DeliveryFailure.badData(BAD_RECIPIENT, "bad recipient address")));
        }
        return addresses;
    }

    /** Once, whether the MTA has cut it off or not. */
    private static Optional<MailAddress> withDetail(MailAddress address, String delimiter, String detail) {
        String end = delimiter + detail;
        if (detail.isEmpty() || address.localPart().endsWith(end)) {
            return Optional.of(address);
        }
        try {
            return Optional.of(new MailAddress(address.localPart() + end, address.domain()));
        } catch (IllegalArgumentException unfit) {
            return Optional.empty();
        }
    }

    /** The JVM replaces what it cannot decode; mail for such an address would be returned as if there were no such user. */
    private static void requireReadable(String text) throws DeliveryFailure {
        boolean utf8 = "UTF-8".equalsIgnoreCase(System.getProperty("sun.jnu.encoding", ""));
        boolean ascii = text.chars().allMatch(c -> c < 128);
        if (!utf8 && (!ascii || text.indexOf('?') >= 0)) {
            throw mistaken("an address may not be ASCII, and the locale is not UTF-8");
        }
    }

    private static DeliveryFailure mistaken(String text) {
        return DeliveryFailure.temporary(DeliveryFailure.MISCONFIGURED, text);
    }

    private static String withoutBrackets(String address) {
        return address.startsWith("<") && address.endsWith(">") ? address.substring(1, address.length() - 1) : address;
    }
}
