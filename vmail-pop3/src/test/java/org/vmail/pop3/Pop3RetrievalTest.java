package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What RETR and TOP send (RFC 1939, sections 3, 5 and 7). */
class Pop3RetrievalTest {
    private static final String HEADER = "Subject: x\r\nTo: joe\r\n\r\n";

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    static List<String> messages() {
        StringBuilder octets = new StringBuilder(HEADER);
        for (int i = 0; i < 256; i++) {
            if (i != '\n' && i != '\r') {
                octets.append((char) i);
            }
        }
        return List.of(
                HEADER + "body\r\n",
                HEADER,
                HEADER + ".\r\n",
                HEADER + "..\r\n.\r\n...\r\n",
                HEADER + ".hidden\r\nx.\r\n .\r\n",
                ".first line begins with a dot\r\n\r\nbody\r\n",
                ".\r\n",
                "\r\n",
                "\r\n.\r\n",
                "",
                octets + "\r\n",
                HEADER + "\0\0\0\r\n",
                HEADER + "8 bit: \u00e4\u00f6\u00fc\u00ff\r\n",
                HEADER + "x".repeat(100_000) + "\r\n",
                HEADER + ("." + "x".repeat(70) + "\r\n").repeat(5000));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void aMessageArrivesAsItWasDelivered(String message) throws IOException {
        Pop3Client client = pop3.logInWith(message);

        assertThat(client.message("RETR 1")).as("RFC 1939, section 5, RETR").isEqualTo(message);
        assertThat(client.ask("LIST 1")).isEqualTo("+OK 1 " + message.length());
    }

    @ParameterizedTest
    @MethodSource("messages")
    void everyLineThatBeginsWithADotIsStuffed(String message) throws IOException {
        List<String> lines = pop3.logInWith(message).lines("RETR 1");

        assertThat(lines)
                .as("RFC 1939, section 3: byte-stuffing")
                .isEqualTo(message.lines()
                        .map(line -> line.startsWith(".") ? "." + line : line)
                        .toList());
    }

    @Test
    void aMissingLastLineEndIsAdded() throws IOException {
        Pop3Client client = pop3.logInWith(HEADER + "no end");

        assertThat(client.message("RETR 1"))
                .as("RFC 1939, section 3: each line ends in CRLF")
                .isEqualTo(HEADER + "no end\r\n");
        assertThat(client.ask("NOOP")).startsWith("+OK");
    }

    @Test
    void lineFeedsAreSentAsLineEnds() throws IOException {
        assertThat(pop3.logInWith("Subject: x\n\n.\n").message("RETR 1")).isEqualTo("Subject: x\r\n\r\n.\r\n");
    }

    @RepeatedTest(20)
    void whateverAMessageHoldsItsDotsHideNothing(RepetitionInfo repetition) throws IOException {
        long seed = 1939L * repetition.getCurrentRepetition();
        Random random = new Random(seed);
        StringBuilder message = new StringBuilder();
        for (int i = 0; i < 40_000; i++) {
            message.append(List.of("\r\n", ".", "x", "\r\n.", "\r\n.\r\n", "\0").get(random.nextInt(6)));
        }
        message.append("\r\n");

        assertThat(pop3.logInWith(message.toString()).message("RETR 1"))
                .as("seed %d", seed)
                .isEqualTo(message.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "0,           ''",
        "1,           'one|'",
        "2,           'one||'",
        "3,           'one||.three|'",
        "4,           'one||.three|four|'",
        "5,           'one||.three|four|'",
        "2147483647,  'one||.three|four|'",
        "2147483648,  'one||.three|four|'",
        "99999999999999999999, 'one||.three|four|'",
    })
    void topCountsBodyLinesOnly(String lines, String body) throws IOException {
        Pop3Client client = pop3.logInWith(HEADER + "one\r\n\r\n.three\r\nfour\r\n");

        assertThat(client.message("TOP 1 " + lines))
                .as("RFC 1939, section 7, TOP: beyond the end is the entire message")
                .isEqualTo(HEADER + body.replace("|", "\r\n"));
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "7"})
    void topOfAMessageWithoutBlankLineIsAllOfIt(int lines) throws IOException {
        String headerOnly = "Subject: x\r\nTo: joe\r\n";

        assertThat(pop3.logInWith(headerOnly).message("TOP 1 " + lines)).isEqualTo(headerOnly);
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "7"})
    void topOfAMessageWithoutBodyIsAllOfIt(int lines) throws IOException {
        assertThat(pop3.logInWith(HEADER).message("TOP 1 " + lines)).isEqualTo(HEADER);
    }

    @Test
    void topOfAMessageThatBeginsWithItsBody() throws IOException {
        Pop3Client client = pop3.logInWith("\r\none\r\ntwo\r\n");

        assertThat(client.message("TOP 1 0")).isEqualTo("\r\n");
        assertThat(client.message("TOP 1 1")).isEqualTo("\r\none\r\n");
    }

    @Test
    void topStuffsDots() throws IOException {
        assertThat(pop3.logInWith(".x\r\n\r\n.\r\n.\r\n").lines("TOP 1 1"))
                .as("RFC 1939, section 7, TOP: byte-stuffed as any multi-line reply")
                .containsExactly("..x", "", "..");
    }

    @Test
    void topEndsAnUnfinishedLine() throws IOException {
        assertThat(pop3.logInWith(HEADER + "no end").message("TOP 1 9")).isEqualTo(HEADER + "no end\r\n");
    }

    @Test
    void aLargeMessageArrivesWhole() throws IOException {
        byte[] octets = new byte[3_000_000];
        new Random(1).nextBytes(octets);
        String body = new String(octets, ISO_8859_1).replace('\r', 'r').replace("\n", "\r\n");

        assertThat(pop3.logInWith(HEADER + body + "\r\n").message("RETR 1")).isEqualTo(HEADER + body + "\r\n");
    }
}
