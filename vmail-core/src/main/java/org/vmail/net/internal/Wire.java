package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.vmail.internal.Octets;

/**
 * A conversation in lines: bounded lines in, buffered replies out.
 *
 * <p>Replies are sent when the server would have to wait for the client, so pipelined commands are answered in as few
 * packets as possible, and nothing waits unsent. Used by one thread. Closing the connection is the caller's business.
 */
public final class Wire extends OutputStream {
    private static final int SMALL = 512;
    private static final int MEDIUM = 4 * 1024;
    private static final int LARGE = 64 * 1024;
    private static final int MAX_DROPPED = 64 * 1024;

    /** What came instead of, or as, a line. */
    public sealed interface Line {
        /**
         * A whole line.
         *
         * @param text its octets, one char each, without CRLF or LF
         */
        record Text(String text) implements Line {
            /** The text may be a password. */
            @Override
            public String toString() {
                return "Text[" + text.length() + " octets]";
            }
        }

        /** A line that was longer than allowed; it was read to its end and dropped. */
        record TooLong() implements Line {}

        /**
         * No line will come any more.
         *
         * @param reason why
         */
        record End(EndReason reason) implements Line {}
    }

    /** Why no line will come any more. */
    public enum EndReason {
        /** The client closed. */
        CLOSED("the client closed the connection"),
        /** The client sent no whole line in time. */
        TIMED_OUT("the client was idle for too long"),
        /** The client sent octets without a line end, far beyond what any line may have. */
        FLOODED("the client sent an endless line"),
        /** The server is closing. */
        STOPPING("the server is closing");

        private final String text;

