package org.vmail.pop3.conformance;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The messages that transcripts name. Sizes are in octets with CRLF line ends (RFC 1939, section 11). */
final class SeedMessages {
    private static final String HEADER = "Subject: x\r\n\r\n";
    private static final Map<String, byte[]> MESSAGES = messages();

    private SeedMessages() {}

    static boolean has(String name) {
        return MESSAGES.containsKey(name);
    }

    static byte[] octets(String name) {
        return MESSAGES.get(name).clone();
    }

    /** A message as the lines of a multi-line reply: dots stuffed, without the line that ends the reply. */
    static List<String> wireLines(String name) {
        String text = new String(MESSAGES.get(name), ISO_8859_1).replace("\r\n", "\n");
        List<String> lines = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = text.indexOf('\n', start);
            String line = text.substring(start, end < 0 ? text.length() : end);
            lines.add(line.startsWith(".") ? "." + line : line);
            start = end < 0 ? text.length() : end + 1;
        }
        return lines;
    }

    private static Map<String, byte[]> messages() {
        Map<String, byte[]> messages = new LinkedHashMap<>();
        add(messages, "short", HEADER + "x\r\n");
        add(messages, "plain", "From: ann@a.example\r\nSubject: plain\r\n\r\none\r\ntwo\r\nthree\r\n");
        add(messages, "paragraphs", HEADER + "one\r\n\r\nthree\r\n\r\nfive\r\n");
        add(messages, "dot-lines", HEADER + ".\r\n..\r\n.hidden\r\nx.\r\n .\r\n");
        add(messages, "leading-dot", ".first: line\r\n\r\nbody\r\n");
        add(messages, "single-dot", ".\r\n");
        add(messages, "end-of-data", HEADER + "before\r\n.\r\nQUIT\r\n+OK after\r\n");
        add(messages, "no-final-newline", HEADER + "no end");
        add(messages, "lf-only", "Subject: x\n\n.\nx\n");
        add(messages, "eight-bit", HEADER + "\u00e4\u00f6\u00fc\u0080\u00ff\r\n");
        add(messages, "utf8-body", HEADER + utf8("Gr\u00fc\u00dfe \u20ac\r\n"));
        add(messages, "utf8-header", utf8("Subject: Gr\u00fc\u00dfe\r\n\r\nx\r\n"));
        add(messages, "nul", HEADER + "a\0b\r\n");
        add(messages, "controls", HEADER + "\u0001\u0007\u0008\t\u000b\u000c\u001b\u007f\r\n");
        add(messages, "empty-body", HEADER);
        add(messages, "header-only", "Subject: x\r\nTo: joe@a.example\r\n");
        add(messages, "body-only", "\r\none\r\ntwo\r\n");
        add(messages, "folded-header", "Subject: one\r\n two\r\n\tthree\r\n\r\nbody\r\n");
        add(messages, "blank-with-space", "Subject: x\r\n \r\nTo: joe@a.example\r\n\r\nbody\r\n");
        add(messages, "from-line", HEADER + "From ann Mon Jan  1 00:00:00 2024\r\n>From joe\r\n");
        add(messages, "trailing-space", HEADER + "x \r\n\t\r\n  \r\n");
        add(messages, "long-line", HEADER + "x".repeat(10_000) + "\r\n");
        add(messages, "many-dots", HEADER + ".\r\n".repeat(10_000));
        add(messages, "big", HEADER + ("." + "y".repeat(61) + "\r\n").repeat(4_000));
        add(messages, "empty", "");
        return messages;
    }

    private static void add(Map<String, byte[]> messages, String name, String octets) {
        messages.put(name, octets.getBytes(ISO_8859_1));
    }

    private static String utf8(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }
}
