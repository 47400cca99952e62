package org.vmail.delivery.lmtp;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import org.vmail.net.internal.Wire;

/** Reads counted octets behind BDAT, which are what they are (RFC 3030, section 2). */
final class ChunkReader {
    private static final int MAX_READ = 16 * 1024;

    private ChunkReader() {}

    /**
     * Reads a chunk, and not an octet more.
     *
     * @return whether all of it came: if not, the client has gone or is too slow
     */
    static boolean read(Wire wire, long octets, Duration idle, TimeLimit limit, OutputStream target)
            throws IOException {
        byte[] buffer = new byte[(int) Math.min(MAX_READ, octets)];
        long left = octets;
        while (left > 0) {
            if (left < buffer.length) {
                buffer = new byte[(int) left];
            }
            int count = limit.isOver() ? -1 : wire.read(buffer, limit.forPart(idle));
            if (count < 0) {
                return false;
            }
            target.write(buffer, 0, count);
            left -= count;
        }
        return true;
    }
}
