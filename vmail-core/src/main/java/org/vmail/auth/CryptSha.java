package org.vmail.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code $5$} and {@code $6$} hashes of Ulrich Drepper's "Unix crypt using SHA-256 and SHA-512". Step numbers in
 * comments are those of his text.
 *
 * <p>A setting asks for its rounds with {@code rounds=N$}; without it there are {@value #DEFAULT_ROUNDS}. Fewer than
 * {@value #MIN_ROUNDS} are raised to that minimum, and the encoded hash then names the raised number. Since a match
 * compares whole encodings, a stored hash that still names the lower number matches no password, with glibc as here.
 *
 * <p>Stateless and thread-safe.
 */
final class CryptSha {

    static final int DEFAULT_ROUNDS = 5000;
    static final int MIN_ROUNDS = 1000;

    /**
     * The specification allows 999,999,999 rounds, which would hold a processor for minutes per login. This bound is
     * some seconds for a password of usual length; what asks for more is unsupported.
     */
    static final int MAX_ROUNDS = 1_000_000;

    private static final int MAX_SALT_LENGTH = 16;

    private static final String ROUNDS = "(?<rounds>(?:rounds=[1-9][0-9]{0,8}\\$)?)";

    /** A {@code rounds=} that is no plain number is an error as in libxcrypt, not the beginning of a salt. */
    private static final String SALT = "(?!rounds=)(?<salt>" + Crypt.SALT_CHARACTER + "*)";

    private static final Pattern SETTING =
            Pattern.compile("\\$(?<variant>[56])\\$" + ROUNDS + SALT + "(?<hash>(?:\\$.*)?)");

    private CryptSha() {}

    /** Whether the text is a complete {@code $5$} or {@code $6$} hash of at most {@value #MAX_ROUNDS} rounds. */
    static boolean supports(String encoded) {
        Matcher parts = SETTING.matcher(encoded);
        return parts.matches()
                && requestedRounds(parts) <= MAX_ROUNDS
                && parts.group("salt").length() <= MAX_SALT_LENGTH
                && Variant.of(parts).hash.matcher(parts.group("hash")).matches();
    }

    /**
     * Hashes as crypt(3) does: the setting is the beginning of an encoded hash up to the salt, of which the first 16
     * characters count; whatever follows the salt's {@code $} is ignored.
     */
    static String crypt(byte[] password, String setting) {
        Matcher parts = SETTING.matcher(setting);
        if (!parts.matches() || requestedRounds(parts) > MAX_ROUNDS) {
            throw new IllegalArgumentException("not a setting of SHA-crypt, or too many rounds");
        }
        Variant variant = Variant.of(parts);
        String given = parts.group("salt");
        String salt = given.substring(0, Math.min(given.length(), MAX_SALT_LENGTH));
        int rounds = Math.max(requestedRounds(parts), MIN_ROUNDS);
        String roundsText = parts.group("rounds").isEmpty() ? "" : "rounds=" + rounds + "$";
        byte[] hash = hash(variant, password, salt.getBytes(US_ASCII), rounds);
        return variant.prefix + roundsText + salt + "$" + variant.encode(hash);
    }

    private static int requestedRounds(Matcher parts) {
        String text = parts.group("rounds");
        return text.isEmpty()
                ? DEFAULT_ROUNDS
                : Integer.parseInt(text.substring("rounds=".length(), text.length() - 1));
    }

    private static byte[] hash(Variant variant, byte[] password, byte[] salt, int rounds) {
        MessageDigest digest = CryptDigests.of(variant.algorithm);
        byte[] state = initialState(digest, password, salt);
        byte[] passwordBytes = passwordSequence(digest, password);
        byte[] saltBytes = saltSequence(digest, salt, state[0] & 0xff);
        // Step 21
        for (int round = 0; round < rounds; round++) {
            boolean odd = round % 2 != 0;
            digest.update(odd ? passwordBytes : state);
            if (round % 3 != 0) {
                digest.update(saltBytes);
            }
            if (round % 7 != 0) {
                digest.update(passwordBytes);
            }
            digest.update(odd ? state : passwordBytes);
            CryptDigests.finish(digest, state);
        }
        return state;
    }

    /** Steps 1 to 12: digest A. */
    private static byte[] initialState(MessageDigest digest, byte[] password, byte[] salt) {
        digest.update(password);
        digest.update(salt);
        digest.update(password);
        byte[] alternate = digest.digest();

        digest.update(password);
        digest.update(salt);
        CryptDigests.updateRepeated(digest, alternate, password.length);
        for (int bits = password.length; bits != 0; bits >>>= 1) {
            digest.update((bits & 1) != 0 ? alternate : password);
        }
        return digest.digest();
    }

    /** Steps 13 to 16: byte sequence P. */
    private static byte[] passwordSequence(MessageDigest digest, byte[] password) {
        for (int i = 0; i < password.length; i++) {
            digest.update(password);
        }
        return repeat(digest.digest(), password.length);
    }

    /** Steps 17 to 20: byte sequence S. */
    private static byte[] saltSequence(MessageDigest digest, byte[] salt, int firstOfA) {
        for (int i = 0; i < 16 + firstOfA; i++) {
            digest.update(salt);
        }
        return repeat(digest.digest(), salt.length);
    }

    private static byte[] repeat(byte[] block, int length) {
        byte[] sequence = new byte[length];
        for (int at = 0; at < length; at += block.length) {
            System.arraycopy(block, 0, sequence, at, Math.min(block.length, length - at));
        }
        return sequence;
    }

    /** What differs between the two hashes. */
    private enum Variant {
        SHA_256("$5$", "SHA-256", 43, 2),
        SHA_512("$6$", "SHA-512", 86, 1);

        final String prefix;
        final String algorithm;
        final Pattern hash;
        private final int rotation;

        Variant(String prefix, String algorithm, int hashCharacters, int rotation) {
            this.prefix = prefix;
            this.algorithm = algorithm;
            this.hash = Pattern.compile("\\$[./0-9A-Za-z]{" + hashCharacters + "}");
            this.rotation = rotation;
        }

        static Variant of(Matcher parts) {
            return parts.group("variant").equals("5") ? SHA_256 : SHA_512;
        }

        /**
         * Step 22. Group i of the specification's tables takes byte i of each third of the hash, with the thirds
         * rotated one place further from group to group; the bytes that fill no group of three come last, in
         * descending order.
         */
        String encode(byte[] hash) {
            StringBuilder text = new StringBuilder();
            int third = hash.length / 3;
            for (int i = 0; i < third; i++) {
                int turn = i * rotation;
                CryptBase64.appendGroup(
                        text,
                        hash[i + third * (turn % 3)],
                        hash[i + third * ((turn + 1) % 3)],
                        hash[i + third * ((turn + 2) % 3)]);
            }
            int last = hash.length - 1;
            if (hash.length % 3 == 2) {
                CryptBase64.appendGroup(text, hash[last], hash[last - 1]);
            } else {
                CryptBase64.appendGroup(text, hash[last]);
            }
            return text.toString();
        }
    }
}
