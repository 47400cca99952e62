package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.withSettings;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.invocation.InvocationOnMock;
import org.vmail.net.internal.Wire;

/** The end of a message, however its octets arrive. The wire is a mock because a socket cannot be told where to split. */
class DataReaderTest {
    private static final String END = "\r\n.\r\n";
    private static final String NEXT = "MAIL FROM:<x>\r\n.\r\n";

    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    private final Deque<String> pieces = new ArrayDeque<>();
    private final StringBuilder unread = new StringBuilder();
    private final Wire wire = mock(Wire.class, withSettings().stubOnly().defaultAnswer(this::answer));

    static List<String> messages() {
        List<String> messages =
                new ArrayList<>(List.of("", "x", ".", "..", ".x", "x\r\n", "\r\n", "x\r\n..\r\n...\r\ny"));
        for (String notTheEnd : LmtpDataTest.notTheEnd()) {
            messages.add("before" + notTheEnd + "after");
            messages.add("before" + notTheEnd);
        }
        return messages;
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageIsTheSameWhereverItIsSplit(String message) throws IOException {
        String octets = stuff(message) + END + NEXT;
        for (int first = 0; first <= octets.length(); first++) {
            for (int second = first; second <= Math.min(octets.length(), first + 3); second++) {
                assertRead(
                        message + "\r\n",
                        List.of(octets.substring(0, first), octets.substring(first, second), octets.substring(second)));
            }
        }
        assertRead(
                message + "\r\n",
                octets.chars().mapToObj(octet -> String.valueOf((char) octet)).toList());
    }

    @Test
    void anEmptyMessageIsADotAlone() throws IOException {
        assertRead("", List.of(".\r\n" + NEXT));
        assertRead("", List.of(".", "\r", "\n", NEXT));
    }

    @RepeatedTest(50)
    void anyMessageSurvivesStuffing(RepetitionInfo repetition) throws IOException {
        long seed = 5321L * repetition.getCurrentRepetition();
        Random random = new Random(seed);
        StringBuilder message = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            message.append("\r\n..\0x\n\r".charAt(random.nextInt(8)));
        }
        String octets = stuff(message.toString()) + END + NEXT;
        List<String> pieces = new ArrayList<>();
        for (int from = 0; from < octets.length(); ) {
            int to = Math.min(octets.length(), from + 1 + random.nextInt(20_000));
            pieces.add(octets.substring(from, to));
            from = to;
        }

        assertRead(message + "\r\n", pieces);
    }

    @Test
    void aClientThatLeavesHasSentNoMessage() throws IOException {
        for (String rest : List.of("", "x", "x\r\n", "x\r\n.", "x\r\n.\r", "x\r\n.\n", "x\n.\n")) {
            pieces.add(rest);
            assertThat(new DataReader().read(wire, TIMEOUT, new TimeLimit(TIMEOUT), new ByteArrayOutputStream()))
                    .as(rest)
                    .isFalse();
        }
    }

    /** RFC 5321, section 4.5.2, the client's side. A line begins at the start and behind CRLF, and nowhere else. */
    static String stuff(String message) {
        String stuffed = message.replace("\r\n.", "\r\n..");
        return stuffed.startsWith(".") ? "." + stuffed : stuffed;
    }

    private void assertRead(String expected, List<String> sent) throws IOException {
        pieces.addAll(sent);
        ByteArrayOutputStream target = new ByteArrayOutputStream();

        assertThat(new DataReader().read(wire, TIMEOUT, new TimeLimit(TIMEOUT), target))
                .as("%s", sent)
                .isTrue();
        assertThat(target.toString(ISO_8859_1)).as("%s", sent).isEqualTo(expected);
        assertThat(unread + String.join("", pieces)).as("what follows %s", sent).isEqualTo(NEXT);
        pieces.clear();
        unread.setLength(0);
    }

    private Object answer(InvocationOnMock call) {
        return call.getMethod().getName().equals("read") ? read(call.getArgument(0)) : unread(call);
    }

    private int read(byte[] target) {
        while (!pieces.isEmpty() && pieces.peek().isEmpty()) {
            pieces.remove();
        }
        if (pieces.isEmpty()) {
            return -1;
        }
        byte[] piece = pieces.remove().getBytes(ISO_8859_1);
        int count = Math.min(piece.length, target.length);
        System.arraycopy(piece, 0, target, 0, count);
        if (count < piece.length) {
            pieces.push(new String(piece, count, piece.length - count, ISO_8859_1));
        }
        return count;
    }

    private @Nullable Object unread(InvocationOnMock call) {
        int start = call.getArgument(1);
        int end = call.getArgument(2);
        unread.append(new String((byte[]) call.getArgument(0), start, end - start, ISO_8859_1));
        return null;
    }
}
