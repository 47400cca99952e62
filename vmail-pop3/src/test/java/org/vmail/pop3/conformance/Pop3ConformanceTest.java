package org.vmail.pop3.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The runner tells every kind of mismatch, and nothing else. */
class Pop3ConformanceTest {
    private static final Duration SHORT = Duration.ofMillis(150);

    private final RecordingMailbox mailbox = new RecordingMailbox();

    private static final class RecordingMailbox implements MailboxFixture {
        private final List<Integer> resets = new ArrayList<>();

        @Override
        public String user() {
            return "joe";
        }

        @Override
        public String password() {
            return "tanstaaf";
        }

        @Override
        public void reset(List<byte[]> messages) {
            resets.add(messages.size());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "+OK…                          | +OK",
                "+OK…                          | +OK ready",
                "+OK 2 {n}                     | +OK 2 0300",
                "-ERR [AUTH]…                  | -ERR [AUTH]",
                "-ERR [AUTH]…                  | -ERR [AUTH] no",
                "+OK <{stamp}>                 | +OK <1.2@host>",
                "+OK… <{stamp}>                | +OK who are you <1.2@host>",
                "{base64:\\0{user}\\0b}        | AGpvZQBi",
                "{md5:<1896.697170952@dbc.mtview.ca.us>{password}} | c4c9334bac560ecc979e58001b3e22fb",
                "{3*ab}\\s{2*{user}}           | ababab joejoe",
                "a\\x41\\\\\\{\\}              | aA\\{}",
                "ü                             | \u00c3\u00bc",
            })
    void whatIsExpectedPasses(String expected, String comes) throws IOException {
        assertThat(run("S: " + expected, comes + "\r\n")).isInstanceOf(TranscriptResult.Passed.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "+OK…                  | -ERR no",
                "+OK…                  | +OKAY",
                "+OK…                  | +ok",
                "+OK 2 300             | +OK 2 301",
                "+OK 2 300             | +OK 2 300 octets",
                "+OK 2 {n}             | +OK 2 x",
                "-ERR [AUTH]…          | -ERR [AUTHX] no",
                "-ERR [AUTH]…          | -ERR no [AUTH]",
                "+OK <{stamp}>         | +OK <a b>",
                ".                     | ..",
                "ü                     | \u00fc",
            })
    void aWrongLineIsAFailure(String expected, String comes) throws IOException {
        TranscriptResult.Failed failed = failed("S: " + expected, comes + "\r\n");

        assertThat(failed.line()).isEqualTo(2);
        assertThat(failed.came()).isEqualTo(Talk.shown(comes));
    }

    @Test
    void theReportMarksTheLineAndTellsWhatCame() throws IOException {
        assertThat(failed("S: +OK…\nC: STAT\nS: +OK 1 17\nC: QUIT", "+OK\r\n", "+OK 0 0\r\n")
                        .report())
                .isEqualTo("""
                        example
                            # RFC 1939
                            S: +OK…
                            C: STAT
                        ==> S: +OK 1 17
                            came: '+OK 0 0'
                            C: QUIT
                        """);
    }

    @Test
    void aMissingLineIsAFailure() throws IOException {
        assertThat(failed("S: +OK…\nS: second", "+OK\r\n").came()).isEqualTo("nothing within 150 ms");
        assertThat(failed("S: +OK…\nS: second", "+OK\r\nsec").came()).isEqualTo("nothing within 150 ms behind 'sec'");
    }

    @Test
    void anEarlyCloseIsAFailure() throws IOException {
        assertThat(failed("S: +OK…\nS: second", "+OK\r\n" + ScriptedServer.CLOSE)
                        .came())
                .isEqualTo("the server closed the connection");
        assertThat(failed("S: +OK…", "+O" + ScriptedServer.CLOSE).came())
                .isEqualTo("the server closed the connection behind '+O'");
    }

    @Test
    void octetsTooManyAreAFailure() throws IOException {
        assertThat(failed("S: +OK…", "+OK\r\n\r\n").came()).isEqualTo("behind the last line octets: '\\r\\n'");
        assertThat(failed("S: +OK…\nC: QUIT\nS: +OK…\nS closes", "+OK\r\n", "+OK\r\n+" + ScriptedServer.CLOSE)
                        .came())
                .isEqualTo("octets: '+'");
    }

