package org.vmail.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks for octets, eight at a time. Every octet of every message passes here, so it is worth it. */
public final class Octets {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    /** How many octets more than needed a target must have room for. */
    public static final int SPARE = 2 * Long.BYTES;

    private Octets() {}

    /**
     * Whether octets are all ASCII.
     *
     * @param octets where to look
     * @param from the first octet that counts
     * @param to the first behind those that count
     * @return whether none has its highest bit set
     */
    public static boolean isAscii(byte[] octets, int from, int to) {
        long seen = 0;
        int i = from;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            seen |= (long) LONG.get(octets, i);
        }
        for (; i < to; i++) {
            seen |= octets[i];
        }
        return (seen & HIGH_BITS) == 0;
    }

    /**
     * Copies octets up to the first line feed, which is not copied.
     *
     * @param source where they are
     * @param from the first of them
     * @param to the first behind those that count
     * @param target has room for {@code to - from + SPARE} octets; those behind what is copied get any value
     * @param at where the first one goes
     * @return how many were copied; less than {@code to - from} if there is a line feed
     */
    public static int copyUntilLineFeed(byte[] source, int from, int to, byte[] target, int at) {
        int i = from;
        int shift = at - from;
        for (; i <= to - SPARE; i += SPARE) {
            long first = (long) LONG.get(source, i);
            long second = (long) LONG.get(source, i + Long.BYTES);
            LONG.set(target, i + shift, first);
            LONG.set(target, i + shift + Long.BYTES, second);
            long inFirst = zeroOctets(first ^ '\n' * LOW_BITS);
            long inSecond = zeroOctets(second ^ '\n' * LOW_BITS);
            if ((inFirst | inSecond) != 0) {
                int behind = inFirst != 0
                        ? Long.numberOfTrailingZeros(inFirst) / Byte.SIZE
                        : Long.BYTES + Long.numberOfTrailingZeros(inSecond) / Byte.SIZE;
                return i + behind - from;
            }
        }
        for (; i < to && source[i] != '\n'; i++) {
            target[i + shift] = source[i];
        }
        return i - from;
    }

    /**
     * Finds a line feed.
     *
     * @param octets where to look
     * @param from the first octet that counts
     * @param to the first behind those that count
     * @return the index of the first line feed, or -1
     */
    public static int indexOfLineFeed(byte[] octets, int from, int to) {
        int i = from;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            long found = zeroOctets((long) LONG.get(octets, i) ^ '\n' * LOW_BITS);
            if (found != 0) {
                return i + Long.numberOfTrailingZeros(found) / Byte.SIZE;
            }
        }
        for (; i < to; i++) {
            if (octets[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    /**
     * Marks the zero octets of eight. Subtracting 1 from each octet borrows through zero ones only, so the lowest mark is
     * right, whatever is above it.
     */
    private static long zeroOctets(long eight) {
        return (eight - LOW_BITS) & ~eight & HIGH_BITS;
    }
}
