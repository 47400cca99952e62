package org.vmail.delivery.reply;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.io.ByteStreams;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The fields of a message's header, in order, each unfolded into one line.
 *
 * @param fields the fields; what is no field is left out
 */
record HeaderFields(List<Field> fields) {
    /** A header that is longer is looked at no further. */
    private static final int MAX_OCTETS = 256 * 1024;

    private static final int MAX_FIELDS = 2000;

    /**
     * One field.
     *
     * @param name as it is written
     * @param value without the space around it, on one line
     */
    record Field(String name, String value) {
        boolean is(String other) {
            return Ascii.equalsIgnoreCase(name, other);
        }
    }

    static HeaderFields of(InputStream message) throws IOException {
        return of(ByteStreams.limit(message, MAX_OCTETS).readAllBytes(), 0);
    }

    /** Reads the header that octets begin with, from an index on. */
    static HeaderFields of(byte[] octets, int start) {
        List<Field> fields = new ArrayList<>();
        StringBuilder current = new StringBuilder();
        int from = start;
        int end = endOfHeader(octets, start);
        while (from < end && fields.size() < MAX_FIELDS) {
            int lineEnd = from;
            while (lineEnd < end && octets[lineEnd] != '\n') {
                lineEnd++;
            }
            String line = text(octets, from, lineEnd);
            boolean folded = line.startsWith(" ") || line.startsWith("\t");
            if (!folded) {
                add(current, fields);
                current.setLength(0);
            }
            current.append(folded ? " " : "").append(line.strip());
            from = lineEnd + 1;
        }
        add(current, fields);
        return new HeaderFields(List.copyOf(fields));
    }

    /** Where the empty line begins, or the end. */
    static int endOfHeader(byte[] octets, int start) {
        int line = start;
        for (int i = start; i < octets.length; i++) {
            if (octets[i] == '\n') {
                if (i == line || (i == line + 1 && octets[line] == '\r')) {
                    return line;
                }
                line = i + 1;
            }
        }
        return octets.length;
    }

    /** UTF-8, or what it is instead if it is not (RFC 6532, section 3.2). */
    static String text(byte[] octets, int from, int to) {
        try {
            return UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(octets, from, to - from))
                    .toString();
        } catch (CharacterCodingException e) {
            return new String(octets, from, to - from, ISO_8859_1);
        }
    }

    Stream<String> values(String name) {
        return fields.stream().filter(field -> field.is(name)).map(Field::value);
    }

    private static void add(StringBuilder line, List<Field> fields) {
        int colon = line.indexOf(":");
        if (colon > 0) {
            String name = line.substring(0, colon).strip();
            if (name.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                fields.add(new Field(name, line.substring(colon + 1).strip()));
            }
        }
    }
}
