package org.vmail.mailbox.mbox;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the messages of an mbox in one pass over it.
 *
 * <p>A separator counts at the beginning of the file and behind a blank line only. It does not count within a body whose
 * Content-Length leads to the end of the file or to another separator: Dovecot does not quote such lines, so without the
 * length a sender could forge messages. Any other length is not believed. Used by one thread.
 */
final class MboxScan {
    static final int LONGEST_SEPARATOR = 1000;

    private final List<MboxEntry> found = new ArrayList<>();
    private @Nullable MessageText text;
    private final MboxFile file;
    private final long size;
    private long start;
    private long bodyEnd;

    private MboxScan(MboxFile file) throws IOException {
        this.file = file;
        this.size = file.size();
    }

    /**
     * Reads a whole file.
     *
     * @param contents its octets, which are not closed
     * @throws IOException if it is no mbox: something stands before its first separator
     */
    static List<MboxEntry> of(MboxFile file, InputStream contents) throws IOException {
        MboxScan scan = new MboxScan(file);
        Lines lines = new Lines(contents, 0);
        scan.read(lines);
        scan.endMessage(lines.offset());
        return scan.found;
    }

    private void read(Lines lines) throws IOException {
        boolean afterBlank = true;
        boolean separator = false;
        while (lines.next()) {
            if (lines.first()) {
                separator = afterBlank
                        && lines.offset() >= bodyEnd
                        && FromLine.isSeparator(lines.buffer(), lines.start(), lines.end());
                if (separator) {
                    endMessage(lines.offset());
                    start = lines.offset();
                    text = new MessageText(MessageText.Sink.NONE);
                }
                afterBlank = lines.blank();
            }
            take(lines, separator);
        }
    }

    private void take(Lines lines, boolean separator) throws IOException {
        if (text == null) {
            if (!lines.blank()) {
                throw new IOException("It is no mbox: it does not begin with a From line");
            }
        } else if (separator) {
            text.separator(lines);
        } else {
            boolean header = text.inHeader();
            text.piece(lines);
            if (header && !text.inHeader()) {
                bodyEnd = bodyEnd(lines.nextOffset(), text.bodyLength().orElse(0));
            }
        }
    }

    /** Where the body ends, if its length can be believed; else where it begins. */
    private long bodyEnd(long bodyStart, long length) throws IOException {
        boolean possible = length > 0 && length <= size - bodyStart && isEnd(bodyStart + length);
        return possible ? bodyStart + length : bodyStart;
    }

    /** Whether a separator stands there, behind the rest of a line or at the beginning of one: within a line it is text. */
    private boolean isEnd(long offset) throws IOException {
        Lines lines =
                new Lines(file.between(offset, Math.min(size, offset + LONGEST_SEPARATOR)), offset, LONGEST_SEPARATOR);
        boolean more = lines.next();
        boolean behindLine = more && lines.blank();
        if (behindLine) {
            more = lines.next();
        }
        if (!more) {
            return true;
        }
        return (behindLine || file.between(offset - 1, offset).read() == '\n')
                && FromLine.isSeparator(lines.buffer(), lines.start(), lines.end());
    }

    private void endMessage(long end) {
        if (text != null) {
            Fingerprint fingerprint = text.finish();
            boolean internal = found.isEmpty() && text.isInternal();
            found.add(new MboxEntry(start, end, text.octets(), fingerprint, text.hasId(), internal));
        }
    }
}
