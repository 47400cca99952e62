package org.vmail.mailbox.mbox;

import java.io.IOException;

/** What has to stand between the end of an mbox and the next separator. */
final class MboxEnd {
    private MboxEnd() {}

    /**
     * Whatever is missing of a line end and a blank line.
     *
     * @throws IOException if the file is no mbox, so that nothing that is put there would be found again
     */
    static byte[] gap(MboxFile file) throws IOException {
        long size = file.size();
        if (size == 0) {
            return new byte[0];
        }
        requireSeparator(file, size);
        // LF LF or LF CR LF; a CR before the first LF makes no difference
        byte[] end = file.between(Math.max(0, size - 3), size).readAllBytes();
        int last = end.length - 1;
        if (end[last] != '\n') {
            return new byte[] {'\n', '\n'};
        }
        int before = last - 1;
        if (before >= 0 && end[before] == '\r') {
            before--;
        }
        return before < 0 || end[before] == '\n' ? new byte[0] : new byte[] {'\n'};
    }

    private static void requireSeparator(MboxFile file, long size) throws IOException {
        Lines lines = new Lines(file.between(0, size), 0);
        while (lines.next()) {
            if (!lines.blank()) {
                if (FromLine.isSeparator(lines.buffer(), lines.start(), lines.end())) {
                    return;
                }
                throw new IOException("It is no mbox: it does not begin with a From line");
            }
        }
    }
}
