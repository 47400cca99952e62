package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.net.internal.Wire.EndReason;
import org.vmail.net.internal.Wire.Line;

class WireTest {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final int MAX = 255;

    @Test
    void aLineEndsInCrlfOrInLf() throws IOException {
        assertThat(lines("one\r\ntwo\nthree\r\n\r\n\n")).containsExactly("one", "two", "three", "", "", "CLOSED");
    }

    @Test
    void aLoneCrEndsNothing() throws IOException {
        assertThat(lines("a\rb\r\r\n\rc\n")).containsExactly("a\rb\r", "\rc", "CLOSED");
    }

    @Test
    void octetsPassAsTheyAre() throws IOException {
        assertThat(lines("\0NUL\t8-bit \u00e9\u00ff\r\n")).containsExactly("\0NUL\t8-bit \u00e9\u00ff", "CLOSED");
    }

    @Test
    void whatHasNoLineEndIsNoLine() throws IOException {
        assertThat(lines("QUIT\r\nDELE 1"))
                .as("a command that was cut off is not carried out")
                .containsExactly("QUIT", "CLOSED");
    }

    @Test
    void whereTheInputIsSplitMakesNoDifference() throws IOException {
        String input = "USER joe\r\nPASS a b\r\n\n" + "x".repeat(MAX - 2) + "\r\n" + "x".repeat(MAX - 1) + "\r\nQUIT\n";
        List<String> expected = lines(input);
        assertThat(expected).hasSize(7).contains("TOO LONG");
        for (int split = 0; split < input.length(); split++) {
            assertThat(lines(input.substring(0, split), input.substring(split)))
                    .as("split at %s", split)
                    .isEqualTo(expected);
        }
        assertThat(lines(input.split(""))).as("octet by octet").isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomLinesInRandomPiecesAreTheSameLines(long seed) throws IOException {
        Random random = new Random(seed);
        StringBuilder input = new StringBuilder();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int length = random.nextInt(random.nextInt(5) == 0 ? 3000 : 60);
            String end = random.nextBoolean() ? "\r\n" : "\n";
            input.append("y".repeat(length)).append(end);
            expected.add(length + end.length() <= MAX ? "y".repeat(length) : "TOO LONG");
        }
        expected.add("CLOSED");
        List<String> pieces = new ArrayList<>();
        for (int done = 0; done < input.length(); ) {
            int end = Math.min(input.length(), done + 1 + random.nextInt(700));
            pieces.add(input.substring(done, end));
            done = end;
        }
        assertThat(lines(pieces.toArray(String[]::new))).as("seed %s", seed).isEqualTo(expected);
    }

    @Test
    void theLineEndCountsForTheLength() throws IOException {
        assertThat(lines("x".repeat(MAX - 2) + "\r\n")).containsExactly("x".repeat(MAX - 2), "CLOSED");
        assertThat(lines("x".repeat(MAX - 1) + "\r\n")).containsExactly("TOO LONG", "CLOSED");
        assertThat(lines("x".repeat(MAX - 1) + "\n")).containsExactly("x".repeat(MAX - 1), "CLOSED");
        assertThat(lines("x".repeat(MAX) + "\n")).containsExactly("TOO LONG", "CLOSED");
    }

    @Test
    void whatFollowsALineThatIsTooLongIsReadAgain() throws IOException {
        assertThat(lines("x".repeat(20_000) + "\r\nNOOP\r\n")).containsExactly("TOO LONG", "NOOP", "CLOSED");
    }

    @Test
    void anEndlessLineIsGivenUp() throws IOException {
        assertThat(lines("x".repeat(200_000) + "\r\nNOOP\r\n")).containsExactly("FLOODED");
    }

    @Test
    void pipelinedCommandsAreAnsweredInOneWrite() throws IOException {
        ScriptedChannel client = new ScriptedChannel("A\r\nB\r\nC\r\n", "D\r\n");
        Wire wire = new Wire(client.connection());
        for (Line line = wire.readLine(MAX, LONG); line instanceof Line.Text text; line = wire.readLine(MAX, LONG)) {
            wire.writeLine("+OK " + text.text());
        }
        assertThat(client.writes()).containsExactly("+OK A\r\n+OK B\r\n+OK C\r\n", "+OK D\r\n");
    }

    @Test
    void aReplyIsSentBeforeTheRestOfALineIsWaitedFor() throws IOException {
        ScriptedChannel client = new ScriptedChannel("A\r\nB", "\r\n");
        Wire wire = new Wire(client.connection());
        assertThat(wire.readLine(MAX, LONG)).isEqualTo(new Line.Text("A"));
        wire.writeLine("+OK");
        assertThat(client.writes()).isEmpty();
        assertThat(wire.readLine(MAX, LONG)).isEqualTo(new Line.Text("B"));
        assertThat(client.writes()).containsExactly("+OK\r\n");
    }

    @Test
    void aReplyIsSentBeforeDataIsWaitedFor() throws IOException {
        ScriptedChannel client = new ScriptedChannel("DATA\r\n", "x");
        Wire wire = new Wire(client.connection());
        assertThat(wire.readLine(MAX, LONG)).isEqualTo(new Line.Text("DATA"));
        wire.writeLine("354 go on");
        assertThat(wire.read(new byte[10], LONG)).isEqualTo(1);
        assertThat(client.writes()).containsExactly("354 go on\r\n");
    }

