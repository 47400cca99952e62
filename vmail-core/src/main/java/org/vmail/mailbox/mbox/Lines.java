package org.vmail.mailbox.mbox;

import java.io.IOException;
import java.io.InputStream;

/**
 * Takes octets apart into lines. A line may be longer than memory, so it comes in pieces; its first piece holds at least 60
 * KiB of it, or all. A line ends in LF or CRLF, or with the input. Used by one thread.
 */
final class Lines {
    private static final int BUFFER_OCTETS = 64 * 1024;

    private final InputStream in;
    private final byte[] buffer;
    private int next;
    private int limit;
    private boolean inputEnded;
    private long bufferOffset;

    private int start;
    private int end;
    private boolean first;
    private boolean last = true;
    private boolean terminated = true;

    /**
     * Reads from a stream, which is not closed.
     *
     * @param offset where in a file the stream begins
     */
    Lines(InputStream in, long offset) {
        this(in, offset, BUFFER_OCTETS);
    }

    /** The same with a smaller buffer, for who reads no more than a line or two; pieces are smaller, too. */
    Lines(InputStream in, long offset, int bufferOctets) {
        this.in = in;
        this.bufferOffset = offset;
        this.buffer = new byte[bufferOctets];
    }

    /** Goes to the next piece; false at the end. */
    boolean next() throws IOException {
        first = last;
        int lineFeed = find();
        while (lineFeed < 0 && !inputEnded && limit - next < buffer.length) {
            fill();
            lineFeed = find();
        }
        start = next;
        last = lineFeed >= 0 || inputEnded;
        terminated = lineFeed >= 0;
        if (lineFeed >= 0) {
            end = lineFeed > start && buffer[lineFeed - 1] == '\r' ? lineFeed - 1 : lineFeed;
            next = lineFeed + 1;
            return true;
        }
        if (first && start == limit) {
            return false;
        }
        // A CR may belong to a line end that is still to come.
        end = !last && buffer[limit - 1] == '\r' ? limit - 1 : limit;
        next = end;
        return true;
    }

    /** The buffer in which the piece is, valid until the next piece. */
    byte[] buffer() {
        return buffer;
    }

    /** Where the piece begins. */
    int start() {
        return start;
    }

    /** Where it ends, without the line end. */
    int end() {
        return end;
    }

    /** Whether it begins a line. */
    boolean first() {
        return first;
    }

    /** Whether it ends a line. */
    boolean last() {
        return last;
    }

    /** Whether an LF ends the line; false for what the input ended in the middle of. */
    boolean terminated() {
        return terminated;
    }

    /** Whether it is a line of nothing but its end. */
    boolean blank() {
        return first && last && start == end;
    }

    /** Where the piece begins in the file. */
    long offset() {
        return bufferOffset + start;
    }

    /** Where the next piece will begin in the file. */
    long nextOffset() {
        return bufferOffset + next;
    }

    private int find() {
        for (int i = next; i < limit; i++) {
            if (buffer[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private void fill() throws IOException {
        System.arraycopy(buffer, next, buffer, 0, limit - next);
        bufferOffset += next;
        limit -= next;
        next = 0;
        int count = in.readNBytes(buffer, limit, buffer.length - limit);
        limit += count;
        inputEnded = limit < buffer.length;
    }
}
