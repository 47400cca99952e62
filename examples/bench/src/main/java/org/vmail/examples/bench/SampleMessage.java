package org.vmail.examples.bench;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Random;

/** The message of the micro-benchmarks: 25 KB in lines of usual length, some of which begin with a dot. */
public final class SampleMessage {
    private static final int OCTETS = 25_000;

    private SampleMessage() {}

    /** Returns it with LF line ends. */
    public static byte[] stored() {
        return StoredMail.text(new Random(1), 1, OCTETS);
    }

    /** Returns it with CRLF line ends. */
    public static byte[] wire() {
        return new String(stored(), ISO_8859_1).replace("\n", "\r\n").getBytes(ISO_8859_1);
    }
}