    @Test
    void dataBehindACommandIsReadFirst() throws IOException {
        ScriptedChannel client = new ScriptedChannel("DATA\r\nabc", "def");
        Wire wire = new Wire(client.connection());
        assertThat(wire.readLine(MAX, LONG)).isEqualTo(new Line.Text("DATA"));
        byte[] target = new byte[2];
        StringBuilder data = new StringBuilder();
        for (int count = wire.read(target, LONG); count >= 0; count = wire.read(target, LONG)) {
            assertThat(count).isPositive();
            data.append(new String(target, 0, count, ISO_8859_1));
        }
        assertThat(data).hasToString("abcdef");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 600, 5000})
    void whatWasReadTooFarIsReadAgainAsCommands(int noops) throws IOException {
        ScriptedChannel client = new ScriptedChannel("DATA\r\nxy.RSET\r\n" + "NOOP\r\n".repeat(noops), "QUIT\r\n");
        Wire wire = new Wire(client.connection());
        assertThat(wire.readLine(MAX, LONG)).isEqualTo(new Line.Text("DATA"));
        byte[] chunk = new byte[16 * 1024];
        int count = wire.read(chunk, LONG);
        assertThat(new String(chunk, 0, 3, ISO_8859_1)).isEqualTo("xy.");
        wire.unread(chunk, 3, count);
        List<String> expected = new ArrayList<>(List.of("RSET"));
        for (int i = 0; i < noops; i++) {
            expected.add("NOOP");
        }
        expected.add("QUIT");
        expected.add("CLOSED");
        assertThat(lines(wire)).isEqualTo(expected);
    }

    @Test
    void whatIsReadAgainStandsBeforeWhatWasNotReadYet() throws IOException {
        Wire wire = new Wire(new ScriptedChannel("DATA\r\nab.RSET\r\nNOOP\r\n").connection());
        assertThat(wire.readLine(MAX, LONG)).isEqualTo(new Line.Text("DATA"));
        byte[] chunk = new byte[5];
        assertThat(wire.read(chunk, LONG)).isEqualTo(5);
        wire.unread(chunk, 3, 5);
        wire.unread(chunk, 5, 5);
        assertThat(lines(wire)).containsExactly("RSET", "NOOP", "CLOSED");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatIsWrittenInAnyPiecesArrivesAsItIs(long seed) throws IOException {
        Random random = new Random(seed);
        ScriptedChannel client = new ScriptedChannel();
        Wire wire = new Wire(client.connection());
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            byte[] piece = new byte[random.nextInt(random.nextInt(10) == 0 ? 40_000 : 100)];
            random.nextBytes(piece);
            if (piece.length == 1) {
                wire.write(piece[0]);
            } else {
                wire.write(piece);
            }
            expected.append(new String(piece, ISO_8859_1));
        }
        wire.flush();
        assertThat(String.join("", client.writes())).as("seed %s", seed).isEqualTo(expected.toString());
    }

    @Test
    void nothingToSendIsNoPacket() throws IOException {
        ScriptedChannel client = new ScriptedChannel();
        Wire wire = new Wire(client.connection());
        wire.flush();
        wire.write(new byte[0]);
        wire.flush();
        assertThat(client.writes()).isEmpty();
    }

    @Test
    void aReplyOfSixteenKibibytesIsOneWrite() throws IOException {
        ScriptedChannel client = new ScriptedChannel();
        Wire wire = new Wire(client.connection());
        for (int i = 0; i < 1024; i++) {
            wire.write("0123456789abcd\r\n".getBytes(ISO_8859_1));
        }
        wire.flush();
        assertThat(client.writes()).hasSize(1);
    }

    @Test
    void aServerThatIsClosingReadsNoFurtherCommand() throws IOException {
        ScriptedChannel client = new ScriptedChannel("NOOP\r\n");
        client.connection().requestStop();
        Wire wire = new Wire(client.connection());
        wire.writeLine("421 closing");
        assertThat(wire.readLine(MAX, LONG)).isEqualTo(new Line.End(EndReason.STOPPING));
        assertThat(client.writes()).containsExactly("421 closing\r\n");
    }

    @Test
    void aServerThatIsClosingStillTakesTheDataOfACommand() throws IOException {
        ScriptedChannel client = new ScriptedChannel("data");
        client.connection().requestStop();
        assertThat(new Wire(client.connection()).read(new byte[10], LONG)).isEqualTo(4);
    }

    @Test
    void aBrokenConnectionIsNoEnd() throws IOException {
        try (SocketPair pair = SocketPair.open(LONG)) {
            pair.client().setOption(StandardSocketOptions.SO_LINGER, 0);
            pair.client().close();
            assertThatIOException().isThrownBy(() -> new Wire(pair.server()).readLine(MAX, LONG));
        }
    }

    @Test
    void aPasswordIsNotShownInLogs() {
        assertThat(new Line.Text("PASS secret")).asString().doesNotContain("secret");
    }

    private static List<String> lines(String... packets) throws IOException {
        return lines(new Wire(new ScriptedChannel(packets).connection()));
    }

    private static List<String> lines(Wire wire) throws IOException {
        List<String> lines = new ArrayList<>();
        while (true) {
            Line line = wire.readLine(MAX, LONG);
            if (line instanceof Line.Text text) {
                lines.add(text.text());
            } else if (line instanceof Line.End end) {
                lines.add(end.reason().name());
                return lines;
            } else {
                lines.add("TOO LONG");
            }
        }
    }
}
