package org.vmail.dns.internal;

/** Reads the parts of a message, and never beyond its end. Not thread-safe. */
final class DnsReader {
    private static final int HEADER_OCTETS = 12;
    private static final int MAX_NAME_OCTETS = 255;
    private static final int LABEL_KIND = 0xc0;
    private static final int POINTER = 0xc0;

    private final byte[] message;
    private final int end;
    private int position;

    DnsReader(byte[] message, int length) {
        this.message = message;
        this.end = length;
    }

    int position() {
        return position;
    }

    int octet() throws DnsFormatException {
        return octetAt(position++);
    }

    int unsigned16() throws DnsFormatException {
        return (octet() << 8) | octet();
    }

    long unsigned32() throws DnsFormatException {
        return ((long) unsigned16() << 16) | unsigned16();
    }

    byte[] octets(int count) throws DnsFormatException {
        byte[] octets = new byte[count];
        for (int i = 0; i < count; i++) {
            octets[i] = (byte) octet();
        }
        return octets;
    }

    void skip(int count) throws DnsFormatException {
        if (count > end - position) {
            throw new DnsFormatException("a record that is longer than the message");
        }
        position += count;
    }

    /**
     * Reads a name, which may go on elsewhere in the message (RFC 1035, section 4.1.4). Each pointer has to lead to before
     * the part that it ends, so there is no loop; and no name is longer than 255 octets.
     *
     * @return the labels with dots between them, in the form of RFC 1035, section 5.1: a dot or backslash within a label
     *     has a backslash before it, and what is no visible ASCII is a backslash and three digits, so that no label can pass
     *     for two
     */
    String name() throws DnsFormatException {
        StringBuilder text = new StringBuilder();
        int octets = 1;
        int partBegin = position;
        int at = position;
        int behind = -1;
        for (int length = octetAt(at); length != 0; length = octetAt(at)) {
            if ((length & LABEL_KIND) == POINTER) {
                int target = ((length & ~LABEL_KIND) << 8) | octetAt(at + 1);
                behind = behind < 0 ? at + 2 : behind;
                if (target >= partBegin || target < HEADER_OCTETS) {
                    throw new DnsFormatException("a name with a pointer that does not lead back");
                }
                partBegin = target;
                at = target;
            } else if ((length & LABEL_KIND) == 0) {
                octets += length + 1;
                if (octets > MAX_NAME_OCTETS) {
                    throw new DnsFormatException("a name that is too long");
                }
                text.append(text.length() == 0 ? "" : ".");
                appendLabel(text, at + 1, length);
                at += length + 1;
            } else {
                throw new DnsFormatException("a label of an unknown kind");
            }
        }
        position = behind < 0 ? at + 1 : behind;
        return text.toString();
    }

    private void appendLabel(StringBuilder text, int begin, int length) throws DnsFormatException {
        for (int i = begin; i < begin + length; i++) {
            int c = octetAt(i);
            if (c <= ' ' || c > '~') {
                text.append('\\').append(Character.forDigit(c / 100, 10));
                text.append(Character.forDigit(c / 10 % 10, 10)).append(Character.forDigit(c % 10, 10));
            } else {
                text.append(c == '.' || c == '\\' ? "\\" : "").append((char) c);
            }
        }
    }

    private int octetAt(int index) throws DnsFormatException {
        if (index >= end) {
            throw new DnsFormatException("a message that ends too early");
        }
        return message[index] & 0xff;
    }
}
