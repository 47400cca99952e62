package org.vmail.mailbox.mbox;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message on its way, before the mbox is locked: in memory to a bound, beyond it in a file beside the mbox that has lost
 * its name already, so that no crash leaves it behind.
 */
final class Spool extends OutputStream {
    private static final int IN_MEMORY = 64 * 1024;

    private final MboxPaths paths;
    private byte[] memory = new byte[1024];
    private int filled;
    private @Nullable FileChannel file;
    private long octets;
    private byte last = '\n';
    private boolean closed;
    private boolean complete;

    Spool(MboxPaths paths) {
        this.paths = paths;
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] octets, int offset, int length) throws IOException {
        if (closed) {
            throw new IOException("Nothing can be added to a message that was closed");
        }
        if (length == 0) {
            return;
        }
        this.octets += length;
        last = octets[offset + length - 1];
        if (filled + length > IN_MEMORY) {
            drain();
        }
        if (length > IN_MEMORY) {
            store(ByteBuffer.wrap(octets, offset, length));
            return;
        }
        if (filled + length > memory.length) {
            memory = Arrays.copyOf(memory, Math.min(IN_MEMORY, Math.max(2 * memory.length, filled + length)));
        }
        System.arraycopy(octets, offset, memory, filled, length);
        filled += length;
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            if (file != null) {
                drain();
            }
            closed = true;
            complete = true;
        }
    }

    /** How much was written. */
    long octets() {
        return octets;
    }

    /** Whether all of the message is there. */
    boolean isComplete() {
        return complete;
    }

    /** Whether the last line has no end. */
    boolean isUnterminated() {
        return last != '\n';
    }

    /** Reads it from the first octet on. */
    InputStream read() throws IOException {
        return file == null ? new ByteArrayInputStream(memory, 0, filled) : Channels.newInputStream(file.position(0));
    }

    /** Throws the message away. */
    void discard() throws IOException {
        closed = true;
        complete = false;
        memory = new byte[0];
        if (file != null) {
            file.close();
        }
    }

    private void drain() throws IOException {
        int count = filled;
        filled = 0;
        store(ByteBuffer.wrap(memory, 0, count));
    }

    private void store(ByteBuffer octets) throws IOException {
        boolean stored = false;
        try {
            if (file == null) {
                Path path = paths.aside().resolve(".vmail-" + UUID.randomUUID());
                file = FileChannel.open(
                        path,
                        Set.of(
                                StandardOpenOption.CREATE_NEW,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.DELETE_ON_CLOSE,
                                LinkOption.NOFOLLOW_LINKS),
                        paths.ownerOnlyFile());
            }
            while (octets.hasRemaining()) {
                file.write(octets);
            }
            stored = true;
        } finally {
            if (!stored) {
                discard(); // some of it may be in the file, so trying again would store it twice
            }
        }
    }
}
