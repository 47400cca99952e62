package org.vmail.chain;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;

/** Large buffers outside the heap, which sockets fill and empty without a copy. Made on demand, up to a bound, and kept. */
final class BufferPool {
    private final int octets;
    private final AtomicLong unmade;
    private final ConcurrentLinkedDeque<ByteBuffer> idle = new ConcurrentLinkedDeque<>();

    BufferPool(ChainOptions options) {
        this.octets = options.bufferOctets();
        this.unmade = new AtomicLong(options.bufferMemory() / octets);
    }

    /** An empty buffer, or none if all are in use. The last one that was given back is most likely in the processor's cache. */
    Optional<ByteBuffer> take() {
        ByteBuffer buffer = idle.pollFirst();
        if (buffer != null) {
            return Optional.of(buffer);
        }
        return unmade.getAndUpdate(left -> Math.max(0, left - 1)) > 0 ? make() : Optional.empty();
    }

    void giveBack(ByteBuffer buffer) {
        idle.addFirst(buffer.clear());
    }

    private Optional<ByteBuffer> make() {
        try {
            return Optional.of(ByteBuffer.allocateDirect(octets));
        } catch (OutOfMemoryError tooMuchForThisJvm) {
            return Optional.empty(); // its own bound is lower than ours
        }
    }
}
