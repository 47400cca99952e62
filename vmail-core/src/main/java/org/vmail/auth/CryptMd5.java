package org.vmail.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.security.MessageDigest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code $1$} hashes of Poul-Henning Kamp's md5crypt (FreeBSD 2.0, 1994). For verification only: a thousand rounds
 * of MD5 stop no one today.
 *
 * <p>Stateless and thread-safe.
 */
final class CryptMd5 {

    private static final int ROUNDS = 1000;
    private static final int MAX_SALT_LENGTH = 8;
    private static final String PREFIX = "$1$";

    private static final Pattern SETTING =
            Pattern.compile("\\$1\\$(?<salt>" + Crypt.SALT_CHARACTER + "*)(?<hash>(?:\\$.*)?)");
    private static final Pattern HASH = Pattern.compile("\\$[./0-9A-Za-z]{22}");

    private CryptMd5() {}

    /** Whether the text is a complete {@code $1$} hash. */
    static boolean supports(String encoded) {
        Matcher parts = SETTING.matcher(encoded);
        return parts.matches()
                && parts.group("salt").length() <= MAX_SALT_LENGTH
                && HASH.matcher(parts.group("hash")).matches();
    }

    /** Hashes as crypt(3) does: the setting is {@code $1$salt}, whatever follows a second {@code $} is ignored. */
    static String crypt(byte[] password, String setting) {
        Matcher parts = SETTING.matcher(setting);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a setting of md5crypt");
        }
        String given = parts.group("salt");
        String salt = given.substring(0, Math.min(given.length(), MAX_SALT_LENGTH));
        return PREFIX + salt + "$" + encode(hash(password, salt.getBytes(US_ASCII)));
    }

    private static byte[] hash(byte[] password, byte[] salt) {
        MessageDigest md5 = CryptDigests.of("MD5");
        byte[] state = initialState(md5, password, salt);
        for (int round = 0; round < ROUNDS; round++) {
            boolean odd = round % 2 != 0;
            md5.update(odd ? password : state);
            if (round % 3 != 0) {
                md5.update(salt);
            }
            if (round % 7 != 0) {
                md5.update(password);
            }
            md5.update(odd ? state : password);
            CryptDigests.finish(md5, state);
        }
        return state;
    }

    private static byte[] initialState(MessageDigest md5, byte[] password, byte[] salt) {
        md5.update(password);
        md5.update(salt);
        md5.update(password);
        byte[] alternate = md5.digest();

        md5.update(password);
        md5.update(PREFIX.getBytes(US_ASCII));
        md5.update(salt);
        CryptDigests.updateRepeated(md5, alternate, password.length);
        for (int bits = password.length; bits != 0; bits >>>= 1) {
            // The original cleared its buffer before this step, so that a one bit adds a NUL; every implementation
            // has to repeat that.
            md5.update((bits & 1) != 0 ? (byte) 0 : password[0]);
        }
        return md5.digest();
    }

    private static String encode(byte[] hash) {
        StringBuilder text = new StringBuilder(22);
        for (int i = 0; i < 4; i++) {
            CryptBase64.appendGroup(text, hash[i], hash[i + 6], hash[i + 12]);
        }
        CryptBase64.appendGroup(text, hash[4], hash[10], hash[5]);
        CryptBase64.appendGroup(text, hash[11]);
        return text.toString();
    }
}
