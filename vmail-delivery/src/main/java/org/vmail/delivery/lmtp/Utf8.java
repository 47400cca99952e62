package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/** Text as it comes from the wire, one char for each octet. */
final class Utf8 {
    private Utf8() {}

    static boolean isAscii(String octets) {
        return CharMatcher.ascii().matchesAllOf(octets);
    }

    /** The text that the octets stand for; empty if they are no UTF-8 (RFC 3629, section 3). */
    static Optional<String> decode(String octets) {
        try {
            return Optional.of(UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(octets.getBytes(ISO_8859_1)))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }
}
