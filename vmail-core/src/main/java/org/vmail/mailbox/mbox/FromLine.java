package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The line that separates messages, and the lines of messages that could be mistaken for it.
 *
 * <p>RFC 4155, appendix A, has the sender and the time in UTC, as asctime(3) writes it. Older programs wrote other dates,
 * so all that is asked of a separator is a time of day.
 */
final class FromLine {
    private static final byte[] FROM = "From ".getBytes(US_ASCII);
    private static final DateTimeFormatter ASCTIME =
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US);

    private FromLine() {}

    /** A separator of a message without a sender: that is in its Return-Path. */
    static String of(Instant delivered) {
        return "From MAILER-DAEMON " + ASCTIME.format(delivered.atOffset(ZoneOffset.UTC)) + "\n";
    }

    /** Whether a line, which follows a blank one, separates messages. */
    static boolean isSeparator(byte[] line, int start, int end) {
        return startsWithFrom(line, start, end) && hasTimeOfDay(line, start + FROM.length, end);
    }

    /** Whether a line is {@code From } behind any number of {@code >}. */
    static boolean needsQuote(byte[] line, int start, int end) {
        int at = start;
        while (at < end && line[at] == '>') {
            at++;
        }
        return startsWithFrom(line, at, end);
    }

    /** Whether a line is {@code From } behind at least one {@code >}. */
    static boolean isQuoted(byte[] line, int start, int end) {
        return start < end && line[start] == '>' && needsQuote(line, start, end);
    }

    private static boolean startsWithFrom(byte[] line, int start, int end) {
        if (end - start < FROM.length) {
            return false;
        }
        for (int i = 0; i < FROM.length; i++) {
            if (line[start + i] != FROM[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasTimeOfDay(byte[] line, int start, int end) {
        for (int i = start + 1; i + 2 < end; i++) {
            if (line[i] == ':' && isDigit(line[i - 1]) && isDigit(line[i + 1]) && isDigit(line[i + 2])) {
                return true;
            }
        }
        return false;
    }

    private static boolean isDigit(byte octet) {
        return octet >= '0' && octet <= '9';
    }
}
