package org.vmail.pop3.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/** Line ends of messages. */
final class MessageOctets {
    private MessageOctets() {}

    static byte[] withLineFeeds(byte[] message) {
        return new String(message, ISO_8859_1).replace("\r\n", "\n").getBytes(ISO_8859_1);
    }
}
