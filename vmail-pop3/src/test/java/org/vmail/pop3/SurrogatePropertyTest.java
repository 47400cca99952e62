package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every header (RFC 6856, section 2.1), with seeded random ones; a failure names its seed. */
class SurrogatePropertyTest {
    private static final int HEADERS = 200;
    private static final String[] NAMES = {
        "To",
        "From",
        "cc",
        "Return-Path",
        "Subject",
        "X-Note",
        "Content-Type",
        "Content-Disposition",
        "Received",
        "Message-ID",
        "no field"
    };
    private static final String[] PIECES = {
        "\u00e9",
        "\u65e5\u672c",
        "\ud83d\ude00",
        "a",
        "word",
        "a.b@c",
        " ",
        "  ",
        "\t",
        "\r\n ",
        "\r\n\t",
        ",",
        ";",
        ":",
        "\"",
        "\\",
        "(",
        ")",
        "<",
        ">",
        "[",
        "]",
        "=?UTF-8?Q?=C3=A9?=",
        "=?",
        "?=",
        "=",
        "_",
        "\0",
        "\r",
        "\u0085"
    };

    static LongStream seeds() {
        return LongStream.rangeClosed(1, 8);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void theHeaderIsInAsciiItsLinesFitAndTheBodyStays(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < HEADERS; i++) {
            byte[] header = randomHeader(random);
            byte[] body = new byte[random.nextInt(10_000)];
            random.nextBytes(body);
            byte[] message = SurrogateTest.concat(header, "\r\n".getBytes(UTF_8), body);
            Surrogate surrogate = SurrogateTest.of(message);
            byte[] sent = surrogate.content().readAllBytes();

            assertThat(Arrays.equals(sent, sent.length - body.length, sent.length, body, 0, body.length))
                    .as("body behind header %s", i)
                    .isTrue();
            assertThat(sent.length).isEqualTo(message.length + surrogate.extraOctets());
            if (surrogate.needsUtf8()) {
                String head = new String(sent, 0, sent.length - body.length, ISO_8859_1);
                assertThat(head.chars().filter(octet -> octet > 0x7F))
                        .as("header %s", i)
                        .isEmpty();
                assertThat(DecodedHeader.of(sent).lines()).allMatch(line -> line.length() <= 998);
                assertThat(SurrogateTest.of(sent).needsUtf8()).isFalse();
            } else {
                assertThat(sent).isEqualTo(message);
            }
        }
    }

    /** The decoder is the test's own; what a client shows is what was written. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aDecodedSubjectIsTheOriginal(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < HEADERS; i++) {
            String subject = randomText(random) + "\u00e9";
            byte[] message = ("Subject: " + subject + "\r\n\r\n").getBytes(UTF_8);
            byte[] sent = SurrogateTest.of(message).content().readAllBytes();
            DecodedHeader header = DecodedHeader.of(sent);

            assertThat(header.value("Subject"))
                    .isEqualTo(subject.replace("\r\n", "").strip());
            assertThat(header.lines()).allMatch(line -> line.length() <= 76);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aDecodedNameIsTheOriginal(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < HEADERS; i++) {
            String name = randomText(random).replace("\r\n", "").replaceAll("[ \t]+", " ") + "\u00e9";
            String quoted = "\"" + name.replaceAll("([\"\\\\])", "\\\\$1") + "\"";
            byte[] message = ("From: " + quoted + " <a@b>, c@d\r\n\r\n").getBytes(UTF_8);
            byte[] sent = SurrogateTest.of(message).content().readAllBytes();
            DecodedHeader header = DecodedHeader.of(sent);

            assertThat(header.value("From")).isEqualTo(name.strip() + " <a@b>, c@d");
            assertThat(header.lines()).allMatch(line -> line.length() <= 76);
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void anyOctetsGiveAnAnswer(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < HEADERS; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            byte[] message = SurrogateTest.concat("Subject: \u00e9\r\nTo: ".getBytes(UTF_8), noise);
            Surrogate surrogate = Surrogate.of(new ByteArrayInputStream(message));

            assertThat(surrogate.needsUtf8()).isTrue();
            assertThat(surrogate.content().readAllBytes()).hasSize(message.length + surrogate.extraOctets());
        }
    }

    private static byte[] randomHeader(Random random) {
        StringBuilder header = new StringBuilder();
        int fields = random.nextInt(6);
        for (int i = 0; i < fields; i++) {
            String name = NAMES[random.nextInt(NAMES.length)];
            header.append(random.nextBoolean() ? name : name.toUpperCase(Locale.ROOT))
                    .append(": ");
            int pieces = random.nextInt(40);
            for (int k = 0; k < pieces; k++) {
                header.append(PIECES[random.nextInt(PIECES.length)]);
            }
            header.append("\r\n");
        }
        byte[] octets = header.toString().getBytes(UTF_8);
        // Now and then an octet that makes its field no UTF-8.
        if (octets.length > 0 && random.nextInt(4) == 0) {
            int at = random.nextInt(octets.length);
            if (octets[at] != '\r' && octets[at] != '\n') {
                octets[at] = (byte) 0xFF;
            }
        }
        return octets;
    }

    /** Words of letters and marks beyond ASCII and in it, folded in places. */
    private static String randomText(Random random) {
        String[] words = {
            "\u00e9", "caf\u00e9", "\u65e5\u672c\u8a9e", "\ud83d\ude00", "a", "word", "x_y=z?", "\"q\\\"", "a,b<c>"
        };
        String[] spaces = {" ", " ", "  ", "\t", "\r\n ", "\r\n\t "};
        StringBuilder text = new StringBuilder();
        int count = random.nextInt(60);
        for (int i = 0; i < count; i++) {
            text.append(words[random.nextInt(words.length)]).append(spaces[random.nextInt(spaces.length)]);
        }
        return text.toString();
    }
}
