package org.vmail.delivery.relay;

import java.io.IOException;
import java.io.OutputStream;

/**
 * A message on its way out, up to and with the line that ends it (RFC 5321, section 4.5.2).
 *
 * <p>Whatever goes in, every line that goes out ends in CRLF, and CR and LF stand nowhere else (RFC 5321, section 2.3.8): an
 * LF alone becomes CRLF, and a CR alone a space, lest the next host see the end of the message where we see none. Used by
 * one thread.
 */
final class DotStuffing {
    private static final int BUFFER_OCTETS = 16 * 1024;

    /** Each octet becomes at most two, and a CR that was held adds one. */
    private static final int MOST = 3;

    private final OutputStream out;
    private final byte[] buffer = new byte[BUFFER_OCTETS];
    private int filled;
    private boolean atLineStart = true;
    private boolean heldCr;

    /** @param out gets pieces of some kilobytes */
    DotStuffing(OutputStream out) {
        this.out = out;
    }

    void write(byte[] octets, int offset, int length) throws IOException {
        for (int i = offset; i < offset + length; i++) {
            if (filled > buffer.length - MOST) {
                drain();
            }
            write(octets[i]);
        }
    }

    /** Ends the last line, if nobody has, and the message. */
    void finish() throws IOException {
        if (filled > buffer.length - 2 * MOST) {
            drain();
        }
        releaseCr();
        if (!atLineStart) {
            endLine();
        }
        buffer[filled++] = '.';
        endLine();
        drain();
    }

    private void write(byte octet) {
        if (octet == '\n') {
            heldCr = false;
            endLine();
            return;
        }
        releaseCr();
        if (octet == '\r') {
            heldCr = true;
            return;
        }
        if (octet == '.' && atLineStart) {
            buffer[filled++] = '.';
        }
        buffer[filled++] = octet;
        atLineStart = false;
    }

    private void releaseCr() {
        if (heldCr) {
            heldCr = false;
            buffer[filled++] = ' ';
            atLineStart = false;
        }
    }

    private void endLine() {
        buffer[filled++] = '\r';
        buffer[filled++] = '\n';
        atLineStart = true;
    }

    private void drain() throws IOException {
        out.write(buffer, 0, filled);
        filled = 0;
    }
}
