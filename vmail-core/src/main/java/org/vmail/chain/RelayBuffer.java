package org.vmail.chain;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The buffer of one direction: small while little is sent, so that a waiting connection takes little memory, and a large one
 * from the pool while much is sent. Used by one thread.
 */
final class RelayBuffer implements AutoCloseable {
    private static final int SMALL_OCTETS = 4 * 1024;

    private final BufferPool pool;
    private final ByteBuffer small = ByteBuffer.allocate(SMALL_OCTETS);
    private @Nullable ByteBuffer large;

    RelayBuffer(BufferPool pool) {
        this.pool = pool;
    }

    /** An empty buffer, of a size that suits what was read last. */
    ByteBuffer next(int lastRead) {
        if (large == null && lastRead == SMALL_OCTETS) {
            large = pool.take().orElse(null);
        } else if (large != null && lastRead < SMALL_OCTETS) {
            close();
        }
        return large == null ? small.clear() : large.clear();
    }

    @Override
    public void close() {
        if (large != null) {
            pool.giveBack(large);
            large = null;
        }
    }
}
