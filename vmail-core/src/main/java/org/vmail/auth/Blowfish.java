package org.vmail.auth;

import java.math.BigInteger;
import java.nio.ByteBuffer;

/**
 * The part of bcrypt that is expensive on purpose: the Blowfish cipher with the key schedule "eksblowfish" of Provos
 * and Mazières, "A Future-Adaptable Password Scheme" (USENIX 1999).
 *
 * <p>Stateless and thread-safe; the subkeys that each call works on live in its own arrays.
 */
final class Blowfish {

    static final int SUBKEYS = 18;
    static final int S_BOX_ENTRIES = 4 * 256;

    private static final int TEXT_ENCRYPTIONS = 64;

    private Blowfish() {}

    /**
     * Encrypts the text 64 times with the state that 2<sup>cost</sup> expansions of the key and the salt leave.
     *
     * @param key 18 words, the password repeated
     * @param salt 4 words
     * @param text pairs of words, which it encrypts in place
     */
    static void encrypt(int[] key, int[] salt, int cost, int[] text) {
        int[] p = Pi.SUBKEYS_OF_PI.clone();
        int[] s = Pi.S_BOXES_OF_PI.clone();
        expand(p, s, key, pair(salt[0], salt[1]), pair(salt[2], salt[3]));
        int[] saltAsKey = new int[SUBKEYS];
        for (int i = 0; i < SUBKEYS; i++) {
            saltAsKey[i] = salt[i % salt.length];
        }
        for (int i = 0; i < 1 << cost; i++) {
            expand(p, s, key, 0, 0);
            expand(p, s, saltAsKey, 0, 0);
        }
        for (int i = 0; i < text.length; i += 2) {
            long block = pair(text[i], text[i + 1]);
            for (int j = 0; j < TEXT_ENCRYPTIONS; j++) {
                block = encrypt(p, s, block);
            }
            text[i] = (int) (block >>> 32);
            text[i + 1] = (int) block;
        }
    }

    /** ExpandKey of the paper; with a salt of zeros it is Blowfish's own key schedule. */
    private static void expand(int[] p, int[] s, int[] key, long firstSalt, long secondSalt) {
        for (int i = 0; i < SUBKEYS; i++) {
            p[i] ^= key[i];
        }
        // The halves of the salt alternate over P and S together; P takes an odd number of them.
        long block = chain(p, s, p, 0, firstSalt, secondSalt);
        chain(p, s, s, block, secondSalt, firstSalt);
    }

    /** Replaces the target by a chain of encryptions, and gives the last one. */
    private static long chain(int[] p, int[] s, int[] target, long start, long evenSalt, long oddSalt) {
        long block = start;
        for (int i = 0; i < target.length; i += 2) {
            block = encrypt(p, s, block ^ ((i & 2) == 0 ? evenSalt : oddSalt));
            target[i] = (int) (block >>> 32);
            target[i + 1] = (int) block;
        }
        return block;
    }

    private static long encrypt(int[] p, int[] s, long block) {
        int left = (int) (block >>> 32) ^ p[0];
        int right = (int) block;
        for (int round = 1; round < SUBKEYS - 1; round += 2) {
            right ^= function(s, left) ^ p[round];
            left ^= function(s, right) ^ p[round + 1];
        }
        return pair(right ^ p[SUBKEYS - 1], left);
    }

    private static int function(int[] s, int half) {
        int sum = s[half >>> 24] + s[0x100 + (half >>> 16 & 0xff)];
        return (sum ^ s[0x200 + (half >>> 8 & 0xff)]) + s[0x300 + (half & 0xff)];
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | (right & 0xffffffffL);
    }

    /** The initial state: the first bits of the fraction of pi, in a class of its own so that only bcrypt pays. */
    static final class Pi {

        static final int[] SUBKEYS_OF_PI = new int[SUBKEYS];
        static final int[] S_BOXES_OF_PI = new int[S_BOX_ENTRIES];

        /** More than the rounding errors of a few dozen operations can reach. */
        private static final int GUARD_BITS = 64;

        private static final int BITS_PER_TERM = 47;
        private static final BigInteger C = BigInteger.valueOf(640320).pow(3).divide(BigInteger.valueOf(24));

        static {
            int bits = (SUBKEYS + S_BOX_ENTRIES) * Integer.SIZE;
            ByteBuffer digits = ByteBuffer.wrap(pi(bits + GUARD_BITS).toByteArray());
            digits.position(1); // The first byte is the integer part.
            digits.asIntBuffer().get(SUBKEYS_OF_PI).get(S_BOXES_OF_PI);
        }

        private Pi() {}

        /**
         * Pi times 2<sup>bits</sup> by the series of the Chudnovsky brothers, summed by binary splitting: 426880 √10005
         * Q / (13591409 Q + T). The division-free sums make it several times as fast as Machin's formula.
         */
        private static BigInteger pi(int bits) {
            Terms terms = Terms.between(1, bits / BITS_PER_TERM + 2);
            BigInteger root = sqrt(BigInteger.valueOf(10005).shiftLeft(2 * bits));
            BigInteger divisor = terms.q.multiply(BigInteger.valueOf(13591409)).add(terms.t);
            return root.multiply(BigInteger.valueOf(426880)).multiply(terms.q).divide(divisor);
        }

        /** Newton's method with a precision that doubles, which {@link BigInteger#sqrt} of JDK 17 does not have. */
        private static BigInteger sqrt(BigInteger square) {
            if (square.bitLength() < Long.SIZE * 8) {
                return square.sqrt();
            }
            int half = square.bitLength() / 4;
            BigInteger estimate = sqrt(square.shiftRight(2 * half)).shiftLeft(half);
            return estimate.add(square.divide(estimate)).shiftRight(1);
        }

        /** A partial sum of the series, with the products that join it to its neighbours. */
        private record Terms(BigInteger p, BigInteger q, BigInteger t) {

            static Terms between(int from, int to) {
                if (to - from == 1) {
                    return single(from);
                }
                int middle = (from + to) >>> 1;
                Terms left = between(from, middle);
                Terms right = between(middle, to);
                return new Terms(
                        left.p.multiply(right.p),
                        left.q.multiply(right.q),
                        left.t.multiply(right.q).add(left.p.multiply(right.t)));
            }

            private static Terms single(long k) {
                BigInteger p = BigInteger.valueOf((6 * k - 5) * (2 * k - 1) * (6 * k - 1));
                BigInteger q = BigInteger.valueOf(k * k * k).multiply(C);
                BigInteger t = p.multiply(BigInteger.valueOf(13591409 + 545140134 * k));
                return new Terms(p, q, k % 2 == 0 ? t : t.negate());
            }
        }
    }
}
