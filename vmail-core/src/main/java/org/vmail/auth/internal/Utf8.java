package org.vmail.auth.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Optional;

/** Decodes what has to be UTF-8 without replacing what is not: two clients must not share a replacement character. */
public final class Utf8 {
    private Utf8() {}

    /**
     * Decodes octets.
     *
     * @param octets any
     * @return their text, or empty if they are not UTF-8
     */
    public static Optional<String> decode(byte[] octets) {
        try {
            return Optional.of(
                    UTF_8.newDecoder().decode(ByteBuffer.wrap(octets)).toString());
        } catch (CharacterCodingException notUtf8) {
            return Optional.empty();
        }
    }
}
