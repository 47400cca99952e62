package org.vmail.pop3;

import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.internal.Octets;
import org.vmail.mailbox.internal.LineEnds;
import org.vmail.net.internal.Wire;

/** Writes replies (RFC 1939, section 3). Texts are our own and never repeat what the client sent. */
final class Replies {
    private static final Logger LOG = LoggerFactory.getLogger(Replies.class);
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] END = {'.', '\r', '\n'};
    /** Shorter lines are rare, so that this leaves room for their CRs. */
    private static final int LINE_OCTETS = 32;

    private final Wire wire;
    private boolean inMultiline;

    Replies(Wire wire) {
        this.wire = wire;
    }

    void ok(String text) throws IOException {
        wire.writeLine(text.isEmpty() ? "+OK" : "+OK " + text);
    }

    void err(String text) throws IOException {
        wire.writeLine(text.isEmpty() ? "-ERR" : "-ERR " + text);
    }

    /** The failure of a part of ours, which may pass (RFC 3206, section 4). */
    void temporaryErr(String text) throws IOException {
        wire.writeLine("-ERR [SYS/TEMP] " + text);
    }

    /** Whether a multi-line reply was begun and not ended, so that nothing else can be said any more. */
    boolean inMultiline() {
        return inMultiline;
    }

    void beginMultiline(String text) throws IOException {
        ok(text);
        inMultiline = true;
    }

    /** A line of a multi-line reply that surely does not begin with a dot. */
    void line(String text) throws IOException {
        wire.writeLine(text);
    }

    void endMultiline() throws IOException {
        wire.write(END);
        inMultiline = false;
    }

    /** A challenge of a SASL exchange (RFC 5034, section 4). */
    void challenge(String base64) throws IOException {
        wire.writeLine("+ " + base64);
    }

    /**
     * Sends a message as the lines of a multi-line reply: every line end a CRLF, dots stuffed, the last line ended.
     *
     * <p>A message that is stored with other line ends is taken as it is stored.
     *
     * @param content the message in wire form
     * @param octets how long it is, about
     * @param limit where to stop
     * @param endHeader whether a message without an empty line behind its header gets one
     * @return how many octets of the message were sent
     */
    long message(InputStream content, long octets, LineLimit limit, boolean endHeader) throws IOException {
        wire.expect(octets + octets / LINE_OCTETS);
        LineEnds.ToWire source =
                content instanceof LineEnds.ToWire stored ? stored : new LineEnds.ToWire(content, octets);
        boolean seen = endHeader || limit.isBounded();
        LineStuffing stuffing = new LineStuffing();
        while (!limit.isReached() && next(source)) {
            byte[] chunk = source.chunk();
            int from = source.chunkStart();
            int to = source.chunkEnd();
            wire.write(chunk, from, seen ? limit.see(chunk, from, to) : to, stuffing);
        }
        if (!stuffing.isLineStart()) {
            wire.write(CRLF);
        }
        if (endHeader && !limit.isHeaderEnded()) {
            wire.write(CRLF);
        }
        return stuffing.octets();
    }

    private static boolean next(LineEnds.ToWire content) throws IOException {
        try {
            return content.nextChunk();
        } catch (IOException e) {
            // Part of the message is on its way, so the client can only be told by closing the connection.
            LOG.error("A message could not be read to its end", e);
            throw e;
        }
    }

    /** Ends a message early: behind its header and a number of body lines. */
    static final class LineLimit {
        private final int bodyLines;
        private boolean inBody;
        /** Whether the line so far has nothing but a CR. */
        private boolean blank = true;

        private boolean crSeen;
        private int seen;

        private LineLimit(int bodyLines) {
            this.bodyLines = bodyLines;
        }

        static LineLimit none() {
            return new LineLimit(-1);
        }

        static LineLimit bodyLines(int count) {
            return new LineLimit(count);
        }

        boolean isReached() {
            return inBody && seen == bodyLines;
        }

        /** Whether the empty line behind the header has been seen. */
        boolean isHeaderEnded() {
            return inBody;
        }

        private boolean isBounded() {
            return bodyLines >= 0;
        }

        /** Sees some octets of the message; returns the index behind those of them that are sent. */
        private int see(byte[] octets, int from, int to) {
            int at = from;
            while (at < to && !isReached() && (isBounded() || !inBody)) {
                int lineFeed = Octets.indexOfLineFeed(octets, at, to);
                int end = lineFeed < 0 ? to : lineFeed;
                seePart(octets, at, end, lineFeed >= 0);
                at = lineFeed < 0 ? to : end + 1;
            }
            return isReached() ? at : to;
        }

        /** Sees a part of one line, or the rest of it before its LF. */
        private void seePart(byte[] octets, int from, int to, boolean lineEnds) {
            if (inBody) {
                seen += lineEnds ? 1 : 0;
                return;
            }
            boolean onlyCr = to - from == 1 && octets[from] == '\r';
            blank &= to == from || (onlyCr && !crSeen);
            crSeen |= onlyCr;
            if (lineEnds) {
                inBody = blank;
                blank = true;
                crSeen = false;
            }
        }
    }
}
