package org.vmail.pop3;

import org.vmail.internal.Octets;
import org.vmail.net.internal.Wire;

/**
 * Makes the lines of a multi-line reply (RFC 1939, section 3) of a message that may be stored with LF or CRLF: every line end
 * becomes a CRLF, and a line that begins with a dot gets another one.
 *
 * <p>One pass does both, as every octet of every message comes through here.
 */
final class LineStuffing implements Wire.Conversion {
    private boolean lineStart = true;
    private boolean afterCr;
    private long octets;
    private int targetEnd;

    @Override
    public int convert(byte[] source, int from, int to, byte[] target, int at) {
        int full = target.length - Octets.SPARE - 2; // which leaves room for a line end
        int i = from;
        int out = at;
        int dots = 0;
        boolean cr = afterCr;
        boolean start = lineStart;
        while (i < to && out + 1 < full) {
            if (start && source[i] == '.') {
                target[out++] = '.';
                dots++;
            }
            int copied = Octets.copyUntilLineFeed(source, i, Math.min(to, i + full - out), target, out);
            i += copied;
            out += copied;
            if (copied > 0) {
                cr = source[i - 1] == '\r';
            }
            start = i < to && source[i] == '\n';
            if (start) {
                if (!cr) {
                    target[out++] = '\r';
                }
                target[out++] = '\n';
                cr = false;
                i++;
            }
        }
        afterCr = cr;
        lineStart = start;
        octets += out - at - dots;
        targetEnd = out;
        return i;
    }

    @Override
    public int targetEnd() {
        return targetEnd;
    }

    /** Whether the last line was ended, or there is none. */
    boolean isLineStart() {
        return lineStart;
    }

    /** How many octets the message has so far, without dots that were stuffed. */
    long octets() {
        return octets;
    }
}
