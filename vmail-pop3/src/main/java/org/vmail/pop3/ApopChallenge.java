package org.vmail.pop3;

import com.google.common.io.BaseEncoding;
import java.security.SecureRandom;
import java.util.Random;

/** The timestamp in the greeting, which no other greeting ever has (RFC 1939, section 7), in the form of a msg-id. */
final class ApopChallenge {
    private static final Random RANDOM = new SecureRandom();
    private static final int OCTETS = 16;

    private ApopChallenge() {}

    static String next() {
        byte[] unique = new byte[OCTETS];
        RANDOM.nextBytes(unique);
        return "<" + BaseEncoding.base16().lowerCase().encode(unique) + "@vmail.invalid>";
    }
}
