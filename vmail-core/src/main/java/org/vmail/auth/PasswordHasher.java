package org.vmail.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.SecureRandom;
import org.vmail.directory.PasswordHash;

/**
 * Makes and checks password hashes.
 *
 * <p>New hashes are bcrypt, {@code $2b$}, which every current crypt(3) reads too. Checked are those of crypt(3): {@code
 * $2a$ $2b$ $2y$} up to cost 16, {@code $5$} and {@code $6$} up to a million rounds, {@code $1$}, traditional DES, and
 * {@link PasswordHash#plain}. The bounds keep one stored hash from taking minutes for every login.
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
        return switch (Crypt.verify(password.octets(), hash.encoded())) {
            case MATCH -> Check.MATCH;
            case MISMATCH -> Check.MISMATCH;
            case UNSUPPORTED -> Check.UNSUPPORTED;
        };
    }
}
