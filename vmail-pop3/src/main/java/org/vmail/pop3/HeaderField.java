package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Utf8;
import java.io.ByteArrayOutputStream;

/** A field of a header as it stands there, with its folded lines and its line end (RFC 5322, section 2.2). */
final class HeaderField {
    private static final CharMatcher NAME = CharMatcher.inRange('!', '~').and(CharMatcher.isNot(':'));
    private static final CharMatcher WHITE_SPACE = CharMatcher.anyOf(" \t");
    private static final CharMatcher CONTROLS =
            CharMatcher.inRange('\0', '\37').or(CharMatcher.is('\177')).and(CharMatcher.isNot('\t'));

    private final byte[] header;
    private final int from;
    private final int to;
    private final String name;

    private HeaderField(byte[] header, int from, int to) {
        this.header = header;
        this.from = from;
        this.to = to;
        int colon = from;
        while (colon < to && header[colon] != ':') {
            colon++;
        }
        String before = new String(header, from, colon - from, ISO_8859_1);
        // White space before the colon is what old programs wrote (section 4.5.8).
        String trimmed = WHITE_SPACE.trimTrailingFrom(before);
        this.name = colon < to && NAME.matchesAllOf(trimmed) ? trimmed : "";
    }

    /**
     * The field that begins at an octet.
     *
     * @param header fields, without the empty line behind them
     * @param end where they end, behind {@code from}
     */
    static HeaderField at(byte[] header, int from, int end) {
        int to = endOfLine(header, from, end);
        while (to < end && (header[to] == ' ' || header[to] == '\t')) {
            to = endOfLine(header, to, end);
        }
        return new HeaderField(header, from, to);
    }

    private static int endOfLine(byte[] header, int from, int end) {
        int at = from;
        while (at < end && header[at] != '\n') {
            at++;
        }
        return Math.min(at + 1, end);
    }

    /** Where the next one begins. */
    int end() {
        return to;
    }

    /** The name as it is written, or empty if this is a line that is no field. */
    String name() {
        return name;
    }

    String lowerCaseName() {
        return Ascii.toLowerCase(name);
    }

    boolean isAscii() {
        for (int i = from; i < to; i++) {
            if (header[i] < 0) {
                return false;
            }
        }
        return true;
    }

    boolean isUtf8() {
        return Utf8.isWellFormed(header, from, to - from);
    }

    /** The value unfolded and stripped, spaces in place of control characters, U+FFFD in place of what is not UTF-8. */
    String value() {
        String text = new String(header, from, to - from, UTF_8);
        String folded = text.substring(text.indexOf(':') + 1);
        // The lines of a field end in CRLF and go on with white space, which stays (section 2.2.3).
        String unfolded = folded.replace("\r\n", "");
        return WHITE_SPACE.trimFrom(CONTROLS.replaceFrom(unfolded, ' '));
    }

    void writeTo(ByteArrayOutputStream out) {
        out.write(header, from, to - from);
    }
}
