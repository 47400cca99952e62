package org.vmail.auth;

import java.nio.ByteBuffer;
import java.util.regex.Pattern;

/**
 * The 13-character hashes of traditional crypt(3), as POSIX describes crypt(): a block of zeros goes 25 times through
 * DES (FIPS 46-3), whose key is the password and whose E bit selection the salt perturbs. Only 7 bits of the first 8
 * bytes count. For verification only: such a key is found by exhaustive search.
 *
 * <p>Stateless and thread-safe.
 */
final class CryptDes {

    private static final int ITERATIONS = 25;
    private static final int PASSWORD_LENGTH = 8;

    private static final Pattern ENCODED = Pattern.compile("[./0-9A-Za-z]{13}");
    private static final Pattern SETTING = Pattern.compile("(?s)[./0-9A-Za-z]{2}.*");

    /** Permuted choice 1 of FIPS 46-3: the halves C and D of the key. Bit 1 is the most significant, here and below. */
    private static final byte[] PC1 = {
        57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
        63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4
    };

    /** Permuted choice 2: the 48 key bits of a round. */
    private static final byte[] PC2 = {
        14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
        41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32
    };

    /** By how many places C and D rotate to the left before each round. */
    private static final byte[] KEY_ROTATIONS = {1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1};

    /** The permutation P that follows the S-boxes. */
    private static final byte[] P = {
        16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10,
        2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25
    };

    /** The inverse of the initial permutation. The permutation itself is not needed: it maps the zeros to zeros. */
    private static final byte[] FINAL_PERMUTATION = {
        40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13,
        53, 21, 61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26,
        33, 1, 41, 9, 49, 17, 57, 25
    };

    /** S1 to S8, the four rows of each one after the other, a hexadecimal digit per entry. */
    private static final String[] S_BOXES = {
        "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
        "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
        "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
        "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
        "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
        "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
        "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
        "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b"
    };

    /** What S-box b and P make of the six bits v, at index 64 b + v. */
    private static final int[] SUBSTITUTIONS = substitutions();

    private CryptDes() {}

    /** Whether the text has the form of a hash of this scheme. */
    static boolean supports(String encoded) {
        return ENCODED.matcher(encoded).matches();
    }

    /** Hashes as crypt(3) does: the setting is two characters of salt, whatever follows them is ignored. */
    static String crypt(byte[] password, String setting) {
        if (!SETTING.matcher(setting).matches()) {
            throw new IllegalArgumentException("not a setting of traditional crypt");
        }
        int salt = CryptBase64.CRYPT.indexOf(setting.charAt(0)) | CryptBase64.CRYPT.indexOf(setting.charAt(1)) << 6;
        // Bit i of the salt, counted from the least significant one, exchanges bits i + 1 and i + 25 of E.
        int exchange = Integer.reverse(salt) >>> 8;
        long block = permute(iterate(subkeys(key(password)), exchange), 64, FINAL_PERMUTATION);
        byte[] hash = ByteBuffer.allocate(Long.BYTES).putLong(block).array();
        return setting.substring(0, 2) + CryptBase64.encode(CryptBase64.CRYPT, hash);
    }

    /** Each byte's low seven bits become the high ones of a key byte, where DES expects a parity bit below them. */
    private static long key(byte[] password) {
        long key = 0;
        for (int i = 0; i < PASSWORD_LENGTH; i++) {
            key = key << 8 | (i < password.length ? password[i] << 1 & 0xff : 0);
        }
        return key;
    }

    private static long[] subkeys(long key) {
        long halves = permute(key, 64, PC1);
        int c = (int) (halves >>> 28);
        int d = (int) halves & 0xfffffff;
        long[] subkeys = new long[KEY_ROTATIONS.length];
        for (int round = 0; round < subkeys.length; round++) {
            c = rotateLeft28(c, KEY_ROTATIONS[round]);
            d = rotateLeft28(d, KEY_ROTATIONS[round]);
            subkeys[round] = permute((long) c << 28 | d, 56, PC2);
        }
        return subkeys;
    }

    private static int rotateLeft28(int half, int places) {
        return (half << places | half >>> (28 - places)) & 0xfffffff;
    }

    /** All encryptions up to the last final permutation; those in between cancel out with the initial ones. */
    private static long iterate(long[] subkeys, int exchange) {
        int left = 0;
        int right = 0;
        for (int i = 0; i < ITERATIONS; i++) {
            for (long subkey : subkeys) {
                int next = left ^ function(right, subkey, exchange);
                left = right;
                right = next;
            }
            int swapped = left;
            left = right;
            right = swapped;
        }
        return (long) left << 32 | (right & 0xffffffffL);
    }

    /** The cipher function f. E takes, for S-box b, the six bits around the four bits b of R, in a circle. */
    private static int function(int right, long subkey, int exchange) {
        int first = 0;
        int second = 0;
        for (int box = 0; box < 4; box++) {
            first = first << 6 | (Integer.rotateLeft(right, 4 * box + 5) & 0x3f);
            second = second << 6 | (Integer.rotateLeft(right, 4 * box + 21) & 0x3f);
        }
        int exchanged = (first ^ second) & exchange;
        first ^= exchanged ^ (int) (subkey >>> 24);
        second ^= exchanged ^ ((int) subkey & 0xffffff);
        int result = 0;
        for (int box = 0; box < 4; box++) {
            int shift = 18 - 6 * box;
            result |= SUBSTITUTIONS[64 * box + (first >>> shift & 0x3f)];
            result |= SUBSTITUTIONS[64 * (box + 4) + (second >>> shift & 0x3f)];
        }
        return result;
    }

    private static int[] substitutions() {
        int[] substitutions = new int[S_BOXES.length * 64];
        for (int i = 0; i < substitutions.length; i++) {
            int box = i / 64;
            int row = (i >>> 4 & 2) | (i & 1);
            int column = i >>> 1 & 0xf;
            long output = Character.digit(S_BOXES[box].charAt(16 * row + column), 16);
            substitutions[i] = (int) permute(output << (28 - 4 * box), 32, P);
        }
        return substitutions;
    }

    private static long permute(long block, int width, byte[] table) {
        long permuted = 0;
        for (byte position : table) {
            permuted = permuted << 1 | (block >>> (width - position) & 1);
        }
        return permuted;
    }
}
