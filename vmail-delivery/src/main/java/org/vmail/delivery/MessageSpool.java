package org.vmail.delivery;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Holds a message that is being received, so that it can be read once for each mailbox: in memory up to a bound, beyond it
 * in a file that only the owner can read.
 *
 * <p>The file loses its name as soon as it is open, where the system allows that, as all but Windows do: then nothing is left
 * of it when the spool is closed, nor when the program is killed.
 *
 * <p>A message that grows beyond the size limit is swallowed from there on, so that the sender can be answered after the
 * last of it: ask {@link #isTooLarge()}. Written by one thread; when that has ended, any number of threads may read.
 */
public final class MessageSpool extends OutputStream implements MessageSource, Closeable {
    private static final Set<OpenOption> ANONYMOUS = Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);

    private final long maxOctets;
    private final int memoryOctets;
    private final Path folder;
    private final Memory memory = new Memory();
    private @Nullable FileChannel file;
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
        if (file == null) {
            memory.write(source, offset, length);
        } else {
            writeFully(file, ByteBuffer.wrap(source, offset, length));
        }
    }

    /**
     * How much was written, swallowed octets included.
     *
     * @return octets
     */
    @Override
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
        return file == null ? memory.open() : new FileInput(file);
    }

    /**
     * Forgets the message. Streams that were opened cannot be read any more.
     *
     * @throws IOException if the file cannot be closed
     */
    @Override
    public void close() throws IOException {
        memory.reset();
        if (file != null) {
            file.close();
        }
    }

    private void moveToFile() throws IOException {
        FileChannel created = FileChannel.open(
                folder.resolve("vmail-" + UUID.randomUUID() + ".spool"), ANONYMOUS, ownerOnly(folder.getFileSystem()));
        file = created;
        writeFully(created, memory.octets());
        memory.reset();
    }

    private static FileAttribute<?>[] ownerOnly(FileSystem system) {
        return system.supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static void writeFully(FileChannel file, ByteBuffer source) throws IOException {
        while (source.hasRemaining()) {
            file.write(source);
        }
    }

    /** What is in memory, without a copy for each reader. */
    private static final class Memory extends ByteArrayOutputStream {
        InputStream open() {
            return new ByteArrayInputStream(buf, 0, count);
        }

        ByteBuffer octets() {
            return ByteBuffer.wrap(buf, 0, count);
        }
    }

    /** Reads by position, as there is no name by which the file could be opened again. */
    private static final class FileInput extends InputStream {
        private final FileChannel file;
        private long position;

        FileInput(FileChannel file) {
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            byte[] octet = new byte[1];
            return read(octet, 0, 1) < 0 ? -1 : octet[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = file.read(ByteBuffer.wrap(target, offset, length), position);
            position += Math.max(count, 0);
            return count;
        }
    }
}
