package org.vmail.auth;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Access to {@link MessageDigest} for schemes that call it thousands of times: the result goes into an array of the
 * caller, and the checked exceptions, which a correct caller on a complete JDK cannot meet, become unchecked.
 *
 * <p>Stateless and thread-safe; the digests it hands out are not.
 */
final class CryptDigests {

    private CryptDigests() {}

    static MessageDigest of(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this Java runtime has no " + algorithm, missing);
        }
    }

    /** Completes the digest into the beginning of {@code target} and resets it for the next message. */
    static void finish(MessageDigest digest, byte[] target) {
        try {
            digest.digest(target, 0, digest.getDigestLength());
        } catch (DigestException tooShort) {
            throw new IllegalArgumentException(tooShort);
        }
    }

    /** Adds the first {@code length} bytes of the endless repetition of {@code block}, which must not be empty. */
    static void updateRepeated(MessageDigest digest, byte[] block, int length) {
        for (int rest = length; rest > 0; rest -= block.length) {
            digest.update(block, 0, Math.min(rest, block.length));
        }
    }
}