    @Test
    void aConnectionThatStaysOpenIsAFailure() throws IOException {
        assertThat(failed("S: +OK…\nS closes", "+OK\r\n").came()).isEqualTo("the connection stayed open");
    }

    @Test
    void whoSpeaksOutOfTurnIsAFailure() throws IOException {
        assertThat(failed("S: +OK…\nS is silent", "+OK\r\n+OK again\r\n").came())
                .isEqualTo("octets: '+OK again'");
        assertThat(failed("S: +OK…\nS is silent", "+OK\r\n" + ScriptedServer.CLOSE)
                        .came())
                .isEqualTo("the server closed the connection");
        assertThat(run("S: +OK…\nS is silent", "+OK\r\n")).isInstanceOf(TranscriptResult.Passed.class);
    }

    @Test
    void theFormOfLinesIsCheckedToo() throws IOException {
        assertThat(failed("S: +OK…", "+OK\n").came()).isEqualTo("a line that ends in a bare LF: '+OK'");
        assertThat(failed("S: +OK…", "+OK " + "x".repeat(507) + "\r\n").came())
                .startsWith("a reply of more than 512 octets");
        assertThat(run("S: +OK…", "+OK " + "x".repeat(506) + "\r\n")).isInstanceOf(TranscriptResult.Passed.class);
        assertThat(failed("S: -ERR…", "-ERR \u00e4\r\n").came())
                .startsWith("a reply with octets that are not printable");
        assertThat(failed("S: -ERR…", "-ERR a\rb\r\n").came()).startsWith("a reply with octets that are not printable");
    }

    @Test
    void aCapturedWordIsExpectedAgain() throws IOException {
        String script = "S: 1 {id}\nS: 2 {id}";

        assertThat(run(script, "1 a+b\r\n2 a+b\r\n")).isInstanceOf(TranscriptResult.Passed.class);
        assertThat(failed(script, "1 a+b\r\n2 aab\r\n").line()).isEqualTo(3);
    }

    @Test
    void whatMustDifferIsCompared() throws IOException {
        String script = "S: 1 {a}\nS: 2 {b}\ndistinct: {a} {b}";

        assertThat(run(script, "1 x\r\n2 y\r\n")).isInstanceOf(TranscriptResult.Passed.class);
        assertThat(failed(script, "1 x\r\n2 x\r\n").came()).isEqualTo("equal values: [x, x]");
    }

    @Test
    void linesMayComeInAnyOrder() throws IOException {
        String some = "S+: A\nS-: C\nS+: B…\nS*: .";
        String all = "S+: A\nS+: B…\nS: .";

        assertThat(run(some, "B x\r\nD\r\nA\r\n.\r\n")).isInstanceOf(TranscriptResult.Passed.class);
        assertThat(run(all, "B\r\nA\r\n.\r\n")).isInstanceOf(TranscriptResult.Passed.class);
        assertThat(failed(some, "B\r\nC\r\nA\r\n.\r\n").line()).isEqualTo(3);
        assertThat(failed(some, "A\r\n.\r\n").line()).isEqualTo(4);
        assertThat(failed(all, "B\r\nA\r\nD\r\n.\r\n").came()).isEqualTo("more lines than those: [D]");
        assertThat(failed(all, "A\r\nA\r\n.\r\n").line())
                .as("a line counts once")
                .isEqualTo(3);
        assertThat(failed(some, "A\r\nB\r\n").came()).isEqualTo("nothing within 150 ms");
    }

    @Test
    void aSeedMessageIsComparedLineByLine() throws IOException {
        String script = "S message: dot-lines\nS: .";

        assertThat(run(script, "Subject: x\r\n\r\n..\r\n...\r\n..hidden\r\nx.\r\n .\r\n.\r\n"))
                .isInstanceOf(TranscriptResult.Passed.class);
        assertThat(failed(script, "Subject: x\r\n\r\n..\r\n..\r\n..hidden\r\nx.\r\n .\r\n.\r\n")
                        .came())
                .isEqualTo("as line 4 of the message '..' instead of '...'");
    }

    @Test
    void consecutiveLinesAreOneSegment() throws IOException {
        try (ScriptedServer server = ScriptedServer.saying("+OK\r\n", "1\r\n", "2\r\n")) {
            TranscriptResult result = kit(server).run(transcript("S: +OK…\nC: A {user}\nC raw: B\\n\nS: 1\nS: 2"));

            assertThat(result).isInstanceOf(TranscriptResult.Passed.class);
            assertThat(server.heard()).isEqualTo("A joe\r\nB\n");
        }
    }

