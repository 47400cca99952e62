package org.vmail.delivery.lmtp;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
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
            take(chunk[used++]);
        }
        return used;
    }

    private void take(byte octet) {
        switch (place) {
            case LINE_START -> {
                if (octet == '.') {
                    place = Place.DOT;
                } else {
                    inLine(octet);
                }
            }
            case IN_LINE -> inLine(octet);
            case CR -> {
                inLine(octet);
                if (octet == '\n') {
                    place = Place.LINE_START;
                }
            }
            case DOT -> {
                if (octet == '\r') {
                    place = Place.DOT_CR;
                } else {
                    inLine(octet);
                }
            }
            case DOT_CR -> {
                if (octet == '\n') {
                    place = Place.END;
                } else {
                    put((byte) '\r');
                    inLine(octet);
                }
            }
            case END -> throw new IllegalStateException("The message has ended");
        }
    }

    private void inLine(byte octet) {
        put(octet);
        place = octet == '\r' ? Place.CR : Place.IN_LINE;
    }

    private void put(byte octet) {
        unstuffed[filled++] = octet;
    }
}
