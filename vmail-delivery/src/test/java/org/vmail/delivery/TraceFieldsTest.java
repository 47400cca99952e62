package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.io.CountingInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found must not depend on how much of the header is read at a time. */
class TraceFieldsTest {
    private static final String FIELDS =
            "Received: x\r\nDelivered-To: Joe@a.example\r\nReturn-Path:\r\n <x@y.example>\r\nReceived: y\r\n";
    private static final String BODY = "\r\nReceived: body\r\n\r\nDelivered-To: ann@a.example\r\n";

    @ParameterizedTest
    @ValueSource(ints = {4 * 1024, 8 * 1024, 32 * 1024})
    void fieldsAreFoundWhereverAPieceEnds(int boundary) throws IOException {
        for (int shift = -5; shift <= FIELDS.length() + 5; shift++) {
            String padding = field(boundary - shift);
            TraceFields trace = TraceFields.of(source(padding + FIELDS + BODY));

            assertThat(trace.hops()).as("%s", shift).isEqualTo(2);
            assertThat(trace.deliveredTo()).as("%s", shift).containsExactly("joe@a.example");
            assertThat(trace.returnPaths())
                    .as("%s", shift)
                    .containsExactly(new TraceFields.Part(
                            padding.length() + FIELDS.indexOf("Return-Path"),
                            padding.length() + FIELDS.lastIndexOf("Received")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\r\n", "\n", "x", "Received: x", "Received: x\r", "Received: x\r\n\r"})
    void aMessageMayEndAnywhere(String message) throws IOException {
        assertThat(TraceFields.of(source(message)).hops()).isEqualTo(message.startsWith("Received") ? 1 : 0);
    }

    @Test
    void bareLineFeedsEndLinesAndTheHeader() throws IOException {
        assertThat(TraceFields.of(source("Received: x\nReceived: y\n\nReceived: z\n"))
                        .hops())
                .isEqualTo(2);
    }

    @Test
    void aHeaderWithoutAnEndIsLookedAtUpToABound() throws IOException {
        String message = field(256 * 1024 - FIELDS.length()) + FIELDS + FIELDS.repeat(100);

        assertThat(TraceFields.of(source(message)).hops()).isEqualTo(2);
        assertThat(octetsRead(message)).isEqualTo(256 * 1024);
    }

    @Test
    void theBodyIsNotRead() throws IOException {
        assertThat(octetsRead(FIELDS + BODY + "x".repeat(1_000_000))).isLessThan(10_000);
    }

    private static long octetsRead(String message) throws IOException {
        List<CountingInputStream> opened = new ArrayList<>();
        TraceFields unused = TraceFields.of(() -> {
            opened.add(new CountingInputStream(new ByteArrayInputStream(message.getBytes(ISO_8859_1))));
            return opened.get(0);
        });
        return opened.get(0).getCount();
    }

    /** A field of some octets, on one line. */
    private static String field(int octets) {
        return "X: " + "x".repeat(octets - "X: \r\n".length()) + "\r\n";
    }

    private static MessageSource source(String message) {
        return MessageSource.of(message.getBytes(ISO_8859_1));
    }
}
