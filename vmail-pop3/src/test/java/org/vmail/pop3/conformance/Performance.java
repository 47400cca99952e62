package org.vmail.pop3.conformance;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** One performance of a transcript: its connections, and the values of its placeholders. Used once, by one thread. */
final class Performance implements Closeable {
    private static final Template OK = Template.parse("+OK\u2026");
    private static final Template IN_USE = Template.parse("-ERR [IN-USE]\u2026");
    private static final Duration SILENCE = Duration.ofMillis(100);
    private static final int MAX_STATUS = 510;

    private final Transcript transcript;
    private final Pop3Conformance settings;
    private final Optional<Random> splitting;
    private final Map<String, String> values;
    private final Map<Integer, Talk> talks = new TreeMap<>();
    private final Set<Integer> done = new HashSet<>();
    private List<Step> steps;
    private int at;

    Performance(Transcript transcript, Pop3Conformance settings) {
        this.transcript = transcript;
        this.settings = settings;
        this.splitting = settings.splitting()
                .map(seed -> new Random(seed + transcript.name().hashCode()));
        this.values = initialValues(settings.fixture());
        this.steps = transcript.steps();
    }

    private static Map<String, String> initialValues(MailboxFixture fixture) {
        Map<String, String> values = new HashMap<>();
        values.put("user", fixture.user());
        values.put("password", fixture.password());
        values.put("wrong-password", "not-" + fixture.password());
        values.put("unknown-user", "nobody-" + fixture.user());
        fixture.token().ifPresent(token -> values.put("token", token));
        return values;
    }

    /** The line of the step that is being carried out. */
    int line() {
        return steps.get(Math.min(at, steps.size() - 1)).line();
    }

    /** Performs all steps, each when those before it are done. */
    void perform() throws IOException, Mismatch {
        while (at < steps.size()) {
            Step step = steps.get(at);
            perform(step);
            at++;
        }
        finish();
    }

    /** Sends all that the client has to say in one segment, and looks at the replies afterwards. */
    void performPipelined() throws IOException, Mismatch {
        StringBuilder segment = new StringBuilder();
        List<Step> expectations = new ArrayList<>();
        for (Step step : transcript.steps()) {
            if (step instanceof Step.Send send) {
                segment.append(send.octets().octets(values));
            } else if (step instanceof Step.LogIn logIn) {
                segment.append("USER " + settings.fixture().user() + "\r\nPASS "
                        + settings.fixture().password() + "\r\n");
                for (int i = 0; i < 3; i++) {
                    expectations.add(new Step.Expect(logIn.line(), 1, OK));
                }
            } else {
                expectations.add(step);
            }
        }
        steps = expectations;
        talk(1).send(segment.toString());
        perform();
    }

    /** Whether what the client says depends on nothing that it hears. */
    boolean canBePipelined() {
        return transcript.steps().stream().allMatch(step -> {
            if (step instanceof Step.Send send) {
                return send.connection() == 1 && send.octets().usesOnly(values);
            }
            return step.connection() == 1
                    && !(step instanceof Step.End)
                    && !(step instanceof Step.Handshake)
                    && !(step instanceof Step.Scram)
                    && !(step instanceof Step.ExpectSilence);
        });
    }

    private void perform(Step step) throws IOException, Mismatch {
        if (step instanceof Step.Send send) {
            talk(send.connection()).send(segment(send));
        } else if (step instanceof Step.Expect expect) {
            expect(expect);
        } else if (step instanceof Step.ExpectAmong among) {
            expectAmong(among.connection());
        } else if (step instanceof Step.ExpectUntil until) {
            readUntil(until.connection(), until.text());
        } else if (step instanceof Step.ExpectMessage message) {
            expectMessage(message);
        } else if (step instanceof Step.ExpectClose close) {
            talk(close.connection()).expectClose();
            done.add(close.connection());
        } else if (step instanceof Step.ExpectSilence silence) {
            talk(silence.connection()).expectSilence(SILENCE);
        } else if (step instanceof Step.End end) {
            talk(end.connection()).end(end.how());
        } else if (step instanceof Step.LogIn logIn) {
            logIn(logIn.connection());
        } else if (step instanceof Step.Handshake handshake) {
            handshake(handshake);
        } else if (step instanceof Step.Scram scram) {
            scram(scram);
        } else if (step instanceof Step.Deliver deliver) {
            settings.fixture().deliver(SeedMessages.octets(deliver.message()));
        } else if (step instanceof Step.Distinct distinct) {
            checkDistinct(distinct);
        }
    }

    /** What is sent in a row goes together, so that it is one segment if nothing splits it. */
    private String segment(Step.Send first) {
        StringBuilder segment = new StringBuilder(first.octets().octets(values));
        while (at + 1 < steps.size()
                && steps.get(at + 1) instanceof Step.Send next
                && next.connection() == first.connection()) {
            segment.append(next.octets().octets(values));
            at++;
        }
        return segment.toString();
    }

    private void expect(Step.Expect expect) throws IOException, Mismatch {
        String line = talk(expect.connection()).readLine();
        if (!expect.text().matches(line, values)) {
            throw new Mismatch(Talk.shown(line));
        }
        if (expect.text().isStatus()) {
            checkStatus(line);
        }
    }

