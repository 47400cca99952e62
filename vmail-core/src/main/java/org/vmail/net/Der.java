package org.vmail.net;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** As much of DER (X.690) as it takes to see what kind of key there is, and to put it into PKCS #8. Not thread-safe. */
final class Der {
    static final int INTEGER = 0x02;
    static final int OCTET_STRING = 0x04;
    static final int NULL = 0x05;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int SEQUENCE = 0x30;
    static final int CONTEXT_0 = 0xa0;

    private static final int LONG_FORM = 0x80;
    private static final int MAX_LENGTH_OCTETS = 3;

    private final ByteBuffer octets;

    Der(byte[] octets) {
        this.octets = ByteBuffer.wrap(octets);
    }

    /** Whether another value follows, and it is of this kind. */
    boolean nextIs(int tag) {
        return octets.hasRemaining() && (octets.get(octets.position()) & 0xff) == tag;
    }

    /** Reads the content of the next value. */
    byte[] read(int tag) throws IOException {
        if (!nextIs(tag)) {
            throw new IOException("not the expected DER value");
        }
        octets.get();
        int length = readLength();
        if (length > octets.remaining()) {
            throw new IOException("a DER value is cut off");
        }
        byte[] content = new byte[length];
        octets.get(content);
        return content;
    }

    private int readLength() throws IOException {
        int first = readOctet();
        if (first < LONG_FORM) {
            return first;
        }
        int count = first - LONG_FORM;
        if (count == 0 || count > MAX_LENGTH_OCTETS) {
            throw new IOException("a DER length is out of range");
        }
        int length = 0;
        for (int i = 0; i < count; i++) {
            length = length << Byte.SIZE | readOctet();
        }
        return length;
    }

    private int readOctet() throws IOException {
        if (!octets.hasRemaining()) {
            throw new IOException("a DER value is cut off");
        }
        return octets.get() & 0xff;
    }

    /** Makes a value of its parts. */
    static byte[] value(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(tag);
        writeLength(whole, content.size());
        whole.writeBytes(content.toByteArray());
        return whole.toByteArray();
    }

    private static void writeLength(ByteArrayOutputStream out, int length) {
        if (length < LONG_FORM) {
            out.write(length);
            return;
        }
        int count = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + Byte.SIZE - 1) / Byte.SIZE;
        out.write(LONG_FORM + count);
        for (int i = count - 1; i >= 0; i--) {
            out.write(length >>> (i * Byte.SIZE));
        }
    }
}
