package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.primitives.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.vmail.address.MailAddress;
import org.vmail.internal.Octets;

/**
 * What the header of a message says of its way here: how many hosts it passed, and to whom it was delivered before.
 *
 * @param hops the number of Received fields (RFC 5321, section 6.3)
 * @param deliveredTo the values of the Delivered-To fields, in lower case
 * @param returnPaths where Return-Path fields are, which another delivery left there
 */
record TraceFields(int hops, Set<String> deliveredTo, List<Part> returnPaths) {
    /** A header that is longer is looked at no further. */
    private static final int MAX_OCTETS = 256 * 1024;

    private static final int FIRST_OCTETS = 4 * 1024;

    private static final String RECEIVED = "received:";
    private static final String DELIVERED_TO = "delivered-to:";
    private static final String RETURN_PATH = "return-path:";

    /** The octets of a message from one offset up to another. */
    record Part(int from, int to) {}

    static TraceFields of(MessageSource message) throws IOException {
        byte[] start = start(message);
        int hops = 0;
        Set<String> deliveredTo = new HashSet<>();
        List<Part> returnPaths = new ArrayList<>();
        int from = 0;
        while (from < start.length && !isLineEnd(start, from)) {
            int end = endOfLine(start, from);
            if (startsWith(start, from, RECEIVED)) {
                hops++;
            } else if (startsWith(start, from, DELIVERED_TO)) {
                int value = from + DELIVERED_TO.length();
                deliveredTo.add(Ascii.toLowerCase(new String(start, value, end - value, UTF_8).strip()));
            } else if (startsWith(start, from, RETURN_PATH)) {
                end = endOfField(start, end);
                if (end < MAX_OCTETS) { // else there may be more of it
                    returnPaths.add(new Part(from, end));
                }
            }
            from = end;
        }
        return new TraceFields(hops, deliveredTo, List.copyOf(returnPaths));
    }

    boolean wasDeliveredTo(MailAddress mailbox) {
        return deliveredTo.contains(Ascii.toLowerCase(mailbox.toString()));
    }

    /** Copies the message that this was read from, without its Return-Path fields: there is only ever one, and it is ours. */
    void copyWithoutReturnPath(MessageSource message, OutputStream out) throws IOException {
        try (InputStream in = message.open()) {
            int at = 0;
            for (Part returnPath : returnPaths) {
                out.write(in.readNBytes(returnPath.from() - at));
                in.skipNBytes(returnPath.to() - returnPath.from());
                at = returnPath.to();
            }
            in.transferTo(out);
        }
    }

    /** Its header at least, and what little is read with it; all that is looked at if there is no end of it. */
    private static byte[] start(MessageSource message) throws IOException {
        try (InputStream in = message.open()) {
            byte[] start = in.readNBytes(FIRST_OCTETS);
            int line = 0;
            while (true) {
                for (int end; (end = Octets.indexOfLineFeed(start, line, start.length)) >= 0; line = end + 1) {
                    if (isLineEnd(start, line)) {
                        return start;
                    }
                }
                byte[] more = in.readNBytes(Math.min(start.length, MAX_OCTETS - start.length));
                if (more.length == 0) {
                    return start;
                }
                start = Bytes.concat(start, more);
            }
        }
    }

    private static boolean isLineEnd(byte[] text, int at) {
        return text[at] == '\n' || (text[at] == '\r' && at + 1 < text.length && text[at + 1] == '\n');
    }

    private static int endOfLine(byte[] text, int from) {
        int lineFeed = Octets.indexOfLineFeed(text, from, text.length);
        return lineFeed < 0 ? text.length : lineFeed + 1;
    }

    /** Lines that begin with white space belong to the field before (RFC 5322, section 2.2.3). */
    private static int endOfField(byte[] text, int endOfLine) {
        int end = endOfLine;
        while (end < text.length && (text[end] == ' ' || text[end] == '\t')) {
            end = endOfLine(text, end);
        }
        return end;
    }

    private static boolean startsWith(byte[] text, int from, String name) {
        int length = name.length();
        return text.length - from >= length && Ascii.equalsIgnoreCase(new String(text, from, length, ISO_8859_1), name);
    }
}
