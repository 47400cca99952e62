package org.vmail.net.internal;

import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.IntSupplier;

/** Octets that arrive in pieces of any size, and what of them was read. */
final class PiecemealChannel implements ReadableByteChannel {
    private final byte[] octets;
    private final IntSupplier pieceSize;
    private int read;
    private int pieceEnd;

    /** Pieces of these sizes, each at least 1. */
    PiecemealChannel(byte[] octets, IntSupplier pieceSize) {
        this.octets = octets;
        this.pieceSize = pieceSize;
    }

    /** One piece up to a place, and another behind it. */
    static PiecemealChannel splitAt(int place, byte[] octets) {
        return new PiecemealChannel(octets, new IntSupplier() {
            private boolean first = place > 0;

            @Override
            public int getAsInt() {
                int size = first ? place : octets.length;
                first = false;
                return size;
            }
        });
    }

    int read() {
        return read;
    }

    @Override
    public int read(ByteBuffer target) {
        if (read == octets.length) {
            return -1;
        }
        if (read == pieceEnd) {
            pieceEnd = Math.min(octets.length, read + pieceSize.getAsInt());
        }
        int count = Math.min(pieceEnd - read, target.remaining());
        target.put(octets, read, count);
        read += count;
        return count;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public void close() {}
}
