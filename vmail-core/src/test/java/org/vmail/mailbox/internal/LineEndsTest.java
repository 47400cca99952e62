package org.vmail.mailbox.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** All texts of up to eight of the octets CR, LF and a, and all ways to split them once. */
class LineEndsTest {
    private static final int LONGEST = 8;
    private static final List<String> TEXTS = allTexts();

    @Test
    void storedAndReadAgainATextDiffersInItsBareLineFeedsOnly() throws IOException {
        for (String text : TEXTS) {
            check(toWire(toStored(text, text.length()).stored), withCrlf(text), text);
        }
    }

    @Test
    void theConverterKnowsBothSizes() {
        for (String text : TEXTS) {
            Converted converted = toStored(text, text.length());
            check(converted.storedOctets, (long) converted.stored.length(), text);
            check(converted.wireOctets, (long) withCrlf(text).length(), text);
        }
    }

    @Test
    void aCrlfIsStoredAsOneOctetUnlessACrPrecedesIt() {
        for (String text : TEXTS) {
            check(toStored(text, text.length()).stored, text.replaceAll("(?<!\r)\r\n", "\n"), text);
        }
    }

    @Test
    void whereTheInputIsSplitMakesNoDifference() {
        for (String text : TEXTS) {
            Converted whole = toStored(text, text.length());
            for (int split = 0; split < text.length(); split++) {
                check(toStored(text, split), whole, text);
            }
        }
    }

    @Test
    void aFileThatAnotherProgramStoredWithCrlfIsLeftAlone() throws IOException {
        for (String text : TEXTS) {
            String wire = withCrlf(text);
            check(toWire(wire), wire, text);
        }
    }

    @Test
    void readingInAnyPiecesGivesTheSame() throws IOException {
        for (String text : TEXTS) {
            for (int piece = 1; piece <= 3; piece++) {
                InputStream in = new LineEnds.ToWire(new Trickle(text.getBytes(US_ASCII), piece));
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                byte[] target = new byte[5];
                for (int n = in.read(target, 1, piece); n >= 0; n = in.read(target, 1, piece)) {
                    check(n >= 1 && n <= piece, true, text);
                    out.write(target, 1, n);
                }
                check(in.read(), -1, text);
                check(out.toString(US_ASCII), withCrlf(text), text);
            }
        }
    }

    @Test
    void singleOctetsAreReadAsUnsignedNumbers() throws IOException {
        InputStream in = new LineEnds.ToWire(new ByteArrayInputStream(new byte[] {(byte) 0xff, '\n', 0}));
        assertThat(new int[] {in.read(), in.read(), in.read(), in.read(), in.read()})
                .containsExactly(0xff, '\r', '\n', 0, -1);
    }

    @Test
    void skippingCountsWireOctets() throws IOException {
        for (String text : TEXTS) {
            String wire = withCrlf(text);
            for (int skipped = 0; skipped <= wire.length() + 1; skipped++) {
                InputStream in = new LineEnds.ToWire(new ByteArrayInputStream(text.getBytes(US_ASCII)));
                int expected = Math.min(skipped, wire.length());
                check(in.skip(skipped), (long) expected, text);
                check(new String(in.readAllBytes(), US_ASCII), wire.substring(expected), text);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void buffersMayEndAnywhere(long seed) throws IOException {
        Random random = new Random(seed);
        for (int length = 8190; length <= 8194; length++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < length + 10; i++) {
                text.append("\r\na".charAt(random.nextInt(3)));
            }
            assertThat(toWire(text.toString()))
                    .as("seed %s, %s octets", seed, length)
                    .isEqualTo(withCrlf(text.toString()));
        }
    }

    @Test
    void closingClosesTheSource() throws IOException {
        boolean[] closed = new boolean[1];
        new LineEnds.ToWire(new ByteArrayInputStream(new byte[0]) {
                    @Override
                    public void close() {
                        closed[0] = true;
                    }
                })
                .close();
        assertThat(closed[0]).isTrue();
    }

    /** Asserts a hundred thousand times without describing what is right. */
    private static void check(Object actual, Object expected, String text) {
        if (!actual.equals(expected)) {
            assertThat(actual)
                    .as("'%s'", text.replace("\r", "\\r").replace("\n", "\\n"))
                    .isEqualTo(expected);
        }
    }

    private record Converted(String stored, long storedOctets, long wireOctets) {}

    private static Converted toStored(String text, int split) {
        LineEnds.ToStored converter = new LineEnds.ToStored();
        byte[] wire = text.getBytes(US_ASCII);
        byte[] target = new byte[wire.length + 4];
        int start = 2;
        int end = converter.convert(wire, 0, split, target, start);
        end = converter.convert(wire, split, wire.length - split, target, end);
        end = converter.finish(target, end);
        return new Converted(
                new String(target, start, end - start, US_ASCII), converter.storedOctets(), converter.wireOctets());
    }

    private static String toWire(String stored) throws IOException {
        try (InputStream in = new LineEnds.ToWire(new ByteArrayInputStream(stored.getBytes(US_ASCII)))) {
            return new String(in.readAllBytes(), US_ASCII);
        }
    }

    private static String withCrlf(String text) {
        return text.replaceAll("(?<!\r)\n", "\r\n");
    }

    private static List<String> allTexts() {
        List<String> texts = new ArrayList<>(List.of(""));
        for (int start = 0, length = 1; length <= LONGEST; length++) {
            int end = texts.size();
            for (; start < end; start++) {
                for (String octet : List.of("\r", "\n", "a")) {
                    texts.add(texts.get(start) + octet);
                }
            }
        }
        return texts;
    }

    /** Gives a few octets at a time. */
    private static final class Trickle extends ByteArrayInputStream {
        private final int most;

        Trickle(byte[] octets, int most) {
            super(Arrays.copyOf(octets, octets.length));
            this.most = most;
        }

        @Override
        public synchronized int read(byte[] target, int offset, int length) {
            return super.read(target, offset, Math.min(most, length));
        }
    }
}
