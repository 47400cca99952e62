package org.vmail.mailbox.mbox;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;

/**
 * An open mbox. Not a FileChannel, because an interrupt closes one, and with it the lock in the middle of an append. Used by
 * one thread.
 */
final class MboxFile implements Closeable {
    private final RandomAccessFile file;
    private final Gate gate;
    private boolean closed;

    private MboxFile(RandomAccessFile file, Gate gate) {
        this.file = file;
        this.gate = gate;
    }

    /** Opens it to be read without a lock. */
    static MboxFile forReading(MboxPaths paths) throws IOException {
        Gate gate = Gate.of(paths);
        return new MboxFile(new RandomAccessFile(paths.mbox().toFile(), "r"), gate);
    }

    /** Opens it for the thread that is inside the gate. */
    static MboxFile forWriting(MboxPaths paths, Gate gate) throws IOException {
        return new MboxFile(new RandomAccessFile(paths.mbox().toFile(), "rw"), gate);
    }

    RandomAccessFile handle() {
        return file;
    }

    long size() throws IOException {
        return file.length();
    }

    int read(long position, byte[] target, int offset, int length) throws IOException {
        file.seek(position);
        return file.read(target, offset, length);
    }

    void write(long position, byte[] source, int offset, int length) throws IOException {
        file.seek(position);
        file.write(source, offset, length);
    }

    void truncate(long size) throws IOException {
        file.setLength(size);
    }

    void sync() throws IOException {
        file.getFD().sync();
    }

    /** What is between two offsets, or less if the file is shorter. Closing the stream does nothing. */
    InputStream between(long start, long end) {
        return new Part(start, end);
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            gate.close(file);
        }
    }

    /** Closes it for the thread inside the gate, which loses its lock. */
    void closeInside() throws IOException {
        closed = true;
        file.close();
    }

    private final class Part extends InputStream {
        private final long end;
        private long next;

        Part(long start, long end) {
            this.next = start;
            this.end = end;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (next >= end) {
                return -1;
            }
            int count = MboxFile.this.read(next, target, offset, (int) Math.min(length, end - next));
            next += Math.max(count, 0);
            return count;
        }
    }
}
