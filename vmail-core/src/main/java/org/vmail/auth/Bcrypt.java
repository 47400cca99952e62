package org.vmail.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code $2a$}, {@code $2b$} and {@code $2y$} hashes of bcrypt (Provos and Mazières, USENIX 1999). The three
 * letters are the same algorithm here. {@code $2x$} marks hashes of an implementation that extended the sign of
 * password bytes and is unsupported; so is the obsolete {@code $2$}, which left the NUL out of the key.
 *
 * <p>crypt_blowfish additionally alters {@code $2a$} hashes of some passwords with the byte 0xff, which UTF-8 never
 * has, to keep them apart from those of that implementation. OpenBSD does not, nor does this class.
 *
 * <p>Stateless and thread-safe.
 */
final class Bcrypt {

    static final int MIN_COST = 4;

    /** Costs up to 31 have a notation, but each step doubles the time, and 16 already takes seconds. */
    static final int MAX_COST = 16;

    static final int MAX_PASSWORD_LENGTH = 72;

    private static final int SALT_LENGTH = 16;

    /** Of the 24 bytes of encrypted text, the first implementation encoded 23, and so do all. */
    private static final int HASH_LENGTH = 23;

    private static final Pattern SETTING = Pattern.compile(
            "(?<prefix>\\$2[aby]\\$(?<cost>0[4-9]|1[0-6])\\$)(?<salt>[./A-Za-z0-9]{22})(?<hash>(?s:.*))");
    private static final Pattern HASH = Pattern.compile("[./A-Za-z0-9]{31}");

    private Bcrypt() {}

    /** Whether the text is a complete bcrypt hash with a cost from {@value #MIN_COST} to {@value #MAX_COST}. */
    static boolean supports(String encoded) {
        Matcher parts = SETTING.matcher(encoded);
        return parts.matches() && HASH.matcher(parts.group("hash")).matches();
    }

    /**
     * Hashes as crypt(3) does: of the password the first 72 bytes count, the setting is {@code $2b$cost$salt}, and
     * whatever follows its 22 characters of salt is ignored. Bits of the last one that are beyond the salt's 16 bytes
     * become zero in the result.
     */
    static String crypt(byte[] password, String setting) {
        Matcher parts = SETTING.matcher(setting);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a setting of bcrypt, or cost out of bounds");
        }
        byte[] salt = CryptBase64.decode(CryptBase64.BCRYPT, parts.group("salt"));
        byte[] hash = hash(password, salt, Integer.parseInt(parts.group("cost")));
        return parts.group("prefix")
                + CryptBase64.encode(CryptBase64.BCRYPT, salt)
                + CryptBase64.encode(CryptBase64.BCRYPT, hash);
    }

    /**
     * A new {@code $2b$} hash with a random salt.
     *
     * @throws IllegalArgumentException if the password is longer than 72 bytes or contains NUL, parts of which would
     *     then not count, or if the cost is out of bounds
     */
    static String create(byte[] password, int cost, SecureRandom random) {
        if (password.length > MAX_PASSWORD_LENGTH || !Crypt.isHashable(password)) {
            throw new IllegalArgumentException("the password contains NUL or is longer than 72 bytes");
        }
        if (cost < MIN_COST || cost > MAX_COST) {
            throw new IllegalArgumentException("cost out of bounds: " + cost);
        }
        byte[] salt = new byte[SALT_LENGTH];
        random.nextBytes(salt);
        String digits = (cost < 10 ? "0" : "") + cost;
        return crypt(password, "$2b$" + digits + "$" + CryptBase64.encode(CryptBase64.BCRYPT, salt));
    }

    private static byte[] hash(byte[] password, byte[] salt, int cost) {
        int[] text = words("OrpheanBeholderScryDoubt".getBytes(US_ASCII));
        Blowfish.encrypt(key(password), words(salt), cost, text);
        ByteBuffer encrypted = ByteBuffer.allocate(text.length * Integer.BYTES);
        encrypted.asIntBuffer().put(text);
        return Arrays.copyOf(encrypted.array(), HASH_LENGTH);
    }

    /** The password and the NUL that ends it, over and over, up to the 72 bytes that Blowfish's P-array takes. */
    private static int[] key(byte[] password) {
        byte[] terminated = Arrays.copyOf(password, password.length + 1);
        byte[] key = new byte[Blowfish.SUBKEYS * Integer.BYTES];
        for (int i = 0; i < key.length; i++) {
            key[i] = terminated[i % terminated.length];
        }
        return words(key);
    }

    private static int[] words(byte[] bytes) {
        int[] words = new int[bytes.length / Integer.BYTES];
        ByteBuffer.wrap(bytes).asIntBuffer().get(words);
        return words;
    }
}
