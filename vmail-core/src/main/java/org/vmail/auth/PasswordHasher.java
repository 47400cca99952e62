package org.vmail.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.SecureRandom;
import org.vmail.directory.PasswordHash;
import org.vmail.internal.ScramKeys;

/**
 * Makes and checks password hashes.
 *
 * <p>New hashes are bcrypt, {@code $2b$}, which every current crypt(3) reads too. Checked are those of crypt(3): {@code
 * $2a$ $2b$ $2y$} up to cost 16, {@code $5$} and {@code $6$} up to a million rounds, {@code $1$}, traditional DES, the
 * keys of {@link #scramSha256} up to a million iterations, and {@link PasswordHash#plain}. The bounds keep one stored hash from taking minutes for every login.
 *
 * <p>Immutable and thread-safe.
 */
public final class PasswordHasher {
    /** The cost of {@link #standard()}: some 80 ms on a processor of 2020. */
    public static final int STANDARD_COST = 10;

    /** What came of checking a password. */
    public enum Check {
        /** It is the password. */
        MATCH,
        /** It is not. */
        MISMATCH,
        /** The hash is of no scheme that is known, beyond the bounds, or damaged; no password can match. */
        UNSUPPORTED
    }

    private static final PasswordHasher STANDARD = new PasswordHasher(STANDARD_COST);
    private static final int SCRAM_SALT_OCTETS = 16;
    private static final String PLAIN = PasswordHash.plain("").encoded();

    private final int cost;
    private final SecureRandom random = new SecureRandom();

    private PasswordHasher(int cost) {
        this.cost = cost;
    }

    /**
     * A hasher with the standard cost.
     *
     * @return the hasher
     */
    public static PasswordHasher standard() {
        return STANDARD;
    }

    /**
     * A hasher that makes more expensive or cheaper hashes. What it can check is the same.
     *
     * @param cost 4 to 16; each step doubles the time
     * @return the hasher
     * @throws IllegalArgumentException if the cost is out of bounds
     */
    public static PasswordHasher withCost(int cost) {
        if (cost < Bcrypt.MIN_COST || cost > Bcrypt.MAX_COST) {
            throw new IllegalArgumentException("The cost must be 4 to 16, not " + cost);
        }
        return new PasswordHasher(cost);
    }

    /**
     * Makes a new hash, with a salt of its own.
     *
     * @param password at most 72 octets, none of them NUL: bcrypt would ignore the rest
     * @return the hash
     * @throws IllegalArgumentException if the password is longer or has a NUL
     */
    public PasswordHash hash(Password password) {
        return new PasswordHash(Bcrypt.create(password.octets(), cost, random));
    }

    /**
     * Makes stored keys for SCRAM-SHA-256 (RFC 5802, RFC 7677), with a salt of their own and 4096 iterations. They log in
     * by SCRAM without the server ever seeing the password, and by every mechanism that sends it.
     *
     * @param password prepared by SASLprep (RFC 4013), if it can be
     * @return <code>{SCRAM-SHA-256}ITERATIONS,SALT,STOREDKEY,SERVERKEY</code>, which Dovecot reads too
     */
    public PasswordHash scramSha256(Password password) {
        return scramSha256(password, ScramKeys.MIN_ITERATIONS);
    }

    /**
     * The same with more iterations, which cost the client at each login what they cost a guesser.
     *
     * @param password prepared by SASLprep (RFC 4013), if it can be
     * @param iterations 4096 to a million; some clients refuse more than their own bound
     * @return the stored keys
     * @throws IllegalArgumentException if the iterations are out of bounds
     */
    public PasswordHash scramSha256(Password password, int iterations) {
        if (iterations < ScramKeys.MIN_ITERATIONS || iterations > ScramKeys.MAX_ITERATIONS) {
            throw new IllegalArgumentException("The iterations must be 4096 to 1000000, not " + iterations);
        }
        byte[] salt = new byte[SCRAM_SALT_OCTETS];
        random.nextBytes(salt);
        return new PasswordHash(
                ScramKeys.derive(password.octets(), salt, iterations).encoded());
    }

    /**
     * Checks a password.
     *
     * @param password what the user typed
     * @param hash what is stored
     * @return whether it is the password; compared in constant time
     */
    public Check check(Password password, PasswordHash hash) {
        if (hash.isLocked()) {
            return Check.MISMATCH;
        }
        if (hash.encoded().startsWith(PLAIN)) {
            byte[] stored = hash.encoded().substring(PLAIN.length()).getBytes(UTF_8);
            return MessageDigest.isEqual(password.octets(), stored) ? Check.MATCH : Check.MISMATCH;
        }
        if (hash.encoded().startsWith(ScramKeys.PREFIX)) {
            return checkScram(password, hash);
        }
        return switch (Crypt.verify(password.octets(), hash.encoded())) {
            case MATCH -> Check.MATCH;
            case MISMATCH -> Check.MISMATCH;
            case UNSUPPORTED -> Check.UNSUPPORTED;
        };
    }

    private static Check checkScram(Password password, PasswordHash hash) {
        return ScramKeys.parse(hash.encoded())
                .map(keys -> keys.areOf(password.octets()) ? Check.MATCH : Check.MISMATCH)
                .orElse(Check.UNSUPPORTED);
    }
}
