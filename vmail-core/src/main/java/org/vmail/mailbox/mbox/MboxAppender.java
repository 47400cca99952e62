package org.vmail.mailbox.mbox;

import java.io.IOException;
import org.vmail.mailbox.mbox.Settings.Step;

/** Writes to an mbox, quoting what could be taken for a separator and leaving out fields that belong to the mailbox. */
final class MboxAppender {
    private static final byte[] QUOTE = {'>'};
    private static final byte[] LF = {'\n'};
    private static final byte[] CRLF = {'\r', '\n'};

    private final MboxLock lock;
    private final byte[] buffer = new byte[64 * 1024];
    private int filled;
    private long position;
    private boolean inHeader = true;
    private boolean left;
    private boolean afterCr;

    MboxAppender(MboxLock lock, long position) {
        this.lock = lock;
        this.position = position;
    }

    /** Takes all lines of a message and ends it with a blank line. */
    void putMessage(Lines lines) throws IOException {
        while (lines.next()) {
            if (lines.first()) {
                begin(lines);
            }
            if (!left) {
                putPiece(lines);
            }
        }
        put(LF);
    }

    void put(byte[] octets) throws IOException {
        put(octets, 0, octets.length);
    }

    void drain() throws IOException {
        lock.file().write(position, buffer, 0, filled);
        position += filled;
        filled = 0;
        lock.reached(Step.PART_APPENDED);
    }

    private void begin(Lines line) throws IOException {
        if (line.blank()) {
            inHeader = false;
        }
        if (!inHeader) {
            left = false;
        } else if (!Field.isContinuation(line.buffer(), line.start(), line.end())) {
            left = !Field.of(line.buffer(), line.start(), line.end()).visible();
        }
        afterCr = false;
        if (!left && FromLine.needsQuote(line.buffer(), line.start(), line.end())) {
            put(QUOTE);
        }
    }

    private void putPiece(Lines line) throws IOException {
        put(line.buffer(), line.start(), line.end() - line.start());
        if (line.end() > line.start()) {
            afterCr = line.buffer()[line.end() - 1] == '\r';
        }
        if (line.last()) {
            put(afterCr ? CRLF : LF); // read again, one CR before an LF belongs to it
        }
    }

    private void put(byte[] source, int offset, int length) throws IOException {
        for (int done = 0; done < length; ) {
            if (filled == buffer.length) {
                drain();
            }
            int count = Math.min(length - done, buffer.length - filled);
            System.arraycopy(source, offset + done, buffer, filled, count);
            filled += count;
            done += count;
        }
    }
}
