package org.vmail.delivery.lmtp;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.vmail.internal.Octets;
import org.vmail.net.internal.Wire;

/**
 * Reads a message behind DATA: undoes the dot-stuffing, and ends at CRLF.CRLF and at nothing else. A lone CR or LF is part
 * of a line, never the end of one, so no message can hold another (SMTP smuggling, CVE-2023-51764).
 */
final class DataReader {
    private static final int CHUNK = 16 * 1024;

    private enum Place {
        LINE_START,
        IN_LINE,
        /** Behind a CR, which is written. */
        CR,
        /** Behind a dot that begins a line, which is not written. */
        DOT,
        /** Behind a CR that follows such a dot, and is not written. */
        DOT_CR,
        END
    }

    private final byte[] unstuffed = new byte[CHUNK + 1];
    private int filled;
    private Place place = Place.LINE_START;

    /**
     * Reads to the end of the message.
     *
     * @return whether there was one: if not, the client has gone or is too slow
     */
    boolean read(Wire wire, Duration idle, TimeLimit limit, OutputStream target) throws IOException {
        byte[] chunk = new byte[CHUNK];
        while (true) {
            int count = limit.isOver() ? -1 : wire.read(chunk, limit.forPart(idle));
            if (count < 0) {
                return false;
            }
            int used = take(chunk, count);
            target.write(unstuffed, 0, filled);
            if (place == Place.END) {
                wire.unread(chunk, used, count);
                return true;
            }
        }
    }

    /** Takes octets until the message ends, and returns how many. */
    private int take(byte[] chunk, int count) {
        filled = 0;
        int used = 0;
        while (used < count && place != Place.END) {
            byte octet = chunk[used];
            if (place == Place.LINE_START && octet == '.') {
                place = Place.DOT;
                used++;
            } else if (place == Place.DOT && octet == '\r') {
                place = Place.DOT_CR;
                used++;
            } else if (place == Place.DOT_CR && octet == '\n') {
                place = Place.END;
                used++;
            } else {
                used = copyLine(chunk, used, count);
            }
        }
        return used;
    }

    /** Copies up to the next LF, with that and with what was held back, and returns where it ends. */
    private int copyLine(byte[] chunk, int from, int count) {
        if (place == Place.DOT_CR) {
            unstuffed[filled++] = '\r';
        }
        int lineFeed = Octets.indexOfLineFeed(chunk, from, count);
        int end = lineFeed < 0 ? count : lineFeed + 1;
        System.arraycopy(chunk, from, unstuffed, filled, end - from);
        filled += end - from;
        if (lineFeed < 0) {
            place = chunk[end - 1] == '\r' ? Place.CR : Place.IN_LINE;
        } else {
            boolean afterCr = lineFeed > from ? chunk[lineFeed - 1] == '\r' : place == Place.CR;
            place = afterCr ? Place.LINE_START : Place.IN_LINE;
        }
        return end;
    }
}
