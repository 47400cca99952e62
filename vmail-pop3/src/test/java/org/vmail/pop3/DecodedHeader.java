package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a header in ASCII as a client without UTF8 does: unfolds it (RFC 5322) and decodes its encoded-words (RFC 2047). */
final class DecodedHeader {
    private static final Pattern ENCODED_WORD = Pattern.compile("=\\?UTF-8\\?([BQ])\\?([^ ?]*)\\?=");

    private final List<String> lines;

    private DecodedHeader(List<String> lines) {
        this.lines = lines;
    }

    static DecodedHeader of(byte[] message) {
        String text = new String(message, ISO_8859_1);
        int end = text.startsWith("\r\n") ? 0 : text.indexOf("\r\n\r\n");
        String header = end < 0 ? text : text.substring(0, end);
        return new DecodedHeader(header.isEmpty() ? List.of() : List.of(header.split("\r\n")));
    }

    /** The lines as they are. */
    List<String> lines() {
        return lines;
    }

    /** The fields unfolded, decoded from nothing else. */
    List<String> fields() {
        List<String> fields = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith(" ") || line.startsWith("\t")) {
                fields.set(fields.size() - 1, fields.get(fields.size() - 1) + line);
            } else {
                fields.add(line);
            }
        }
        return fields;
    }

    /** The value of the first field of a name, decoded. */
    String value(String name) {
        String start = name.toLowerCase(Locale.ROOT) + ":";
        return fields().stream()
                .filter(field -> field.toLowerCase(Locale.ROOT).startsWith(start))
                .map(field -> decoded(field.substring(start.length()).strip()))
                .findFirst()
                .orElse("(none)");
    }

    private static String decoded(String value) {
        StringBuilder text = new StringBuilder();
        Matcher matcher = ENCODED_WORD.matcher(value);
        int last = 0;
        boolean wasEncoded = false;
        while (matcher.find()) {
            String between = value.substring(last, matcher.start());
            // White space between two encoded-words is not shown (section 6.2).
            text.append(wasEncoded && between.isBlank() ? "" : between);
            text.append(word(matcher.group(1), matcher.group(2)));
            last = matcher.end();
            wasEncoded = true;
        }
        return text.append(value.substring(last)).toString();
    }

    private static String word(String encoding, String content) {
        byte[] octets = encoding.equals("B") ? Base64.getDecoder().decode(content) : q(content);
        return new String(octets, UTF_8);
    }

    private static byte[] q(String content) {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        int at = 0;
        while (at < content.length()) {
            char character = content.charAt(at);
            if (character == '=') {
                octets.write(Integer.parseInt(content.substring(at + 1, at + 3), 16));
                at += 3;
            } else {
                octets.write(character == '_' ? ' ' : character);
                at++;
            }
        }
        return octets.toByteArray();
    }
}
