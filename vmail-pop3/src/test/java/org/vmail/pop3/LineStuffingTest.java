package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.net.internal.Wire;

class LineStuffingTest {
    /** RFC 1939, section 3. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a!b!|a~b~|4+2",
                "a^!b^!|a~b~|4+2",
                ".|..|1",
                ".!|..~|1+2",
                "..!|...~|2+2",
                "!.!|~..~|1+4",
                "a.b!.c|a.b~..c|5+2",
                "^^!|^~|1+2",
                "a^b^|a^b^|4",
                "^|^|1",
                "!|~|2",
                ".^!.^!|..~..~|2+4"
            })
    void lineEndsBecomeCrLfAndDotsAreStuffed(String message, String expected, String octets) {
        String text = message.replace('!', '\n').replace('^', '\r');
        String reply = expected.replace("~", "\r\n").replace('^', '\r');

        LineStuffing stuffing = new LineStuffing();
        assertThat(stuffed(stuffing, text.getBytes(ISO_8859_1), new Random(1), 1_000))
                .isEqualTo(reply);
        assertThat(stuffing.octets())
                .isEqualTo(Arrays.stream(octets.split("\\+"))
                        .mapToInt(Integer::parseInt)
                        .sum());
        assertThat(stuffing.isLineStart()).isEqualTo(text.endsWith("\n"));
    }

    /** Any octets, in pieces of any length, into targets of any length. */
    @Test
    void howItComesAndWhereItGoesMakesNoDifference() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            byte[] message = new byte[random.nextInt(300)];
            for (int i = 0; i < message.length; i++) {
                message[i] = (byte) "\n\n\r.ab\u00ff".charAt(random.nextInt(7));
                if (random.nextInt(3) > 0) {
                    message[i] = 'x';
                }
            }
            LineStuffing stuffing = new LineStuffing();

            String reply = stuffed(stuffing, message, random, Wire.Conversion.ROOM + random.nextInt(100));

            assertThat(reply).as("seed %d, round %d", seed, round).isEqualTo(plainly(message));
            assertThat(stuffing.octets()).isEqualTo(reply.length() - dots(message));
        }
    }

    /** How many lines begin with a dot. */
    private static long dots(byte[] message) {
        long dots = 0;
        for (int i = 0; i < message.length; i++) {
            dots += message[i] == '.' && (i == 0 || message[i - 1] == '\n') ? 1 : 0;
        }
        return dots;
    }

    private static String plainly(byte[] message) {
        StringBuilder reply = new StringBuilder();
        for (int i = 0; i < message.length; i++) {
            char octet = (char) (message[i] & 0xff);
            if (octet == '.' && (i == 0 || message[i - 1] == '\n')) {
                reply.append('.');
            } else if (octet == '\n' && (i == 0 || message[i - 1] != '\r')) {
                reply.append('\r');
            }
            reply.append(octet);
        }
        return reply.toString();
    }

    /** Calls it with pieces of the message, and a target in which there is as little room as may be. */
    private static String stuffed(LineStuffing stuffing, byte[] message, Random random, int targetLength) {
        ByteArrayOutputStream reply = new ByteArrayOutputStream();
        byte[] target = new byte[targetLength];
        for (int from = 0; from < message.length; ) {
            int to = from + 1 + random.nextInt(Math.min(100, message.length - from));
            while (from < to) {
                int at = random.nextInt(targetLength - Wire.Conversion.ROOM + 1);
                int next = stuffing.convert(message, from, to, target, at);
                assertThat(next).isGreaterThan(from).isLessThanOrEqualTo(to);
                reply.write(target, at, stuffing.targetEnd() - at);
                from = next;
            }
        }
        return reply.toString(ISO_8859_1);
    }
}