    @Test
    void whatCannotBePipelinedIsSkipped() throws IOException {
        try (ScriptedServer server = ScriptedServer.saying("+OK 7\r\n", "1\r\n", "2\r\n")) {
            Pop3Conformance kit = kit(server);

            assertThat(kit.runPipelined(transcript("S: +OK…\nC: A\nS: 1\nC: B\nS: 2")))
                    .isInstanceOf(TranscriptResult.Passed.class);
            assertThat(kit.runPipelined(transcript("S: +OK {x}\nC: A {x}\nS: 1")))
                    .isInstanceOf(TranscriptResult.Skipped.class);
            assertThat(kit.runPipelined(transcript("S: +OK…\nS2: +OK…"))).isInstanceOf(TranscriptResult.Skipped.class);
        }
    }

    @Test
    void splittingChangesNothingThatTheServerHears() throws IOException {
        try (ScriptedServer server = ScriptedServer.saying("+OK\r\n", "1\r\n", "2\r\n")) {
            kit(server).withSplitting(3, 2).run(transcript("S: +OK…\nC: ABCDE\nC: FGH\nS: 1\nS: 2"));

            assertThat(server.heard()).isEqualTo("ABCDE\r\nFGH\r\n");
        }
    }

    @Test
    void everyConnectionIsAnother() throws IOException {
        assertThat(run("S: +OK…\nC: A\nS: 1\nS2: +OK…\nC2: A\nS2: 1", "+OK\r\n", "1\r\n"))
                .isInstanceOf(TranscriptResult.Passed.class);
    }

    @Test
    void loggingInWaitsForAMaildropThatIsInUse() throws IOException {
        assertThat(failed("C logs in", "+OK\r\n", "+OK\r\n", "-ERR [IN-USE] x\r\n")
                        .came())
                .isEqualTo("'-ERR [IN-USE] x' to PASS");
        assertThat(failed("C logs in", "+OK\r\n", "+OK\r\n", "-ERR [AUTH] x\r\n")
                        .came())
                .isEqualTo("'-ERR [AUTH] x' to PASS");
        assertThat(failed("C logs in", "-ERR busy\r\n").came()).isEqualTo("'-ERR busy' during the login");
        assertThat(run("C logs in", "+OK\r\n", "+OK\r\n", "+OK\r\n")).isInstanceOf(TranscriptResult.Passed.class);
    }

    @Test
    void whatIsNotOfferedIsSkippedAndSaid() throws IOException {
        try (ScriptedServer server =
                ScriptedServer.saying("+OK <1@x>\r\n", "+OK\r\nSASL PLAIN LOGIN\r\nTOP\r\n.\r\n")) {
            Transcript needy =
                    Transcript.parse("example", "# RFC 1\nrequires: top, sasl plain, apop\nmessages: none\nS: +OK…");
            Pop3Conformance bare = kit(server);

            assertThat(bare.run(needy))
                    .isEqualTo(new TranscriptResult.Skipped("example", "needs apop, sasl plain, top"));
            assertThat(mailbox.resets).isEmpty();
            assertThat(bare.withOfferedFeatures().run(needy)).isInstanceOf(TranscriptResult.Passed.class);
            assertThat(mailbox.resets).containsExactly(0);
            assertThat(bare.run(Transcript.parse("vmail-x", "# vmail\nS: +OK…")))
                    .isEqualTo(new TranscriptResult.Skipped("vmail-x", "needs vmail"));
        }
    }

    @Test
    void aScramExchangeNeedsAChallengeThatIsOne() throws IOException {
        String script = "S: +OK…\nSCRAM: n,, {user} {password}\nS: + {server-signature}";

        assertThat(failed(script, "+OK\r\n", "-ERR no\r\n").came()).startsWith("'-ERR no' instead of a challenge");
        assertThat(failed(script, "+OK\r\n", "+ !\r\n").line()).isEqualTo(3);
        assertThat(failed(script, "+OK\r\n", "+ " + base64("r=x,s=QSXCR+Q6sek8bf92,i=4096") + "\r\n")
                        .came())
                .endsWith("the server added nothing to the nonce");
    }

