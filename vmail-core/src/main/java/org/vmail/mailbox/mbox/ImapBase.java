package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;

/**
 * What Dovecot and UW imapd keep about the whole mailbox in its first message: the UIDVALIDITY and the last UID of IMAP. When
 * that message is removed, the next one has to get it, or Dovecot gives that one a UID that another message had.
 */
final class ImapBase {
    private static final String NAME = "x-imapbase:";

    private ImapBase() {}

    /** The field as it stands in a message, with its line ends; empty if it has none. */
    static byte[] of(MboxLock lock, MboxEntry entry) throws IOException {
        ByteArrayOutputStream found = new ByteArrayOutputStream();
        Lines lines = new Lines(lock.between(entry.start(), entry.end()), entry.start());
        boolean inField = false;
        while (lines.next() && !lines.blank()) {
            int length = lines.end() - lines.start();
            if (lines.first()) {
                inField = Field.isContinuation(lines.buffer(), lines.start(), lines.end()) ? inField : begins(lines);
            }
            if (inField) {
                found.write(lines.buffer(), lines.start(), length);
                if (lines.last()) {
                    found.write('\n');
                }
            }
        }
        return found.toByteArray();
    }

    /** Where it goes in the message that begins here: behind the separator. */
    static long place(MboxLock lock, long start) throws IOException {
        Lines lines = new Lines(lock.between(start, lock.file().size()), start);
        boolean more = lines.next();
        while (more && !lines.last()) {
            more = lines.next();
        }
        return lines.nextOffset();
    }

    private static boolean begins(Lines line) {
        int length = Math.min(line.end() - line.start(), NAME.length());
        return new String(line.buffer(), line.start(), length, US_ASCII)
                .toLowerCase(Locale.ROOT)
                .equals(NAME);
    }
}
