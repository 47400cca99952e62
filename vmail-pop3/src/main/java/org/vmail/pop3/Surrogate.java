package org.vmail.pop3;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * What a client that has not said UTF8 gets for a message: the message itself, or a surrogate of it if its header is
 * internationalized (RFC 6856, section 2.1; RFC 6858).
 *
 * <p>A message needs UTF8 if a field of its header (RFC 5322, section 2.2) has octets beyond ASCII that are UTF-8
 * (RFC 6532, section 3.1). Octets that are not UTF-8 make no internationalized message: they are older than MIME or against
 * it, nobody knows their character set, and clients that guess it from the user's language need them as they are; so such a
 * message is passed on unchanged, as the server of RFC 1939 does with all messages. If a field needs UTF8 and another one is
 * broken, the broken one goes the way of all, with U+FFFD for what cannot be read.
 *
 * <p>Only the header at the top is looked at. RFC 6858, section 2.2, wants parameters in the headers of body parts left out
 * as well; that would mean to parse messages whole, for clients that mostly cope. So the body is never held and goes through
 * untouched, with the body parts and messages in it.
 *
 * <p>Used by one thread.
 */
final class Surrogate {
    /** A longer header is passed on as it is: it is an attack or a mistake, and holding it would be worth neither. */
    static final int MAX_HEADER_OCTETS = 256 * 1024;

    private static final int FIRST_OCTETS = 8 * 1024;

    private final boolean needsUtf8;
    private final InputStream content;
    private final int extraOctets;

    private Surrogate(boolean needsUtf8, InputStream content, int extraOctets) {
        this.needsUtf8 = needsUtf8;
        this.content = content;
        this.extraOctets = extraOctets;
    }

    /**
     * Reads the header of a message, and little more.
     *
     * @param wireForm the message, lines ending in CRLF; {@link #content()} reads and closes it, and if this fails, the
     *     caller does
     * @throws IOException if the message cannot be read
     */
    static Surrogate of(InputStream wireForm) throws IOException {
        Start start = Start.read(wireForm);
        if (!start.mayNeedUtf8() || !AsciiHeader.isInternationalized(start.octets, start.fieldsEnd)) {
            return new Surrogate(false, new Joined(start.octets, start.length, wireForm), 0);
        }
        ByteArrayOutputStream head = new ByteArrayOutputStream(2 * start.length);
        AsciiHeader.write(start.octets, start.fieldsEnd, head);
        int extra = head.size() - start.fieldsEnd;
        head.write(start.octets, start.fieldsEnd, start.length - start.fieldsEnd);
        return new Surrogate(true, new Joined(head.toByteArray(), head.size(), wireForm), extra);
    }

    /** Whether the message is internationalized, so that {@link #content()} is not the message itself. */
    boolean needsUtf8() {
        return needsUtf8;
    }

    /** The message for a client without UTF8, to be read once. Closing it closes the message. */
    InputStream content() {
        return content;
    }

    /** By how many octets {@link #content()} is longer than the message; negative if it is shorter. */
    int extraOctets() {
        return extraOctets;
    }

    /** The first octets of a message: the header whole, and what of the body came with it. */
    private static final class Start {
        private byte[] octets = new byte[FIRST_OCTETS];
        private int length;
        private int scanned;
        private int lineStart;
        private boolean lineIsBlank = true;
        private boolean complete;
        private boolean beyondAscii;

        /** Where the empty line begins. */
        private int fieldsEnd;

        static Start read(InputStream in) throws IOException {
            Start start = new Start();
            while (!start.complete && start.length < MAX_HEADER_OCTETS) {
                start.makeRoom();
                int read = in.read(start.octets, start.length, start.octets.length - start.length);
                if (read < 0) {
                    start.complete = true;
                    start.fieldsEnd = start.length;
                } else {
                    start.length += read;
                    start.scan();
                }
            }
            return start;
        }

        boolean mayNeedUtf8() {
            return complete && beyondAscii;
        }

        private void makeRoom() {
            if (length == octets.length) {
                octets = Arrays.copyOf(octets, Math.min(2 * length, MAX_HEADER_OCTETS));
            }
        }

        private void scan() {
            while (scanned < length && !complete) {
                byte octet = octets[scanned++];
                beyondAscii |= octet < 0;
                if (octet != '\n') {
                    lineIsBlank &= octet == '\r';
                } else if (lineIsBlank) {
                    fieldsEnd = lineStart;
                    complete = true;
                } else {
                    lineStart = scanned;
                    lineIsBlank = true;
                }
            }
        }
    }

    /** Octets, and behind them what is left of a message. The octets are let go when they have been read. */
    private static final class Joined extends InputStream {
        private static final byte[] NOTHING = {};

        private byte[] head;
        private int at;
        private int end;
        private final InputStream rest;

        Joined(byte[] head, int end, InputStream rest) {
            this.head = head;
            this.end = end;
            this.rest = rest;
        }

        @Override
        public int read() throws IOException {
            return at < end ? head[at++] & 0xFF : rest.read();
        }

        @Override
        public int read(byte[] into, int offset, int count) throws IOException {
            if (at == end) {
                head = NOTHING;
                at = 0;
                end = 0;
                return rest.read(into, offset, count);
            }
            int copied = Math.min(count, end - at);
            System.arraycopy(head, at, into, offset, copied);
            at += copied;
            return copied;
        }

        @Override
        public int available() throws IOException {
            return at < end ? end - at : rest.available();
        }

        @Override
        public void close() throws IOException {
            rest.close();
        }
    }
}
