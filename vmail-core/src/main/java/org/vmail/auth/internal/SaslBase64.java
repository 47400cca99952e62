package org.vmail.auth.internal;

import java.util.Base64;
import java.util.Optional;

/** Base64 as SASL profiles carry it (RFC 4648, section 4), strictly: one text for each sequence of octets. */
public final class SaslBase64 {
    private static final int MAX_CHARS = (SaslExchange.MAX_RESPONSE_OCTETS + 2) / 3 * 4;

    private SaslBase64() {}

    /**
     * Decodes a response of a client.
     *
     * @param text what stands on the line; {@code =} alone is an empty initial response (RFC 5034, section 4)
     * @return its octets, or empty if it has other characters, wrong padding or stray bits, or is longer than
     *     {@link SaslExchange#MAX_RESPONSE_OCTETS}
     */
    public static Optional<byte[]> decode(String text) {
        if (text.equals("=")) {
            return Optional.of(new byte[0]);
        }
        if (text.length() > MAX_CHARS) {
            return Optional.empty();
        }
        return decodeAny(text);
    }

    static Optional<byte[]> decodeAny(String text) {
        try {
            byte[] octets = Base64.getDecoder().decode(text);
            // The JDK's decoder also takes missing padding and stray bits.
            return encode(octets).equals(text) ? Optional.of(octets) : Optional.empty();
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    /**
     * Encodes a challenge.
     *
     * @param octets what to send
     * @return one line
     */
    public static String encode(byte[] octets) {
        return Base64.getEncoder().encodeToString(octets);
    }
}
