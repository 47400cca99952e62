package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Ascii;
import java.util.Map;

/** What a header field is to a mailbox: most belong to the message, some to the programs that keep the file. */
enum Field {
    /** Part of the message. */
    OF_THE_MESSAGE(true, true),
    /** Part of the message that some programs add or correct while they keep the file. */
    CHANGING(true, false),
    /** Put there by programs that keep the file, and theirs. */
    OF_THE_MAILBOX(false, false),
    /** How long the body is, in the file, says whoever wrote it there. */
    LENGTH(false, false),
    /** Keeps a message that vmail delivered apart from every other. */
    ID(false, true),
    /** Says that the last line of a message had no end. */
    UNTERMINATED(false, false);

    static final String ID_NAME = "X-Vmail-Id";
    static final String UNTERMINATED_NAME = "X-Vmail-Unterminated";

    private static final int LONGEST_NAME = 20;
    private static final Map<String, Field> KNOWN = Map.ofEntries(
            Map.entry("status", OF_THE_MAILBOX),
            Map.entry("x-status", OF_THE_MAILBOX),
            Map.entry("x-keywords", OF_THE_MAILBOX),
            Map.entry("x-uid", OF_THE_MAILBOX),
            Map.entry("x-imap", OF_THE_MAILBOX),
            Map.entry("x-imapbase", OF_THE_MAILBOX),
            Map.entry("content-length", LENGTH),
            Map.entry("lines", CHANGING),
            Map.entry("x-uidl", CHANGING),
            Map.entry(Ascii.toLowerCase(ID_NAME), ID),
            Map.entry(Ascii.toLowerCase(UNTERMINATED_NAME), UNTERMINATED));

    private final boolean visible;
    private final boolean identifying;

    Field(boolean visible, boolean identifying) {
        this.visible = visible;
        this.identifying = identifying;
    }

    /** Whether readers of the message get it. */
    boolean visible() {
        return visible;
    }

    /** Whether it stays as it is for as long as the message is in the file. */
    boolean identifying() {
        return identifying;
    }

    /** Whether vmail writes it, always in one line. */
    boolean ours() {
        return this == ID || this == UNTERMINATED;
    }

    /** The field that begins with this line. */
    static Field of(byte[] line, int start, int end) {
        if (start == end || !canBeginAName(line[start])) {
            return OF_THE_MESSAGE;
        }
        int colon = start;
        int limit = Math.min(end, start + LONGEST_NAME + 1);
        while (colon < limit && line[colon] != ':') {
            colon++;
        }
        if (colon == limit) {
            return OF_THE_MESSAGE;
        }
        while (colon > start && isSpace(line[colon - 1])) {
            colon--;
        }
        String name = Ascii.toLowerCase(new String(line, start, colon - start, ISO_8859_1));
        return KNOWN.getOrDefault(name, OF_THE_MESSAGE);
    }

    /** Whether a line continues the field before it (RFC 5322, section 2.2.3). */
    static boolean isContinuation(byte[] line, int start, int end) {
        return start < end && isSpace(line[start]);
    }

    private static boolean canBeginAName(byte octet) {
        return switch (octet | 0x20) {
            case 's', 'x', 'c', 'l' -> true;
            default -> false;
        };
    }

    private static boolean isSpace(byte octet) {
        return octet == ' ' || octet == '\t';
    }
}