    @Test
    void whatTheFixtureCannotDoIsSkippedAndSaid() throws IOException {
        try (ScriptedServer server = ScriptedServer.saying("+OK\r\n")) {
            Pop3Conformance kit = Pop3Conformance.of(server.address(), new UnknownMailbox("joe", "x"));

            assertThat(kit.run(Transcript.parse("a", "# RFC 1\nmessages: short\nS: +OK…")))
                    .isEqualTo(new TranscriptResult.Skipped("a", "needs a mailbox that can be filled"));
            assertThat(kit.run(transcript("S: +OK…\ndeliver: short")))
                    .isEqualTo(new TranscriptResult.Skipped("example", "needs a mailbox that takes mail at any time"));
        }
    }

    @Test
    void theMailboxIsFilledOnlyIfTheTranscriptSaysWith() throws IOException {
        try (ScriptedServer server = ScriptedServer.saying("+OK\r\n")) {
            kit(server).run(Transcript.parse("a", "# RFC 1\nmessages: short, big\nS: +OK…"));
            kit(server).run(transcript("S: +OK…"));
        }
        assertThat(mailbox.resets).containsExactly(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "STAT",
                "X: STAT",
                "C: {user",
                "C: user}",
                "C: {9x*a}",
                "C: {No}",
                "C: \\q",
                "C: \\x4",
                "C: \\xzz",
                "C: x\\",
                "S closes now",
                "C is silent",
                "S logs in",
                "S message: unknown",
                "deliver: unknown",
                "messages: unknown",
                "connect: ssh",
                "TLS: colour=red",
                "SCRAM: n,, {user}",
                "S+: A",
                "S+: A\nC: B",
                "S+: A\nS2: .",
                "C: A\nrequires: top",
            })
    void aLineThatIsNotUnderstoodIsSaid(String line) {
        assertThatThrownBy(() -> transcript(line))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("example, line ");
    }

    @Test
    void aTranscriptSaysItsRule() {
        assertThat(Transcript.parse("a", "# RFC 1939, section 5\n# One rule.\n\nS: +OK…\n# no rule")
                        .rule())
                .isEqualTo("RFC 1939, section 5 One rule.");
        assertThatThrownBy(() -> Transcript.parse("a", "S: +OK…")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Transcript.parse("a", "# RFC 1939")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void everyNameSaysWhereTheRuleIsFrom() {
        assertThat(Pop3Conformance.transcripts())
                .hasSizeGreaterThan(220)
                .allMatch(transcript -> transcript.name().startsWith("vmail-")
                        || transcript.rule().startsWith(source(transcript)));
    }

    @Test
    void theReportIsATable() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Stream<Transcript> transcripts = Stream.of(
                Transcript.parse("good", "# RFC 1\nS: +OK…"),
                Transcript.parse("bad", "# RFC 1\nS: -ERR…"),
                Transcript.parse("vmail-own", "# vmail\nS: +OK…"));
        try (ScriptedServer server = ScriptedServer.saying("+OK\r\n")) {
            int failures = ConformanceReport.print(
                    kit(server), transcripts, new PrintStream(out, true, StandardCharsets.UTF_8));

            assertThat(failures).isEqualTo(1);
        }
        assertThat(out.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n"))
                .contains("passed   good\n")
                .contains("FAILED   bad, line 2: '+OK'\n")
                .contains("skipped  vmail-own: needs vmail\n")
                .contains("==> S: -ERR…\n    came: '+OK'\n")
                .endsWith("1 passed, 1 skipped, 1 failed\n");
    }

    private static String source(Transcript transcript) {
        String[] parts = transcript.name().split("-", -1);
        return "RFC " + parts[0].substring(3) + ", section";
    }

    private TranscriptResult run(String lines, String... serverSays) throws IOException {
        try (ScriptedServer server = ScriptedServer.saying(serverSays)) {
            return kit(server).run(transcript(lines));
        }
    }

    private TranscriptResult.Failed failed(String lines, String... serverSays) throws IOException {
        TranscriptResult result = run(lines, serverSays);
        assertThat(result).isInstanceOf(TranscriptResult.Failed.class);
        return (TranscriptResult.Failed) result;
    }

    private Pop3Conformance kit(ScriptedServer server) {
        return Pop3Conformance.of(server.address(), mailbox).withTimeout(SHORT);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Transcript transcript(String lines) {
        return Transcript.parse("example", "# RFC 1939\n" + lines);
    }
}
