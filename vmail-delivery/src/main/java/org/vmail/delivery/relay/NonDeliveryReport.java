package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import com.google.common.io.ByteStreams;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.vmail.delivery.MessageSource;
import org.vmail.delivery.relay.QueuedRecipient.Failed;
import org.vmail.delivery.relay.QueuedRecipient.Trouble;

/**
 * What the sender of a message gets when it cannot be delivered: multipart/report (RFC 6522) with a text for people, the
 * delivery status of each recipient (RFC 3464), and the message or its header. It says that no person wrote it (RFC 3834,
 * section 5). Immutable.
 */
record NonDeliveryReport(SpoolOptions options, ForwardPath sender, QueuedEnvelope failure, MessageSource message) {
    /** As RFC 5322, section 3.3, wants it written: the JDK's formatter of RFC 1123 writes the obsolete zone GMT. */
    private static final DateTimeFormatter DATE_TIME =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.US);

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final CharMatcher ASCII = CharMatcher.ascii();

    /** A header that is longer is cut. */
    private static final int MAX_HEADER_OCTETS = 64 * 1024;

    /** RFC 5322, section 2.1.1, less the name of the field. */
    private static final int MAX_LINE = 900;

    void writeTo(OutputStream out, String id, Instant now, long octets) throws IOException {
        boolean whole = octets <= options.maxReturnedOctets();
        // Nobody who writes a message can know it, so none can contain it.
        String boundary = "=_" + Long.toHexString(RANDOM.nextLong()) + Long.toHexString(RANDOM.nextLong());
        String text = text();
        String header = header(id, now, boundary, failure.eightBit() || !ASCII.matchesAllOf(text));
        write(
                out,
                header
                        + "\r\n--" + boundary
                        + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
                        + (ASCII.matchesAllOf(text) ? "7bit" : "8bit")
                        + "\r\n\r\n" + text
                        + "\r\n--" + boundary + "\r\nContent-Type: message/delivery-status\r\n\r\n" + status(now)
                        + "\r\n--" + boundary + "\r\nContent-Type: "
                        + (whole ? "message/rfc822" : "text/rfc822-headers")
                        + "\r\nContent-Transfer-Encoding: " + (failure.eightBit() ? "8bit" : "7bit") + "\r\n\r\n");
        try (InputStream in = message.open()) {
            if (whole) {
                in.transferTo(out);
            } else {
                out.write(headerOf(in));
            }
        }
        write(out, "\r\n--" + boundary + "--\r\n");
    }

    private String header(String id, Instant now, String boundary, boolean eightBit) {
        return "Date: " + date(now)
                + "\r\nFrom: Mail Delivery System <MAILER-DAEMON@" + options.hostName()
                + ">\r\nTo: " + sender.address()
                + "\r\nSubject: Undelivered mail"
                + "\r\nMessage-ID: <" + id + "." + Long.toHexString(RANDOM.nextLong()) + "@" + options.hostName()
                + ">\r\nAuto-Submitted: auto-replied"
                + "\r\nMIME-Version: 1.0"
                + "\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"" + boundary
                + "\"\r\nContent-Transfer-Encoding: " + (eightBit ? "8bit" : "7bit") + "\r\n";
    }

    private String text() {
        StringBuilder text = new StringBuilder("This is the mail system at ")
                .append(options.hostName())
                .append(
                        ".\r\n\r\nYour message could not be delivered to the recipients below, and will not be tried again."
                                + "\r\n");
        for (Failed failed : failure.failed()) {
            Trouble trouble = failed.trouble();
            text.append("\r\n").append(failed.path()).append("\r\n    ");
            if (trouble.status().kind() == 4) {
                text.append("It was tried for too long. The last time: ");
            }
            text.append(trouble.byNextHop() ? "The next host said: " : "")
                    .append(trouble.text())
                    .append("\r\n");
        }
        return text.toString();
    }

    /** RFC 3464, sections 2.2 and 2.3. */
    private String status(Instant now) {
        StringBuilder status = new StringBuilder("Reporting-MTA: dns; ")
                .append(options.hostName())
                .append("\r\nArrival-Date: ")
                .append(date(failure.arrived()))
                .append("\r\n");
        for (Failed failed : failure.failed()) {
            Trouble trouble = failed.trouble();
            status.append("\r\nFinal-Recipient: ")
                    .append(typed(failed.path().address()))
                    .append("\r\nAction: failed\r\nStatus: ")
                    .append(trouble.status())
                    .append("\r\nDiagnostic-Code: ")
                    .append(trouble.byNextHop() ? "smtp; " : "x-vmail; ")
                    .append(trouble.text(), 0, Math.min(trouble.text().length(), MAX_LINE))
                    .append("\r\nLast-Attempt-Date: ")
                    .append(date(now))
                    .append("\r\n");
        }
        return status.toString();
    }

    /** An address with its type; one that is not ASCII in the form of RFC 6533, section 3, for which ASCII will do. */
    private static String typed(String address) {
        if (ASCII.matchesAllOf(address)) {
            return "rfc822; " + address;
        }
        return address.codePoints()
                .mapToObj(c -> c < 0x7f && c != '\\' && c != '+' && c != '=' && c != ' '
                        ? Character.toString(c)
                        : String.format(Locale.ROOT, "\\x{%X}", c))
                .collect(Collectors.joining("", "utf-8; ", ""));
    }

    private static String date(Instant time) {
        return DATE_TIME.format(time.atOffset(ZoneOffset.UTC));
    }

    /** The lines before the first empty one, the last of them whole. */
    private static byte[] headerOf(InputStream in) throws IOException {
        byte[] start = ByteStreams.limit(in, MAX_HEADER_OCTETS).readAllBytes();
        int end = 0;
        for (int i = 0; i < start.length; i++) {
            if (start[i] == '\n') {
                boolean empty = i == end || (i == end + 1 && start[end] == '\r');
                if (empty) {
                    break;
                }
                end = i + 1;
            }
        }
        return Arrays.copyOf(start, end);
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(UTF_8));
    }
}