        EndReason(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private final ClientConnection connection;
    private byte[] in = new byte[SMALL];
    private int inStart;
    private int inEnd;
    private byte[] out = new byte[SMALL];
    private int outEnd;
    private long octetsIn;
    private long octetsOut;

    /**
     * Begins a conversation.
     *
     * @param connection the client
     */
    public Wire(ClientConnection connection) {
        this.connection = connection;
    }

    /**
     * Reads a command line that ends in CRLF, or in a bare LF as people type it.
     *
     * @param maxOctets how long it may be, with its line end
     * @param timeout how long the client may take for all of it
     * @return the line, or why there is none
     * @throws IOException if the connection broke
     */
    public Line readLine(int maxOctets, Duration timeout) throws IOException {
        long deadline = ClientConnection.deadlineIn(timeout.toNanos());
        int dropped = 0;
        int scanned = inStart;
        while (true) {
            int lineFeed = indexOfLineFeed(scanned);
            if (lineFeed >= 0) {
                int start = inStart;
                inStart = lineFeed + 1;
                return dropped > 0 || lineFeed + 1 - start > maxOctets ? new Line.TooLong() : line(start, lineFeed);
            }
            if (inEnd - inStart >= maxOctets) {
                dropped += inEnd - inStart;
                inStart = inEnd;
                if (dropped > MAX_DROPPED) {
                    return new Line.End(EndReason.FLOODED);
                }
            }
            int pending = inEnd - inStart;
            if (!awaitCommandOctets(deadline)) {
                return new Line.End(endReason());
            }
            scanned = inStart + pending;
        }
    }

    /**
     * Reads data that follows a command.
     *
     * @param target where to
     * @param idle how long the client may take for any octet of it
     * @return how many octets were read, at least 1, or -1 if the client closed or was too slow
     * @throws IOException if the connection broke
     */
    public int read(byte[] target, Duration idle) throws IOException {
        if (inStart == inEnd) {
            flush();
            connection.beginTransfer(ClientConnection.deadlineIn(idle.toNanos()));
            try {
                int count = connection.read(ByteBuffer.wrap(target));
                octetsIn += Math.max(count, 0);
                return count;
            } finally {
                connection.endAwait();
            }
        }
        int count = Math.min(target.length, inEnd - inStart);
        System.arraycopy(in, inStart, target, 0, count);
        inStart += count;
        return count;
    }

    /**
     * Whether the client has sent more than was read: behind a command that must be the last of its segment, that is an
     * attack (RFC 2595, section 2.2; CVE-2011-0411).
     *
     * @return whether octets are waiting here
     */
    public boolean hasUnread() {
        return inStart < inEnd;
    }

    /**
     * Takes what the client has sent and nobody has read, for whoever goes on reading the connection itself.
     *
     * @return the octets
     */
    public byte[] takeUnread() {
        byte[] unread = Arrays.copyOfRange(in, inStart, inEnd);
        inStart = inEnd;
        return unread;
    }

    /**
     * How much the client has sent.
     *
     * @return octets, in clear
     */
    public long octetsIn() {
        return octetsIn;
    }

    /**
     * How much was sent to the client.
     *
     * @return octets, in clear, those that wait to be sent among them
     */
    public long octetsOut() {
        return octetsOut + outEnd;
    }

    /**
     * Gives back octets that {@link #read(byte[], Duration)} read too far, so that they are read again as commands.
     *
     * @param octets where they are
     * @param start the first of them
     * @param end the first behind them
     */
    public void unread(byte[] octets, int start, int end) {
        byte[] rest = new byte[Math.max(SMALL, end - start + inEnd - inStart)];
        System.arraycopy(octets, start, rest, 0, end - start);
        System.arraycopy(in, inStart, rest, end - start, inEnd - inStart);
        inEnd = end - start + inEnd - inStart;
        inStart = 0;
        in = rest;
    }

    /**
     * Writes a line; it is sent with the next {@link #flush}, or before the next wait for the client.
     *
     * @param text an ASCII line without its end
     * @throws IOException if the connection broke
     */
    public void writeLine(String text) throws IOException {
        write(text.getBytes(US_ASCII));
        write('\r');
        write('\n');
    }

    @Override
    public void write(int octet) throws IOException {
        makeRoom(1);
        out[outEnd++] = (byte) octet;
    }

    @Override
    public void write(byte[] octets, int start, int count) throws IOException {
        int from = start;
        int left = count;
        while (left > 0) {
            makeRoom(left);
            int chunk = Math.min(left, out.length - outEnd);
            System.arraycopy(octets, from, out, outEnd, chunk);
            outEnd += chunk;
            from += chunk;
            left -= chunk;
        }
    }

    /** Turns octets into others on their way out. It may keep what it has seen for the next call. */
    public interface Conversion {
        /**
         * Converts some octets, as many as there is room for.
         *
         * @param octets where they are
         * @param from the first of them
         * @param to the first behind those that count
         * @param target where they go; what stands behind {@code at} may be overwritten up to its end
         * @param at the index of the first one there; {@value #ROOM} octets before the end at most
         * @return the index behind the last octet that was converted; greater than {@code from} if {@code to} is
         */
        int convert(byte[] octets, int from, int to, byte[] target, int at);

        /**
         * Where the last call has ended in the target.
         *
         * @return the index behind the last octet that was put there
         */
        int targetEnd();

        /** How much room there is in a target at least. */
        int ROOM = 64;
    }

    /**
     * Writes octets that are converted on the way into the buffer.
     *
     * @param octets where they are
     * @param from the first of them
     * @param to the first behind those that count
     * @param conversion what becomes of them
     * @throws IOException if the connection broke
     */
    public void write(byte[] octets, int from, int to, Conversion conversion) throws IOException {
        for (int at = from; at < to; ) {
            makeRoom(Math.max(to - at + Octets.SPARE, Conversion.ROOM));
            if (out.length - outEnd < Conversion.ROOM) {
                flush();
            }
            at = conversion.convert(octets, at, to, out, outEnd);
            outEnd = conversion.targetEnd();
        }
    }

    /**
     * Makes room for what is about to be written, so that the buffer need not grow step by step.
     *
     * @param octets how much that is, about
     */
    public void expect(long octets) {
        int wanted = (int) Math.min(LARGE, outEnd + octets + Octets.SPARE);
        if (wanted > out.length) {
            out = Arrays.copyOf(out, wanted);
        }
    }

    @Override
    public void flush() throws IOException {
        ByteBuffer pending = ByteBuffer.wrap(out, 0, outEnd);
        octetsOut += outEnd;
        outEnd = 0;
        while (pending.hasRemaining()) {
            connection.write(pending);
        }
    }

    private Line line(int start, int lineFeed) {
        int end = lineFeed > start && in[lineFeed - 1] == '\r' ? lineFeed - 1 : lineFeed;
        return new Line.Text(new String(in, start, end - start, ISO_8859_1));
    }

    private int indexOfLineFeed(int from) {
        for (int i = from; i < inEnd; i++) {
            if (in[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private boolean awaitCommandOctets(long deadline) throws IOException {
        flush();
        out = shrunk(out); // an idle client costs little
        compact();
        connection.beginAwait(deadline);
        try {
            int count = connection.isStopping() ? -1 : connection.read(ByteBuffer.wrap(in, inEnd, in.length - inEnd));
            inEnd += Math.max(count, 0);
            octetsIn += Math.max(count, 0);
            return count >= 0;
        } finally {
            connection.endAwait();
        }
    }

    private EndReason endReason() {
        if (connection.isStopping()) {
            return EndReason.STOPPING;
        }
        return connection.isTimedOut() ? EndReason.TIMED_OUT : EndReason.CLOSED;
    }

    /** Moves what is pending to the front, and makes room behind it. */
    private void compact() {
        int pending = inEnd - inStart;
        byte[] target = pending == 0 ? shrunk(in) : pending == in.length ? new byte[2 * pending] : in;
        System.arraycopy(in, inStart, target, 0, pending);
        in = target;
        inStart = 0;
        inEnd = pending;
    }

    private void makeRoom(int wanted) throws IOException {
        if (outEnd + wanted > out.length && out.length < LARGE) {
            out = Arrays.copyOf(out, outEnd + wanted > MEDIUM ? LARGE : MEDIUM);
        }
        if (outEnd == out.length) {
            flush();
        }
    }

    private static byte[] shrunk(byte[] buffer) {
        return buffer.length > SMALL ? new byte[SMALL] : buffer;
    }
}
