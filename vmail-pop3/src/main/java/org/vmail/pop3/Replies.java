package org.vmail.pop3;

import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.internal.Wire;

/** Writes replies (RFC 1939, section 3). Texts are our own and never repeat what the client sent. */
final class Replies {
    private static final Logger LOG = LoggerFactory.getLogger(Replies.class);
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] END = {'.', '\r', '\n'};
    private static final int CHUNK = 16 * 1024;

    private final Wire wire;
    private boolean inMultiline;

    Replies(Wire wire) {
        this.wire = wire;
    }

    void ok(String text) throws IOException {
        wire.writeLine("+OK " + text);
    }

    void err(String text) throws IOException {
        wire.writeLine("-ERR " + text);
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

    /**
     * Sends a message as the lines of a multi-line reply, dots stuffed, the last line ended.
     *
     * @param content the message in wire form
     * @param limit where to stop
     * @return how many octets of the message were sent
     */
    long message(InputStream content, LineLimit limit) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long sent = 0;
        boolean lineStart = true;
        while (!limit.isReached()) {
            int read = read(content, chunk);
            if (read < 0) {
                break;
            }
            int start = 0;
            int end = 0;
            while (end < read && !limit.isReached()) {
                byte octet = chunk[end];
                if (lineStart && octet == '.') {
                    wire.write(chunk, start, end - start);
                    wire.write('.');
                    start = end;
                }
                lineStart = octet == '\n';
                limit.see(octet);
                end++;
            }
            wire.write(chunk, start, end - start);
            sent += end;
        }
        if (!lineStart) {
            wire.write(CRLF);
        }
        return sent;
    }

    private static int read(InputStream content, byte[] chunk) throws IOException {
        try {
            return content.read(chunk, 0, CHUNK);
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
        private int lineOctets;
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

        private void see(byte octet) {
            if (octet != '\n') {
                lineOctets += octet == '\r' ? 0 : 1;
                return;
            }
            if (inBody) {
                seen++;
            }
            inBody |= lineOctets == 0;
            lineOctets = 0;
        }
    }
}
