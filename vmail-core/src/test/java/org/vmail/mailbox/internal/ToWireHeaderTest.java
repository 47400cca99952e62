package org.vmail.mailbox.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.mailbox.internal.LineEnds.ToWire;

/** One look at the beginning of a message, which takes nothing away from it. */
class ToWireHeaderTest {
    @ParameterizedTest
    @CsvSource({
        "'Subject: x|||body \u00fc|', true",
        "'Subject: x|\n|\nbody \u00fc|', true",
        "'Subject: \u00fc||body|', false",
        "'||body \u00fc|', true",
        "'|\u00fc|', true",
        "'Subject: no end of the header', false",
        "'', true",
    })
    void onlyTheHeaderCounts(String message, boolean ascii) throws IOException {
        byte[] stored = message.replace('|', '\n').getBytes(ISO_8859_1);
        ToWire looked = new ToWire(new ByteArrayInputStream(stored), stored.length);

        assertThat(looked.hasAsciiHeader()).isEqualTo(ascii);
        assertThat(looked.readAllBytes()).isEqualTo(new ToWire(new ByteArrayInputStream(stored)).readAllBytes());
        ToWire taken = new ToWire(new ByteArrayInputStream(stored), stored.length);
        assertThat(taken.hasAsciiHeader()).isEqualTo(ascii);
        assertThat(chunksOf(taken)).isEqualTo(stored);
    }

    private static byte[] chunksOf(ToWire message) throws IOException {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        while (message.nextChunk()) {
            chunks.write(message.chunk(), message.chunkStart(), message.chunkEnd() - message.chunkStart());
        }
        return chunks.toByteArray();
    }

    @ParameterizedTest
    @CsvSource({"1", "10", "32767", "32768", "100000"})
    void aHeaderThatIsNotSeenWholeIsNotKnown(int length) throws IOException {
        byte[] stored = ("X: " + "x".repeat(length) + "\n\nbody\n").getBytes(ISO_8859_1);
        ToWire looked = new ToWire(new ByteArrayInputStream(stored), stored.length);

        assertThat(looked.hasAsciiHeader()).isEqualTo(length < 32_000);
        assertThat(chunksOf(looked)).isEqualTo(stored);
    }
}
