package org.vmail.mailbox.maildir;

import com.google.common.io.Closer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.internal.Folders;
import org.vmail.mailbox.internal.LineEnds;

/**
 * Written and synced in tmp, then renamed into new, whose entry is synced as well.
 *
 * <p>A sync that fails is not tried again: the system may have dropped the pages and would then report success.
 */
final class MaildirDelivery implements Delivery {
    private final MaildirFolder folder;
    private final String uniqueName;
    private final Path file;
    private final StoredFile stream;
    private final Allowance room;
    /** Where it is, or may be, since it was to become visible. */
    private @Nullable Path visible;

    private boolean ended;
    private boolean committed;
    /** Whether it was there to be removed, when it was withdrawn. */
    private boolean removed;

    /** Part of a commit. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private MaildirDelivery(MaildirFolder folder, String uniqueName, Path file, StoredFile stream, Allowance room) {
        this.folder = folder;
        this.uniqueName = uniqueName;
        this.file = file;
        this.stream = stream;
        this.room = room;
    }

    /**
     * Begins one.
     *
     * @param room given back by the delivery, but not if it cannot begin
     */
    static MaildirDelivery begin(MaildirFolder folder, String uniqueName, Allowance room) throws IOException {
        Path file = folder.tmp().resolve(uniqueName);
        FileChannel channel = FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), folder.ownerOnlyFile());
        return new MaildirDelivery(folder, uniqueName, file, new StoredFile(channel), room);
    }

    /**
     * Begins one whose file is that of this one, which can be linked to.
     *
     * @param room given back by the delivery, but not if it cannot begin
     * @throws IOException if there can be no such link
     */
    MaildirDelivery link(MaildirFolder to, String name, Allowance room) throws IOException {
        MaildirDelivery delivery = new MaildirDelivery(to, name, to.tmp().resolve(name), stream, room);
        Path existing = visible == null ? file : visible;
        try {
            Files.createLink(delivery.file, existing);
        } catch (FileAlreadyExistsException e) {
            // NFS says so when it has made the link, and the answer was lost.
            if (!Files.isSameFile(delivery.file, existing)) {
                throw e;
            }
        } catch (IOException e) {
            Files.deleteIfExists(delivery.file); // it may have been made nevertheless
            throw e;
        }
        return delivery;
    }

    /** The size of its file; empty if it is not complete, or withdrawn. Once it is visible, its owner may have removed it. */
    OptionalLong linkableOctets() {
        return stream.complete && (committed || !ended) ? OptionalLong.of(stream.storedOctets()) : OptionalLong.empty();
    }

    @Override
    public OutputStream message() {
        return stream;
    }

    @Override
    public void reveal() throws IOException {
        if (ended) {
            throw new IllegalStateException("This delivery has ended");
        }
        if (visible != null) {
            return;
        }
        stream.close();
        if (!stream.complete) {
            throw new IOException("The message in " + file + " was not written completely");
        }
        Path named = folder.fresh().resolve(uniqueName + stream.sizeFields());
        visible = named;
        orWithdraw(() ->
                room.makeVisible(stream.storedOctets(), () -> Files.move(file, named, StandardCopyOption.ATOMIC_MOVE)));
    }

    @Override
    public void commit() throws IOException {
        reveal();
        orWithdraw(() -> Folders.sync(folder.fresh()));
        ended = true;
        committed = true;
        room.kept();
    }

    private void orWithdraw(Step step) throws IOException {
        try {
            step.run();
        } catch (IOException | RuntimeException e) {
            try {
                close();
            } catch (IOException remains) {
                e.addSuppressed(remains);
            }
            throw e;
        }
    }

    /**
     * Each is tried, even if another failed. The message is removed from new even if its renaming is said to have failed: it
     * may have succeeded.
     */
    @Override
    public void close() throws IOException {
        if (ended) {
            return;
        }
        ended = true;
        try (Closer closer = Closer.create()) {
            closer.register(this::giveBack);
            closer.register(() -> Files.deleteIfExists(file));
            closer.register(stream::abandon);
            if (visible != null) {
                Path named = visible;
                closer.register(() -> removed = Files.deleteIfExists(named));
            }
        }
    }

    private void giveBack() {
        if (visible == null || removed) {
            room.giveBack();
        } else {
            room.lost();
        }
    }

    /** Buffers and converts; closing syncs the file. A failed write leaves it closed but not complete. */
    private static final class StoredFile extends OutputStream {
        private static final int CHUNK = 16 * 1024;

        private final FileChannel channel;
        private final LineEnds.ToStored converter = new LineEnds.ToStored();
        private final byte[] buffer = new byte[2 * CHUNK + 2];
        private int filled;
        private boolean complete;

        StoredFile(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] octets, int offset, int length) throws IOException {
            if (!channel.isOpen()) {
                throw new IOException("Nothing can be added to a message that was closed");
            }
            for (int done = 0; done < length; ) {
                int chunk = Math.min(length - done, CHUNK);
                makeRoom(chunk + 1);
                filled = converter.convert(octets, offset + done, chunk, buffer, filled);
                done += chunk;
            }
        }

        @Override
        public void close() throws IOException {
            if (!channel.isOpen()) {
                return;
            }
            try (channel) {
                makeRoom(1);
                filled = converter.finish(buffer, filled);
                drain();
                channel.force(true);
            }
            complete = true;
        }

        void abandon() throws IOException {
            channel.close();
        }

        long storedOctets() {
            return converter.storedOctets();
        }

        String sizeFields() {
            return ",S=" + converter.storedOctets() + ",W=" + converter.wireOctets();
        }

        private void makeRoom(int octets) throws IOException {
            if (filled + octets > buffer.length) {
                drain();
            }
        }

        private void drain() throws IOException {
            ByteBuffer pending = ByteBuffer.wrap(buffer, 0, filled);
            filled = 0;
            try {
                while (pending.hasRemaining()) {
                    channel.write(pending);
                }
            } catch (IOException e) {
                channel.close(); // some of it may be in the file, so trying again would store it twice
                throw e;
            }
        }
    }
}
