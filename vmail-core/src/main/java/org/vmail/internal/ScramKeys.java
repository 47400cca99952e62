package org.vmail.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a SCRAM-SHA-256 server keeps of a password (RFC 5802, section 3): it lets the server check a client and prove
 * itself, and lets nobody log in as the user, short of guessing the password.
 *
 * <p>Immutable and thread-safe; its text shows nothing of the keys.
 */
public final class ScramKeys {
    /** The fewest iterations that RFC 7677, section 4, and most clients accept. */
    public static final int MIN_ITERATIONS = 4096;

    /** The bound that keeps one stored hash from taking seconds for every check of a password. */
    public static final int MAX_ITERATIONS = 1_000_000;

    /** How the stored form begins. */
    public static final String PREFIX = "{SCRAM-SHA-256}";

    /** Octets of a digest, and so of each key and of a proof. */
    public static final int KEY_OCTETS = 32;

    private static final int MIN_SALT_OCTETS = 4;
    private static final int MAX_SALT_OCTETS = 64;
    private static final Pattern ENCODED = Pattern.compile(Pattern.quote(PREFIX)
            + "([1-9][0-9]{3,6}),([A-Za-z0-9+/=]{8,88}),([A-Za-z0-9+/=]{44}),([A-Za-z0-9+/=]{44})");

    private final int iterations;
    private final byte[] salt;
    private final byte[] storedKey;
    private final byte[] serverKey;

    private ScramKeys(int iterations, byte[] salt, byte[] storedKey, byte[] serverKey) {
        this.iterations = iterations;
        this.salt = salt;
        this.storedKey = storedKey;
        this.serverKey = serverKey;
    }

    /**
     * Derives the keys of a password. This is the work of one password check.
     *
     * @param password its octets; prepared by {@link SaslPrep} if it is text that can be, else taken as it is
     * @param salt copied
     * @param iterations not checked against the bounds
     * @return the keys
     */
    public static ScramKeys derive(byte[] password, byte[] salt, int iterations) {
        byte[] salted = pbkdf2(prepared(password), salt, iterations);
        byte[] clientKey = hmac(salted, "Client Key".getBytes(US_ASCII));
        return new ScramKeys(
                iterations, salt.clone(), sha256(clientKey), hmac(salted, "Server Key".getBytes(US_ASCII)));
    }

    /**
     * Keys that no password has, for a user who does not exist.
     *
     * @param salt what such a user is shown; copied
     * @param iterations the same
     * @param storedKey {@link #KEY_OCTETS} octets that nobody can guess; copied
     * @return the keys
     */
    public static ScramKeys ofNobody(byte[] salt, int iterations, byte[] storedKey) {
        return new ScramKeys(iterations, salt.clone(), storedKey.clone(), storedKey.clone());
    }

    /**
     * Reads the stored form, as {@code doveadm pw -s SCRAM-SHA-256} prints it.
     *
     * @param encoded <code>{SCRAM-SHA-256}ITERATIONS,SALT,STOREDKEY,SERVERKEY</code>, the last three in base64
     * @return the keys, or empty if it is something else, damaged, or out of the bounds
     */
    public static Optional<ScramKeys> parse(String encoded) {
        Matcher matcher = ENCODED.matcher(encoded);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int iterations = Integer.parseInt(matcher.group(1));
        try {
            ScramKeys keys = new ScramKeys(iterations, decode(matcher, 2), decode(matcher, 3), decode(matcher, 4));
            return keys.isSound() ? Optional.of(keys) : Optional.empty();
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    private boolean isSound() {
        return iterations >= MIN_ITERATIONS
                && iterations <= MAX_ITERATIONS
                && salt.length >= MIN_SALT_OCTETS
                && salt.length <= MAX_SALT_OCTETS
                && storedKey.length == KEY_OCTETS
                && serverKey.length == KEY_OCTETS;
    }

    /**
     * The stored form.
     *
     * @return text that {@link #parse} turns into equal keys; a secret
     */
    public String encoded() {
        Base64.Encoder base64 = Base64.getEncoder();
        return PREFIX
                + iterations
                + ','
                + base64.encodeToString(salt)
                + ','
                + base64.encodeToString(storedKey)
                + ','
                + base64.encodeToString(serverKey);
    }

    /**
     * Whether these are the keys of a password, which costs deriving them.
     *
     * @param password its octets
     * @return whether they are; compared in constant time
     */
    public boolean areOf(byte[] password) {
        ScramKeys derived = derive(password, salt, iterations);
        return MessageDigest.isEqual(derived.storedKey, storedKey)
                && MessageDigest.isEqual(derived.serverKey, serverKey);
    }

    /**
     * Whether a client knows the password (RFC 5802, section 3).
     *
     * @param authMessage what both have sent
     * @param proof the client's proof, {@link #KEY_OCTETS} octets
     * @return whether it does; compared in constant time
     */
    public boolean isProvedBy(byte[] authMessage, byte[] proof) {
        byte[] clientKey = hmac(storedKey, authMessage);
        for (int i = 0; i < clientKey.length; i++) {
            clientKey[i] ^= proof[i];
        }
        return MessageDigest.isEqual(sha256(clientKey), storedKey);
    }

    /**
     * Proves to the client that the server has the keys.
     *
     * @param authMessage what both have sent
     * @return the ServerSignature
     */
    public byte[] serverSignature(byte[] authMessage) {
        return hmac(serverKey, authMessage);
    }

    /**
     * What the client needs for its part.
     *
     * @return a copy of the salt
     */
    public byte[] salt() {
        return salt.clone();
    }

    /**
     * How often the hash is repeated.
     *
     * @return the iteration count
     */
    public int iterations() {
        return iterations;
    }

    /**
     * HMAC-SHA-256.
     *
     * @param key may be empty
     * @param data what is authenticated
     * @return 32 octets
     */
    public static byte[] hmac(byte[] key, byte[] data) {
        return mac(key).doFinal(data);
    }

    /**
     * Nothing of the keys.
     *
     * @return a fixed text
     */
    @Override
    public String toString() {
        return "ScramKeys[secret]";
    }

    /** One block of PBKDF2 (RFC 8018, section 5.2), which is all that a key of the digest's length needs. */
    private static byte[] pbkdf2(byte[] password, byte[] salt, int iterations) {
        Mac mac = mac(password);
        mac.update(salt);
        byte[] block = mac.doFinal(new byte[] {0, 0, 0, 1});
        byte[] result = block.clone();
        for (int i = 1; i < iterations; i++) {
            block = mac.doFinal(block);
            for (int j = 0; j < result.length; j++) {
                result[j] ^= block[j];
            }
        }
        return result;
    }

    private static byte[] prepared(byte[] password) {
        try {
            String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(password)).toString();
            return SaslPrep.prepare(text)
                    .map(prepared -> prepared.getBytes(UTF_8))
                    .orElse(password);
        } catch (CharacterCodingException noText) {
            return password;
        }
    }

    private static Mac mac(byte[] key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            // The JDK refuses an empty key; HMAC fills keys up with zeros, so one zero is the same key.
            mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, "HmacSHA256"));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has HmacSHA256", e);
        }
    }

    private static byte[] sha256(byte[] data) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }

    private static byte[] decode(Matcher matcher, int group) {
        byte[] text = matcher.group(group).getBytes(US_ASCII);
        byte[] octets = Base64.getDecoder().decode(text);
        if (!Arrays.equals(Base64.getEncoder().encode(octets), text)) {
            throw new IllegalArgumentException("not the canonical form");
        }
        return octets;
    }
}
