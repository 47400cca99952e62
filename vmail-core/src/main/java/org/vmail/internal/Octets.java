package org.vmail.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Looks for octets, eight at a time. Every octet of every message passes here, so it is worth it. */
public final class Octets {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

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
            // An octet of this is zero where there is a line feed. Subtracting 1 from each octet borrows through zero
            // ones
            // only, so the lowest bit that is found is right, whatever is above it.
            long lineFeedIsZero = (long) LONG.get(octets, i) ^ '\n' * LOW_BITS;
            long found = (lineFeedIsZero - LOW_BITS) & ~lineFeedIsZero & HIGH_BITS;
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
}
