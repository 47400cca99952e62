package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A message as MTAs hand it to a program: perhaps with the line in front that parts messages in an mbox. */
final class StandardInput {
    /** Longer ones are none. */
    private static final int MAX_SEPARATOR = 1024;

    private StandardInput() {}

    /** Copies the message, without that line. */
    static void copy(InputStream in, OutputStream out) throws IOException {
        ByteArrayOutputStream start = new ByteArrayOutputStream();
        int octet = in.read();
        while (octet >= 0) {
            start.write(octet);
            if (octet == '\n' || start.size() == MAX_SEPARATOR || !mayBeSeparator(start)) {
                break;
            }
            octet = in.read();
        }
        if (octet != '\n' || !mayBeSeparator(start) || isField(start)) {
            start.writeTo(out);
        }
        in.transferTo(out);
    }

    private static boolean mayBeSeparator(ByteArrayOutputStream start) {
        String from = "From ";
        return start.size() > from.length()
                || from.startsWith(start.toString(ISO_8859_1).substring(0, Math.min(start.size(), from.length())));
    }

    /** {@code From : joe@a.example} is an obsolete form of a field (RFC 5322, section 4.5.2). */
    private static boolean isField(ByteArrayOutputStream line) {
        return line.toString(ISO_8859_1).substring("From".length()).strip().startsWith(":");
    }
}
