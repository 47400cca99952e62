package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 5321, sections 2.3.8 and 4.5.2. */
class DotStuffingTest {
    @ParameterizedTest
    @CsvSource({
        "'', '.~'",
        "'a~', 'a~.~'",
        "'a', 'a~.~'",
        "'a/b/', 'a~b~.~'",
        "'.', '..~.~'",
        "'.~', '..~.~'",
        "'a~.~b~', 'a~..~b~.~'",
        "'a/./b', 'a~..~b~.~'",
        "'a\\.\\b', 'a . b~.~'",
        "'a/.\\b', 'a~.. b~.~'",
        "'a\\./b', 'a .~b~.~'",
        "'a\\~b', 'a ~b~.~'",
        "'a\\', 'a ~.~'",
        "'\\.~', ' .~.~'",
        "'~~', '~~.~'",
    })
    void noLineOfTheMessageEndsIt(String message, String expected) throws IOException {
        byte[] octets = wire(message).getBytes(ISO_8859_1);
        for (int split = 0; split <= octets.length; split++) {
            assertThat(stuffed(octets, split)).as("split at %d", split).isEqualTo(wire(expected));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whateverGoesInOnlyTheEndEndsIt(long seed) throws IOException {
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            byte[] octets = new byte[random.nextInt(12)];
            for (int i = 0; i < octets.length; i++) {
                octets[i] = (byte) "\r\n.a".charAt(random.nextInt(4));
            }
            String out = stuffed(octets, random.nextInt(octets.length + 1));
            String described = "seed " + seed + ", round " + round;
            assertThat(("\r\n" + out).indexOf("\r\n.\r\n")).as(described).isEqualTo(out.length() - 3);
            assertThat(Pattern.compile("\r(?!\n)|(?<!\r)\n").matcher(out).find())
                    .as(described)
                    .isFalse();
        }
    }

    @Test
    void aLongMessageIsWhole() throws IOException {
        byte[] octets = ".\n".repeat(50_000).getBytes(ISO_8859_1);

        assertThat(stuffed(octets, 30_001)).isEqualTo("..\r\n".repeat(50_000) + ".\r\n");
    }

    private static String wire(String text) {
        return text.replace("~", "\r\n").replace("/", "\n").replace("\\", "\r");
    }

    private static String stuffed(byte[] octets, int split) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DotStuffing stuffing = new DotStuffing(out);
        stuffing.write(octets, 0, split);
        stuffing.write(octets, split, octets.length - split);
        stuffing.finish();
        return out.toString(ISO_8859_1);
    }
}
