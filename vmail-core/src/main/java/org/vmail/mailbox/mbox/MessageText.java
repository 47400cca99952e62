package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.primitives.Longs;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Turns the lines of one message in an mbox into its wire form, piece by piece: quotes undone, fields of the mailbox left
 * out, the blank line that ends it left out, every line ended by CRLF. Counts and digests it on the way.
 *
 * <p>The digest covers the separator, all fields that nobody changes, and the body but for blank lines at its end, which
 * come and go when programs append. Used by one thread.
 */
final class MessageText {
    private static final long UNKNOWN = -1;
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] INTERNAL =
            "Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA".getBytes(US_ASCII);
    private static final byte[] X_IMAP = "X-IMAP:".getBytes(US_ASCII);

    private final Sink sink;
    private final MessageDigest digest = sha256();
    private boolean inHeader = true;
    private Field field = Field.OF_THE_MESSAGE;
    private int heldEnds;
    private long heldDigestEnds;
    private boolean lastLineBlank;
    private boolean unterminated;
    private boolean hasId;
    private boolean internalSubject;
    private boolean internalData;
    private long octets;
    private long bodyLength = UNKNOWN;
    private boolean hasLength;

    /** Takes wire octets. */
    @FunctionalInterface
    interface Sink {
        Sink NONE = (source, offset, length) -> {};

        void put(byte[] source, int offset, int length);
    }

    MessageText(Sink sink) {
        this.sink = sink;
    }

    /** Takes a piece of the line that begins the message. */
    void separator(Lines line) {
        digest.update(line.buffer(), line.start(), line.end() - line.start());
        if (line.last()) {
            digest.update((byte) '\n');
        }
    }

    /** Takes a piece of another line. */
    void piece(Lines line) {
        int start = line.start();
        if (line.first()) {
            begin(line);
            start += FromLine.isQuoted(line.buffer(), start, line.end()) ? 1 : 0;
        }
        lastLineBlank = line.blank();
        if (field.visible()) {
            show(line, start);
        }
        if (field.identifying()) {
            identify(line, start);
        }
    }

    /** Ends the message. Its size and fingerprint can be asked for then. */
    Fingerprint finish() {
        int ends = heldEnds - (lastLineBlank ? 1 : 0) - (unterminated ? 1 : 0);
        for (int i = 0; i < ends; i++) {
            put(CRLF, 0, CRLF.length);
        }
        return Fingerprint.of(digest.digest());
    }

    long octets() {
        return octets;
    }

    /** Whether the lines so far are of the header. */
    boolean inHeader() {
        return inHeader;
    }

    /** What the header says of the length of the body, if it says it once. */
    OptionalLong bodyLength() {
        return bodyLength == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(bodyLength);
    }

    /** Whether it was delivered by vmail, so that no other message can have its fingerprint but a copy. */
    boolean hasId() {
        return hasId;
    }

    /** Whether it is no message, but where UW imapd keeps what it knows of the mailbox. */
    boolean isInternal() {
        return internalSubject && internalData;
    }

    private void begin(Lines line) {
        byte[] buffer = line.buffer();
        if (line.blank()) {
            inHeader = false;
        }
        if (!inHeader) {
            field = Field.OF_THE_MESSAGE;
        } else if (!Field.isContinuation(buffer, line.start(), line.end())) {
            field = Field.of(buffer, line.start(), line.end());
            internalSubject |= Arrays.equals(buffer, line.start(), line.end(), INTERNAL, 0, INTERNAL.length);
            internalData |= field == Field.OF_THE_MAILBOX && startsWith(line, X_IMAP);
            unterminated |= field == Field.UNTERMINATED;
            hasId |= field == Field.ID;
            if (field == Field.LENGTH) {
                bodyLength = hasLength ? UNKNOWN : length(line);
                hasLength = true;
            }
        } else if (field.ours()) {
            field = Field.OF_THE_MESSAGE;
        }
    }

    private void show(Lines line, int start) {
        if (line.blank()) {
            if (heldEnds == 2) {
                put(CRLF, 0, CRLF.length);
            } else {
                heldEnds++;
            }
            return;
        }
        for (; heldEnds > 0; heldEnds--) {
            put(CRLF, 0, CRLF.length);
        }
        put(line.buffer(), start, line.end() - start);
        if (line.last()) {
            heldEnds = 1;
        }
    }

    private void identify(Lines line, int start) {
        if (!line.blank()) {
            for (; heldDigestEnds > 0; heldDigestEnds--) {
                digest.update((byte) '\n');
            }
            digest.update(line.buffer(), start, line.end() - start);
        }
        if (line.last()) {
            heldDigestEnds++;
        }
    }

    private void put(byte[] source, int offset, int length) {
        octets += length;
        sink.put(source, offset, length);
    }

    private static long length(Lines line) {
        String text = new String(line.buffer(), line.start(), Math.min(line.end() - line.start(), 80), ISO_8859_1);
        Long length = Longs.tryParse(text.substring(text.indexOf(':') + 1).trim());
        return length == null || length < 0 ? UNKNOWN : length;
    }

    private static boolean startsWith(Lines line, byte[] prefix) {
        return line.end() - line.start() >= prefix.length
                && Arrays.equals(line.buffer(), line.start(), line.start() + prefix.length, prefix, 0, prefix.length);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
