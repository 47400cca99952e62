package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Messages that are easy to get wrong, as texts of ISO 8859-1, so that a character is an octet. */
final class Mail {
    private static final String END = "\\r?\\n";
    private static final Pattern TRACE = Pattern.compile("Return-Path: <ann@far\\.example>" + END
            + "Delivered-To: (?<mailbox>\\S+)" + END
            + "(Received: from \\S+ \\(\\[127\\.0\\.0\\.1]\\)" + END
            + "\\tby mx\\.example with LMTP \\(vmail\\)" + END
            + "\\tfor <\\S+>;" + END
            + "\\t.+" + END + ")?");

    private Mail() {}

    static String message(String subject, String body) {
        return "Subject: " + subject + "\r\n\r\n" + body;
    }

    static byte[] octets(String message) {
        return message.getBytes(ISO_8859_1);
    }

    /** Each by its subject. All end with a line end, as everything does that came by SMTP. */
    static Map<String, String> difficult() {
        StringBuilder octets = new StringBuilder();
        for (char octet = 0x80; octet <= 0xff; octet++) {
            octets.append(octet);
        }
        Map<String, String> messages = new LinkedHashMap<>();
        put(messages, "plain", "Dear Joe\r\n");
        put(messages, "dot lines", "one\r\n.\r\n..\r\n...\r\n.two\r\n..three\r\nfour.\r\n.\r\n");
        put(messages, "first dot", ".begins with a dot\r\n");
        put(messages, "first line dot", ".\r\n");
        put(messages, "8-bit", octets + "\r\n" + new String("Grüße, 日本\r\n".getBytes(UTF_8), ISO_8859_1));
        put(messages, "empty body", "");
        put(messages, "empty lines", "\r\n\r\n \r\n\t\r\n\r\n");
        put(messages, "from line", "From here on\r\n>From there\r\nfrom\r\n");
        put(messages, "like a header", "Received: not here\r\nReturn-Path: <nor@here>\r\n");
        put(messages, "long line", "x".repeat(990) + "\r\n");
        messages.put(
                "folded", "Subject: folded\r\nX-Empty:\r\nX-Folded: one\r\n\ttwo\r\n  three  \r\n\r\nDear Joe\r\n");
        return messages;
    }

    /** A message of about as many octets. */
    static String large(int octets) {
        String line = "0123456789.".repeat(6) + "\r\n";
        return message("large", line.repeat(octets / line.length()));
    }

    /** What was delivered, without the fields that vmail put in front of it and nobody else's. */
    static String withoutTrace(String mailbox, String received) {
        Matcher trace = TRACE.matcher(received);
        assertThat(trace.lookingAt())
                .as("begins with the trace fields: %.300s", received)
                .isTrue();
        assertThat(trace.group("mailbox")).isEqualTo(mailbox);
        return received.substring(trace.end());
    }

    private static void put(Map<String, String> messages, String subject, String body) {
        messages.put(subject, message(subject, body));
    }
}
