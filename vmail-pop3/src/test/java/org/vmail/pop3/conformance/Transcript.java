package org.vmail.pop3.conformance;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A conversation that shows one rule: a plain-text file that is named by the RFC, its section and the rule. Immutable.
 *
 * <p>One whose name begins with {@code vmail-} is about a choice of vmail that no RFC asks for, and requires the feature
 * {@code vmail}.
 *
 * <p>Its head:
 *
 * <table>
 * <caption>The head of a transcript</caption>
 * <tr><td>{@code # text}</td><td>a comment; those at the top name the section and say the rule</td></tr>
 * <tr><td>{@code requires: stls, sasl plain}</td><td>what the server must offer, else the transcript is skipped: the lines
 *     of CAPA (in lower case, an argument counts apart), {@code apop}, {@code tls} for a port with TLS from the first
 *     octet and {@code tls sasl plain} for a line of CAPA there, {@code token} if the fixture has a bearer token, {@code
 *     clear-text} if the conversation must not begin in TLS, {@code one-segment} if it matters what comes together</td></tr>
 * <tr><td>{@code messages: short, dot-lines}</td><td>what the mailbox holds, by names of seed messages, or {@code none};
 *     without this line it does not matter</td></tr>
 * <tr><td>{@code connect: tls}</td><td>connects to the port for TLS from the first octet</td></tr>
 * </table>
 *
 * <p>Its lines:
 *
 * <table>
 * <caption>The lines of a transcript</caption>
 * <tr><td>{@code C: STAT}</td><td>sends a line with CRLF; several in a row are sent as one segment</td></tr>
 * <tr><td>{@code C raw: STAT\n}</td><td>sends octets and no line end</td></tr>
 * <tr><td>{@code C logs in}</td><td>reads the greeting, sends USER and PASS; waits until the maildrop is free</td></tr>
 * <tr><td>{@code C closes}, {@code C half-closes}, {@code C resets}</td><td>ends the connection, without QUIT</td></tr>
 * <tr><td>{@code S: +OK 2 300}</td><td>expects this line with CRLF; the octets are those on the wire, dots stuffed</td></tr>
 * <tr><td>{@code S+: UIDL}</td><td>expects it among the next lines, in whatever order …</td></tr>
 * <tr><td>{@code S-: STLS}</td><td>… and this not among them …</td></tr>
 * <tr><td>{@code S*: .}</td><td>… which end with this one and may be others too; {@code S: .} means no others</td></tr>
 * <tr><td>{@code S message: dot-lines}</td><td>expects the lines of a seed message, dots stuffed, without the last dot</td></tr>
 * <tr><td>{@code S closes}</td><td>expects the end of the connection and no octet before it</td></tr>
 * <tr><td>{@code S is silent}</td><td>expects no octet for a while</td></tr>
 * <tr><td>{@code TLS: protocol=TLSv1.2 alpn=pop3 name=a.example}</td><td>a handshake, whatever the certificate; each word
 *     is optional</td></tr>
 * <tr><td>{@code TLS fails: alpn=http/1.1}</td><td>a handshake that the server must refuse</td></tr>
 * <tr><td>{@code SCRAM: n,, {user} {password}}</td><td>sends AUTH SCRAM-SHA-256, or SCRAM-SHA-256-PLUS if the gs2-header begins with
 *     {@code p=tls-server-end-point}, expects the challenge, and sends the proof for this password (RFC 5802, section 3);
 *     <code>{server-signature}</code> is then what the server has to prove, in base64</td></tr>
 * <tr><td>{@code deliver: short}</td><td>a message arrives in the mailbox</td></tr>
 * <tr><td>{@code distinct: {a} {b}}</td><td>captured values differ from each other</td></tr>
 * </table>
 *
 * <p>{@code C2:}, {@code S2:}, {@code TLS2:}, {@code C2 logs in} are for a second connection, and so on; each is opened when
 * it is first named. At the end the runner closes its side of each connection that is open and expects no octet more.
 *
 * <p>Placeholders: <code>{user}</code>, <code>{password}</code>, <code>{wrong-password}</code>, <code>{unknown-user}</code>,
 * <code>{token}</code>;
 * <code>{n}</code> is any number; any other <code>{name}</code> takes the word that it meets first and expects the same later;
 * <code>{base64:text}</code> and <code>{md5:text}</code> (in hexadecimal digits) are computed; <code>{300*x}</code> is a text 300
 * times. {@code …} at the end means nothing, or a space and any text; elsewhere any text. {@code \r \n \t \0 \xHH},
 * {@code \s} for a space, {@code \\}, <code>\{</code> and <code>\}</code> are octets. What is not ASCII is UTF-8.
 */
public final class Transcript {
    private static final String OURS = "vmail";
    private static final Pattern HEAD = Pattern.compile("(requires|messages|connect): *(.*)");
    private static final Pattern SEND = Pattern.compile("C([1-9]?)( raw)?:(?: (.*))?");
    private static final Pattern EXPECT = Pattern.compile("S([1-9]?)([-+*]?):(?: (.*))?");
    private static final Pattern EXPECT_MESSAGE = Pattern.compile("S([1-9]?) message: (.*)");
    private static final Pattern EVENT =
            Pattern.compile("([CS])([1-9]?) (logs in|closes|half-closes|resets|is silent)");
    private static final Pattern TLS = Pattern.compile("TLS([1-9]?)( fails)?:(.*)");
    private static final Pattern TLS_WORD = Pattern.compile("(protocol|alpn|name)=(\\S+)");
    private static final Pattern SCRAM = Pattern.compile("SCRAM([1-9]?): (\\S+) (\\S+) (.+)");
    private static final Pattern OTHER = Pattern.compile("(deliver|distinct): (.*)");

    private final String name;
    private final List<String> lines;
    private final String rule;
    private final Set<String> requires;
    private final Optional<List<String>> messages;
    private final boolean implicitTls;
    private final List<Step> steps;

    private Transcript(Builder builder) {
        this.name = builder.name;
        this.lines = builder.lines;
        this.rule = builder.rule.toString().strip();
        this.requires = Set.copyOf(builder.requires);
        this.messages = builder.messages;
        this.implicitTls = builder.implicitTls;
        this.steps = List.copyOf(builder.steps);
    }

    /**
     * Reads a transcript.
     *
     * @param name its name, for the reports
     * @param text its lines
     * @return the transcript
     * @throws IllegalArgumentException if a line cannot be understood; the message says which
     */
    public static Transcript parse(String name, String text) {
        Builder builder = new Builder(name, text.lines().toList());
        builder.read();
        return new Transcript(builder);
    }

    /**
     * The file's name without its ending.
     *
     * @return for instance {@code rfc1939-5-rset-unmarks-all}
     */
    public String name() {
        return name;
    }

    /**
     * The section, and what it asks for.
     *
     * @return the comment at the top of the file
     */
    public String rule() {
        return rule;
    }

    /**
     * What the server and the fixture must be able to do.
     *
     * @return names of features
     */
    public Set<String> requires() {
        return requires;
    }

    /** What the mailbox holds; empty if it does not matter. */
    Optional<List<String>> messages() {
        return messages;
    }

    boolean hasDelivery() {
        return steps.stream().anyMatch(step -> step instanceof Step.Deliver);
    }

    boolean implicitTls() {
        return implicitTls;
    }

    List<Step> steps() {
        return steps;
    }

    List<String> lines() {
        return lines;
    }

    @Override
    public String toString() {
        return name;
    }

    private static final class Builder {
        private final String name;
        private final List<String> lines;
        private final StringBuilder rule = new StringBuilder();
        private final Set<String> requires = new LinkedHashSet<>();
        private final List<Step> steps = new ArrayList<>();
        private Optional<List<String>> messages = Optional.empty();
        private boolean implicitTls;
        private boolean inRule = true;
        private int number;

        Builder(String name, List<String> lines) {
            this.name = name;
            this.lines = lines;
        }

        void read() {
            for (String line : lines) {
                number++;
                try {
                    read(line);
                } catch (IllegalArgumentException e) {
                    throw new IllegalArgumentException(name + ", line " + number + ": " + e.getMessage(), e);
                }
            }
            if (name.startsWith(OURS + "-")) {
                requires.add(OURS);
            }
            check(rule.length() > 0, name + " does not say its rule");
            check(!steps.isEmpty(), name + " has no step");
            checkGroups();
        }

        private void read(String line) {
            if (line.startsWith("#")) {
                if (inRule) {
                    rule.append(line.substring(1).strip()).append(' ');
                }
                return;
            }
            inRule = false;
            if (!line.isBlank() && !head(line)) {
                steps.add(step(line));
            }
        }

        private boolean head(String line) {
            Matcher head = HEAD.matcher(line);
            if (!head.matches()) {
                return false;
            }
            check(steps.isEmpty(), "this belongs into the head");
            List<String> words = List.of(head.group(2).strip().split(" *, *", -1));
            switch (head.group(1)) {
                case "requires" -> requires.addAll(words);
                case "messages" -> messages = Optional.of(seeds(words));
                default -> {
                    check(words.equals(List.of("tls")), "connect: tls is the only one");
                    implicitTls = true;
                    requires.add("tls");
                }
            }
            return true;
        }

        private static List<String> seeds(List<String> names) {
            if (names.equals(List.of("none"))) {
                return List.of();
            }
            names.forEach(Builder::checkSeed);
            return names;
        }

        private static void checkSeed(String message) {
            check(SeedMessages.has(message), "there is no seed message " + message);
        }

        private Step step(String line) {
            Matcher send = SEND.matcher(line);
            if (send.matches()) {
                Template octets = Template.parse(text(send.group(3)));
                return new Step.Send(
                        number, connection(send.group(1)), send.group(2) == null ? octets.followedBy("\r\n") : octets);
            }
            Matcher expect = EXPECT.matcher(line);
            if (expect.matches()) {
                return expect(connection(expect.group(1)), expect.group(2), Template.parse(text(expect.group(3))));
            }
            Matcher message = EXPECT_MESSAGE.matcher(line);
            if (message.matches()) {
                checkSeed(message.group(2));
                return new Step.ExpectMessage(number, connection(message.group(1)), message.group(2));
            }
            Matcher event = EVENT.matcher(line);
            if (event.matches()) {
                return event(event.group(1).equals("C"), connection(event.group(2)), event.group(3));
            }
            Matcher tls = TLS.matcher(line);
            if (tls.matches()) {
                return new Step.Handshake(number, connection(tls.group(1)), tls.group(2) != null, wish(tls.group(3)));
            }
            Matcher scram = SCRAM.matcher(line);
            return scram.matches()
                    ? new Step.Scram(
                            number,
                            connection(scram.group(1)),
                            Template.parse(scram.group(2)),
                            Template.parse(scram.group(3)),
                            Template.parse(scram.group(4)))
                    : other(line);
        }

        private Step expect(int connection, String kind, Template text) {
            return switch (kind) {
                case "+" -> new Step.ExpectAmong(number, connection, text, true);
                case "-" -> new Step.ExpectAmong(number, connection, text, false);
                case "*" -> new Step.ExpectUntil(number, connection, text);
                default -> new Step.Expect(number, connection, text);
            };
        }

        private Step event(boolean client, int connection, String what) {
            if (!client) {
                check(what.equals("closes") || what.equals("is silent"), "a server does not do that");
                return what.equals("closes")
                        ? new Step.ExpectClose(number, connection)
                        : new Step.ExpectSilence(number, connection);
            }
            return switch (what) {
                case "logs in" -> new Step.LogIn(number, connection);
                case "closes" -> new Step.End(number, connection, Step.Ending.CLOSES);
                case "half-closes" -> new Step.End(number, connection, Step.Ending.HALF_CLOSES);
                case "resets" -> new Step.End(number, connection, Step.Ending.RESETS);
                default -> throw new IllegalArgumentException("a client does not do that");
            };
        }

        private static Step.TlsWish wish(String text) {
            Map<String, String> words = new TreeMap<>();
            for (String word : text.strip().split(" +", -1)) {
                Matcher matcher = TLS_WORD.matcher(word);
                check(word.isEmpty() || matcher.matches(), "TLS: takes protocol=, alpn= and name=");
                if (!word.isEmpty()) {
                    words.put(matcher.group(1), matcher.group(2));
                }
            }
            return new Step.TlsWish(
                    Optional.ofNullable(words.get("protocol")),
                    Optional.ofNullable(words.get("alpn")),
                    Optional.ofNullable(words.get("name")));
        }

        private Step other(String line) {
            Matcher other = OTHER.matcher(line);
            check(other.matches(), "this is no line of a transcript");
            String argument = other.group(2).strip();
            if (other.group(1).equals("deliver")) {
                checkSeed(argument);
                return new Step.Deliver(number, 0, argument);
            }
            return new Step.Distinct(
                    number,
                    0,
                    List.of(argument.split(" +", -1)).stream()
                            .map(Template::parse)
                            .toList());
        }

        /** Lines in any order need a line that ends them. */
        private void checkGroups() {
            for (int i = 0; i < steps.size(); i++) {
                if (steps.get(i) instanceof Step.ExpectAmong among) {
                    check(
                            i + 1 < steps.size() && goesOn(among, steps.get(i + 1)),
                            name + ", line " + among.line() + ": S: or S*: must end these lines");
                }
            }
        }

        private static boolean goesOn(Step.ExpectAmong among, Step next) {
            return next.connection() == among.connection()
                    && (next instanceof Step.ExpectAmong
                            || next instanceof Step.Expect
                            || next instanceof Step.ExpectUntil);
        }

        private static int connection(String digit) {
            return digit.isEmpty() ? 1 : Integer.parseInt(digit);
        }

        private static String text(String group) {
            return group == null ? "" : group;
        }

        private static void check(boolean condition, String message) {
            if (!condition) {
                throw new IllegalArgumentException(message);
            }
        }
    }
}
