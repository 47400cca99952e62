package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.io.ByteStreams;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Set;
import org.vmail.address.MailAddress;

/**
 * What the header of a message says of its way here: how many hosts it passed, and to whom it was delivered before.
 *
 * @param hops the number of Received fields (RFC 5321, section 6.3)
 * @param deliveredTo the values of the Delivered-To fields, in lower case
 */
record TraceFields(int hops, Set<String> deliveredTo) {
    /** A header that is longer is looked at no further. */
    private static final int MAX_OCTETS = 256 * 1024;

    private static final String RECEIVED = "received:";
    private static final String DELIVERED_TO = "delivered-to:";

    static TraceFields of(MessageSource message) throws IOException {
        byte[] start;
        try (InputStream in = message.open()) {
            start = ByteStreams.limit(in, MAX_OCTETS).readAllBytes();
        }
        int hops = 0;
        Set<String> deliveredTo = new HashSet<>();
        int from = 0;
        while (from < start.length && !isLineEnd(start, from)) {
            int end = endOfLine(start, from);
            if (startsWith(start, from, RECEIVED)) {
                hops++;
            } else if (startsWith(start, from, DELIVERED_TO)) {
                int value = from + DELIVERED_TO.length();
                deliveredTo.add(Ascii.toLowerCase(new String(start, value, end - value, UTF_8).strip()));
            }
            from = end;
        }
        return new TraceFields(hops, deliveredTo);
    }

    boolean wasDeliveredTo(MailAddress mailbox) {
        return deliveredTo.contains(Ascii.toLowerCase(mailbox.toString()));
    }

    private static boolean isLineEnd(byte[] text, int at) {
        return text[at] == '\n' || (text[at] == '\r' && at + 1 < text.length && text[at + 1] == '\n');
    }

    private static int endOfLine(byte[] text, int from) {
        int end = from;
        while (end < text.length && text[end] != '\n') {
            end++;
        }
        return Math.min(end + 1, text.length);
    }

    private static boolean startsWith(byte[] text, int from, String name) {
        int length = name.length();
        return text.length - from >= length && Ascii.equalsIgnoreCase(new String(text, from, length, ISO_8859_1), name);
    }
}