    private void checkStatus(String line) throws Mismatch {
        if (line.length() > MAX_STATUS) {
            throw new Mismatch("a reply of more than 512 octets with CRLF (RFC 1939, section 3): " + Talk.shown(line));
        }
        boolean international =
                transcript.requires().contains("lang") || transcript.requires().contains("utf8");
        if (line.chars().anyMatch(octet -> octet < ' ' || octet == 0x7f || (octet > '~' && !international))) {
            throw new Mismatch(
                    "a reply with octets that are not printable ASCII (RFC 1939, section 3): " + Talk.shown(line));
        }
    }

    private void expectAmong(int connection) throws IOException, Mismatch {
        List<Step.ExpectAmong> group = new ArrayList<>();
        int first = at;
        while (steps.get(at) instanceof Step.ExpectAmong among) {
            group.add(among);
            at++;
        }
        Step end = steps.get(at);
        Template last = end instanceof Step.ExpectUntil until ? until.text() : ((Step.Expect) end).text();
        boolean othersToo = end instanceof Step.ExpectUntil;
        List<String> lines = readUntil(connection, last);
        for (Step.ExpectAmong among : group) {
            Optional<String> found = lines.stream()
                    .filter(line -> among.text().matches(line, values))
                    .findFirst();
            if (found.isPresent() != among.present()) {
                at = first + group.indexOf(among);
                throw new Mismatch(found.map(Talk::shown).orElse("these lines: " + lines));
            }
            found.ifPresent(lines::remove);
        }
        if (!othersToo && !lines.isEmpty()) {
            throw new Mismatch("more lines than those: " + lines);
        }
    }

    /** Reads to a line, and returns those before it. */
    private List<String> readUntil(int connection, Template last) throws IOException, Mismatch {
        List<String> lines = new ArrayList<>();
        String line = talk(connection).readLine();
        while (!last.matches(line, values)) {
            lines.add(line);
            line = talk(connection).readLine();
        }
        return lines;
    }

    private void expectMessage(Step.ExpectMessage message) throws IOException, Mismatch {
        List<String> expected = SeedMessages.wireLines(message.message());
        for (int i = 0; i < expected.size(); i++) {
            String line = talk(message.connection()).readLine();
            if (!line.equals(expected.get(i))) {
                throw new Mismatch("as line " + (i + 1) + " of the message " + Talk.shown(line) + " instead of "
                        + Talk.shown(expected.get(i)));
            }
        }
    }

    /** The server may need a moment to see that an earlier session has gone. */
    private void logIn(int connection) throws IOException, Mismatch {
        long deadline = System.nanoTime() + settings.timeout().toNanos();
        while (true) {
            Talk talk = talk(connection);
            for (String command : List.of("", "USER " + settings.fixture().user() + "\r\n")) {
                talk.send(command);
                String line = talk.readLine();
                if (!OK.matches(line, values)) {
                    throw new Mismatch(Talk.shown(line) + " during the login");
                }
            }
            talk.send("PASS " + settings.fixture().password() + "\r\n");
            String line = talk.readLine();
            if (OK.matches(line, values)) {
                return;
            }
            if (!IN_USE.matches(line, values) || System.nanoTime() - deadline > 0) {
                throw new Mismatch(Talk.shown(line) + " to PASS");
            }
            talk.close();
            talks.remove(connection);
        }
    }

    private void handshake(Step.Handshake handshake) throws IOException, Mismatch {
        Talk talk = talk(handshake.connection());
        try {
            talk.startTls(handshake.wish());
        } catch (IOException e) {
            if (!handshake.fails()) {
                throw new Mismatch("no handshake: " + e);
            }
            talk.close();
            return;
        }
        if (handshake.fails()) {
            throw new Mismatch("the handshake succeeded");
        }
    }

    private void scram(Step.Scram scram) throws IOException, Mismatch {
        Talk talk = talk(scram.connection());
        ScramClient client = new ScramClient(
                scram.gs2Header().octets(values),
                scram.user().octets(values),
                scram.password().octets(values));
        byte[] channel = client.isBound() ? talk.serverEndPoint() : new byte[0];
        talk.send("AUTH " + client.mechanism() + " " + client.first() + "\r\n");
        String challenge = talk.readLine();
        try {
            talk.send(client.proof(challenge, channel) + "\r\n");
        } catch (IllegalArgumentException e) {
            throw new Mismatch(Talk.shown(challenge) + " instead of a challenge: " + e.getMessage());
        }
        values.put("server-signature", client.serverSignature());
    }

    private void checkDistinct(Step.Distinct distinct) throws Mismatch {
        List<String> all =
                distinct.values().stream().map(value -> value.octets(values)).toList();
        if (Set.copyOf(all).size() < all.size()) {
            throw new Mismatch("equal values: " + all);
        }
    }

    private Talk talk(int connection) throws IOException, Mismatch {
        Talk talk = talks.get(connection);
        if (talk == null) {
            talk = Talk.connect(
                    settings.address(transcript.implicitTls()), settings.timeout(), splitting, settings.maxPiece());
            talks.put(connection, talk);
            settings.encrypt(talk, transcript.implicitTls());
        }
        return talk;
    }

    private void finish() throws IOException, Mismatch {
        for (Map.Entry<Integer, Talk> entry : talks.entrySet()) {
            if (!done.contains(entry.getKey()) && entry.getValue().isOpen()) {
                try {
                    entry.getValue().finish();
                } catch (Mismatch e) {
                    throw new Mismatch("behind the last line " + e.getMessage());
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (Talk talk : talks.values()) {
            talk.close();
        }
    }
}
