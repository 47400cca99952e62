package org.vmail.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Predicate;

/**
 * Checks passwords against the hashes of crypt(3), as shadow(5) stores them: traditional DES, {@code $1$}, {@code
 * $2a$}, {@code $2b$}, {@code $2y$}, {@code $5$} and {@code $6$}.
 *
 * <p>A match means what it means to login(1): hashing the password with the stored hash as setting gives the stored
 * hash, character by character. Whatever is not a complete hash of a known scheme within its bound of work (locked
 * accounts that begin with {@code !} or {@code *}, the empty string, truncated text, an excessive round count) is
 * unsupported and never matches.
 *
 * <p>Stateless and thread-safe.
 */
final class Crypt {

    /** How a password and a stored hash relate. */
    enum Result {
        MATCH,
        MISMATCH,
        UNSUPPORTED
    }

    /**
     * The longest password in bytes, as in libxcrypt ({@code CRYPT_MAX_PASSPHRASE_SIZE} less the terminator). The
     * set-up of SHA-crypt takes time in proportion to the square of the length, so a peer must not choose it freely.
     */
    static final int MAX_PASSWORD_LENGTH = 511;

    /**
     * A character class for the salts of md5crypt and SHA-crypt: what libcrypt accepts, which is all of printable
     * ASCII except the characters that are special in passwd(5) files and the delimiter.
     */
    static final String SALT_CHARACTER = "[\\x21-\\x7e&&[^!*:;\\\\$]]";

    private static final List<Scheme> SCHEMES = List.of(
            new Scheme(CryptSha::supports, CryptSha::crypt),
            new Scheme(Bcrypt::supports, Bcrypt::crypt),
            new Scheme(CryptMd5::supports, CryptMd5::crypt),
            new Scheme(CryptDes::supports, CryptDes::crypt));

    private Crypt() {}

    /** Whether {@link #verify} can give another answer than {@link Result#UNSUPPORTED}; costs no hashing. */
    static boolean supports(String encoded) {
        return schemeOf(encoded).isPresent();
    }

    /** A password with a NUL or above {@link #MAX_PASSWORD_LENGTH} matches nothing, since crypt(3) cannot take it. */
    static Result verify(byte[] password, String encoded) {
        Optional<Scheme> scheme = schemeOf(encoded);
        if (scheme.isEmpty()) {
            return Result.UNSUPPORTED;
        }
        if (!isHashable(password)) {
            return Result.MISMATCH;
        }
        String computed = scheme.get().hash().apply(password, encoded);
        return MessageDigest.isEqual(computed.getBytes(US_ASCII), encoded.getBytes(US_ASCII))
                ? Result.MATCH
                : Result.MISMATCH;
    }

    /** Whether crypt(3) sees the whole password: it has no NUL, and libcrypt does not refuse its length. */
    static boolean isHashable(byte[] password) {
        if (password.length > MAX_PASSWORD_LENGTH) {
            return false;
        }
        for (byte octet : password) {
            if (octet == 0) {
                return false;
            }
        }
        return true;
    }

    private static Optional<Scheme> schemeOf(String encoded) {
        return SCHEMES.stream()
                .filter(scheme -> scheme.complete().test(encoded))
                .findFirst();
    }

    /**
     * One family of hashes.
     *
     * @param complete whether a text is a whole encoded hash of this family, within the family's bound of work
     * @param hash the password and a complete encoding, whose salt and parameters it takes, to a new encoding
     */
    private record Scheme(Predicate<String> complete, BiFunction<byte[], String, String> hash) {}
}
