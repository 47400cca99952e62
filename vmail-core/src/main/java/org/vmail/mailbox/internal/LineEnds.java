package org.vmail.mailbox.internal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.vmail.internal.Octets;

/**
 * Line ends as they are stored, LF, and as they are on the wire, CRLF.
 *
 * <p>The two rules undo each other octet for octet, whatever a message holds. Reading, an LF gets a CR unless one precedes
 * it: a file that another program stored with CRLF is left alone. Writing, the CR of a CRLF is dropped unless another CR
 * precedes it, for that one could not be told from the first when it is read again.
 */
public final class LineEnds {
    private LineEnds() {}

    /** Stored octets in, wire octets out. Closes what it reads from. */
    public static final class ToWire extends FilterInputStream {
        private static final int BUFFER_OCTETS = 32 * 1024;

        private final byte[] stored;
        private int start;
        private int end;
        private int chunkStart;
        private boolean afterCr;
        private boolean lineFeedDue;

        /**
         * Reads a stored message in wire form.
         *
         * @param in the stored octets; closed with this stream
         */
        public ToWire(InputStream in) {
            this(in, BUFFER_OCTETS);
        }

        /**
         * Reads a stored message in wire form.
         *
         * @param in the stored octets; closed with this stream
         * @param octets how many there are, more or less
         */
        public ToWire(InputStream in, long octets) {
            super(in);
            this.stored = new byte[(int) Math.max(1, Math.min(BUFFER_OCTETS, octets))];
        }

        /**
         * Whether the header is all ASCII, as far as one look can tell. To be asked before anything is read.
         *
         * @return true if it surely is
         * @throws IOException if the message cannot be read
         */
        public boolean hasAsciiHeader() throws IOException {
            if (start == end && !fill()) {
                return true;
            }
            int header = endOfHeader();
            return header >= 0 && Octets.isAscii(stored, start, header);
        }

        /**
         * Takes the next octets as they are stored, for who converts them himself instead of reading this stream. They are
         * in {@link #chunk()}, from {@link #chunkStart()} to {@link #chunkEnd()}, until this is called again.
         *
         * @return whether there are any
         * @throws IOException if the message cannot be read
         */
        public boolean nextChunk() throws IOException {
            boolean any = start < end || fill();
            chunkStart = start;
            start = end;
            return any;
        }

        /**
         * Where the octets are.
         *
         * @return this stream's own buffer
         */
        public byte[] chunk() {
            return stored;
        }

        /**
         * Where they begin.
         *
         * @return the index of the first of them
         */
        public int chunkStart() {
            return chunkStart;
        }

        /**
         * Where they end.
         *
         * @return the first index behind them
         */
        public int chunkEnd() {
            return end;
        }

        private int endOfHeader() {
            int line = start;
            for (int lf = Octets.indexOfLineFeed(stored, line, end);
                    lf >= 0;
                    lf = Octets.indexOfLineFeed(stored, line, end)) {
                if (lf == line || (lf == line + 1 && stored[line] == '\r')) {
                    return lf;
                }
                line = lf + 1;
            }
            return -1;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (start == end && !fill()) {
                return -1;
            }
            int to = offset;
            int limit = offset + length;
            while (to < limit && start < end) {
                int runEnd = Math.min(end, start + limit - to);
                int lineFeed = lineFeedDue ? start : Octets.indexOfLineFeed(stored, start, runEnd);
                if (lineFeed != start) {
                    int run = (lineFeed < 0 ? runEnd : lineFeed) - start;
                    System.arraycopy(stored, start, target, to, run);
                    start += run;
                    to += run;
                    afterCr = stored[start - 1] == '\r';
                } else if (afterCr || lineFeedDue) {
                    target[to++] = '\n';
                    start++;
                    afterCr = false;
                    lineFeedDue = false;
                } else {
                    target[to++] = '\r';
                    lineFeedDue = true;
                }
            }
            return to - offset;
        }

        @Override
        public long skip(long count) throws IOException {
            return skipByReading(count);
        }

        @Override
        public int available() {
            return end - start;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private long skipByReading(long count) throws IOException {
            byte[] dropped = new byte[BUFFER_OCTETS];
            long left = count;
            while (left > 0) {
                int read = read(dropped, 0, (int) Math.min(left, dropped.length));
                if (read < 0) {
                    break;
                }
                left -= read;
            }
            return count - left;
        }

        private boolean fill() throws IOException {
            start = 0;
            end = Math.max(0, in.read(stored, 0, stored.length));
            return end > 0;
        }
    }

    /** Turns wire octets into stored ones, and counts both. */
    public static final class ToStored {
        private boolean heldCr;
        private boolean crBeforeHeld;
        private long storedOctets;
        private long wireOctets;

        /**
         * Converts some octets.
         *
         * @param wire where they are
         * @param offset the first of them
         * @param length how many
         * @param target has room for {@code length + 1} octets
         * @param at where the first one goes
         * @return the first index behind what was put there
         */
        public int convert(byte[] wire, int offset, int length, byte[] target, int at) {
            int to = at;
            int end = offset + length;
            for (int from = offset; from < end; ) {
                int lineFeed = Octets.indexOfLineFeed(wire, from, end);
                to = run(wire, from, lineFeed < 0 ? end : lineFeed, target, to);
                if (lineFeed < 0) {
                    break;
                }
                to = lineFeed(target, to);
                from = lineFeed + 1;
            }
            storedOctets += to - at;
            return to;
        }

        /**
         * Converts the end of the message: a CR that nothing followed.
         *
         * @param target has room for one octet
         * @param at where it goes
         * @return the first index behind what was put there
         */
        public int finish(byte[] target, int at) {
            int to = flushHeld(target, at);
            storedOctets += to - at;
            return to;
        }

        /**
         * How many octets came out.
         *
         * @return the size as stored
         */
        public long storedOctets() {
            return storedOctets;
        }

        /**
         * How many octets a reader will get.
         *
         * @return the size with CRLF line ends
         */
        public long wireOctets() {
            return wireOctets;
        }

        /** Octets without LF, of which only the last can be the CR of a CRLF. */
        private int run(byte[] wire, int from, int end, byte[] target, int at) {
            if (from == end) {
                return at;
            }
            int to = flushHeld(target, at);
            heldCr = wire[end - 1] == '\r';
            int count = heldCr ? end - from - 1 : end - from;
            if (count > 0) {
                System.arraycopy(wire, from, target, to, count);
                crBeforeHeld = wire[from + count - 1] == '\r';
                wireOctets += count;
            }
            return to + count;
        }

        private int lineFeed(byte[] target, int at) {
            int to = at;
            if (heldCr && crBeforeHeld) {
                target[to++] = '\r';
            }
            target[to++] = '\n';
            heldCr = false;
            crBeforeHeld = false;
            wireOctets += 2;
            return to;
        }

        private int flushHeld(byte[] target, int at) {
            if (!heldCr) {
                return at;
            }
            heldCr = false;
            crBeforeHeld = true;
            wireOctets++;
            target[at] = '\r';
            return at + 1;
        }
    }
}
