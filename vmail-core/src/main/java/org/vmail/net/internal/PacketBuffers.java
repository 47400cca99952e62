package org.vmail.net.internal;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * Buffers for encrypted octets on their way out. A connection has one only while it writes, so that an idle one costs
 * little; a few are kept for the next who writes. Thread-safe.
 */
final class PacketBuffers {
    /** Two records of the largest kind, so that a handshake's or a reply's few records go out together. */
    private static final int OCTETS = 34 * 1024;

    private static final ArrayBlockingQueue<ByteBuffer> SPARE =
            new ArrayBlockingQueue<>(4 * Runtime.getRuntime().availableProcessors());

    private PacketBuffers() {}

    static ByteBuffer take(int least) {
        ByteBuffer spare = least > OCTETS ? null : SPARE.poll();
        return spare == null ? ByteBuffer.allocate(Math.max(least, OCTETS)) : spare.clear();
    }

    static void giveBack(ByteBuffer buffer) {
        if (buffer.capacity() == OCTETS) {
            // If there are enough of them, it is garbage.
            boolean ignored = SPARE.offer(buffer);
        }
    }
}
