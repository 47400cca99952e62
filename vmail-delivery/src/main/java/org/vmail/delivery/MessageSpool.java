package org.vmail.delivery;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Holds a message that is being received, so that it can be read once for each mailbox: in memory up to a bound, beyond it
 * in a file that only the owner can read and that goes away when the spool is closed.
 *
 * <p>A message that grows beyond the size limit is swallowed from there on, so that the sender can be answered after the
 * last of it: ask {@link #isTooLarge()}. Used by one thread.
 */
public final class MessageSpool extends OutputStream implements MessageSource, Closeable {
    private final long maxOctets;
    private final int memoryOctets;
    private final Path folder;
    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private @Nullable Path file;
    private OutputStream out = memory;
    private long octets;

    /**
     * An empty spool.
     *
     * @param maxOctets the largest message
     * @param memoryOctets how much of it is held in memory
     * @param folder where the file is made if that is not enough
     */
    public MessageSpool(long maxOctets, int memoryOctets, Path folder) {
        checkArgument(maxOctets > 0, "The size limit must be positive");
        checkArgument(memoryOctets >= 0, "The memory limit must not be negative");
        this.maxOctets = maxOctets;
        this.memoryOctets = memoryOctets;
        this.folder = folder;
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        octets += length;
        if (isTooLarge()) {
            return;
        }
        if (file == null && octets > memoryOctets) {
            moveToFile();
        }
        out.write(source, offset, length);
    }

    /**
     * How much was written, swallowed octets included.
     *
     * @return octets
     */
    public long octets() {
        return octets;
    }

    /**
     * Whether more was written than the limit allows. Such a message must not be delivered.
     *
     * @return whether part of it was swallowed
     */
    public boolean isTooLarge() {
        return octets > maxOctets;
    }

    @Override
    public InputStream open() throws IOException {
        out.flush();
        return file == null ? new ByteArrayInputStream(memory.toByteArray()) : Files.newInputStream(file);
    }

    /**
     * Forgets the message. Streams that were opened must be closed before.
     *
     * @throws IOException if the file cannot be removed
     */
    @Override
    public void close() throws IOException {
        try {
            out.close();
        } finally {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        }
    }

    private void moveToFile() throws IOException {
        Path created = Files.createTempFile(folder, "vmail-", ".spool");
        file = created;
        out = Files.newOutputStream(created);
        memory.writeTo(out);
        memory.reset();
    }
}
