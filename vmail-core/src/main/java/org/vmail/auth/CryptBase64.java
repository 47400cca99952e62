package org.vmail.auth;

/**
 * The two radix-64 alphabets of crypt(3) and the two orders in which its schemes cut bits into characters. None of
 * them is the base64 of RFC 4648: the digits differ, and there is no padding character.
 *
 * <p>Stateless and thread-safe.
 */
final class CryptBase64 {

    /** The digits of traditional DES, md5crypt and SHA-crypt in ascending value, as POSIX lists the salt characters. */
    static final String CRYPT = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    /** The digits of bcrypt in ascending value. */
    static final String BCRYPT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private CryptBase64() {}

    /** Encodes the bytes as one bit string, most significant bit first, filled up with zero bits. */
    static String encode(String alphabet, byte[] bytes) {
        StringBuilder text = new StringBuilder((bytes.length * 8 + 5) / 6);
        int pending = 0;
        int pendingBits = 0;
        for (byte octet : bytes) {
            pending = pending << 8 | (octet & 0xff);
            pendingBits += 8;
            while (pendingBits >= 6) {
                pendingBits -= 6;
                text.append(digit(alphabet, pending >>> pendingBits));
            }
        }
        if (pendingBits > 0) {
            text.append(digit(alphabet, pending << (6 - pendingBits)));
        }
        return text.toString();
    }

    /** Reverses {@link #encode}; bits that fill no whole byte are dropped. The text must consist of digits only. */
    static byte[] decode(String alphabet, String text) {
        byte[] bytes = new byte[text.length() * 6 / 8];
        int pending = 0;
        int pendingBits = 0;
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            pending = pending << 6 | alphabet.indexOf(text.charAt(i));
            pendingBits += 6;
            if (pendingBits >= 8) {
                pendingBits -= 8;
                bytes[length++] = (byte) (pending >>> pendingBits);
            }
        }
        return bytes;
    }

    /**
     * Appends a group of up to three bytes the way md5crypt and SHA-crypt do: the bytes, first one highest, form a
     * number whose digits are written lowest first.
     */
    static void appendGroup(StringBuilder text, byte... group) {
        int value = 0;
        for (byte octet : group) {
            value = value << 8 | (octet & 0xff);
        }
        for (int bits = group.length * 8; bits > 0; bits -= 6) {
            text.append(digit(CRYPT, value));
            value >>>= 6;
        }
    }

    private static char digit(String alphabet, int value) {
        return alphabet.charAt(value & 0x3f);
    }
}
