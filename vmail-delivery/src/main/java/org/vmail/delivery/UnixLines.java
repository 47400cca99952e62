package org.vmail.delivery;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Turns CRLF into LF, which the programs of a Unix system expect. Other octets pass, a lone CR among them. */
final class UnixLines extends FilterOutputStream {
    private boolean carriageReturn;

    UnixLines(OutputStream out) {
        super(out);
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) throws IOException {
        byte[] converted = new byte[length + 1];
        int count = 0;
        for (int i = offset; i < offset + length; i++) {
            if (carriageReturn && octets[i] != '\n') {
                converted[count++] = '\r';
            }
            carriageReturn = octets[i] == '\r';
            if (!carriageReturn) {
                converted[count++] = octets[i];
            }
        }
        out.write(converted, 0, count);
    }

    /** To be called behind the last octet. */
    void finish() throws IOException {
        if (carriageReturn) {
            carriageReturn = false;
            out.write('\r');
        }
        out.flush();
    }
}
