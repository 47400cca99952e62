package org.vmail.delivery.relay;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.List;
import org.vmail.delivery.ReversePath;
import org.vmail.internal.Octets;
import org.vmail.mailbox.Delivery;

/**
 * A message on its way into a spool. A sync that fails is not tried again: the system may have dropped the pages and would
 * then report success.
 */
final class SpoolDelivery implements Delivery {
    private static final int BUFFER_OCTETS = 32 * 1024;

    private final SpoolIntake intake;
    private final SpoolFolder folder;
    private final String id;
    private final ReversePath from;
    private final List<ForwardPath> recipients;
    private final boolean bounded;
    private final Content content;
    private boolean ended;

    /** @param bounded whether the spool may be too full for it */
    SpoolDelivery(
            SpoolIntake intake,
            SpoolFolder folder,
            String id,
            ReversePath from,
            List<ForwardPath> recipients,
            boolean bounded)
            throws IOException {
        this.intake = intake;
        this.folder = folder;
        this.id = id;
        this.from = from;
        this.recipients = recipients;
        this.bounded = bounded;
        this.content = new Content(folder.create(id));
    }

    String id() {
        return id;
    }

    @Override
    public OutputStream message() {
        return content;
    }

    @Override
    public void commit() throws IOException {
        if (ended) {
            throw new IllegalStateException("This delivery has ended");
        }
        content.close();
        if (!content.complete) {
            throw new IOException("The message " + id + " was not written completely");
        }
        intake.commit(id, from, recipients, content.eightBit, content.octets);
        ended = true;
    }

    @Override
    public void close() throws IOException {
        if (!ended) {
            ended = true;
            try {
                content.channel.close();
            } finally {
                intake.discard(id, content.octets);
            }
        }
    }

    /** Closing syncs the file. A failed write leaves it closed but not complete. */
    private final class Content extends OutputStream {
        private final FileChannel channel;
        private final byte[] buffer = new byte[BUFFER_OCTETS];
        private int filled;
        private long octets;
        private boolean eightBit;
        private boolean complete;

        Content(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            if (!channel.isOpen()) {
                throw new IOException("Nothing can be added to a message that was closed");
            }
            eightBit |= !Octets.isAscii(source, offset, offset + length);
            for (int done = 0; done < length; ) {
                int count = Math.min(length - done, buffer.length - filled);
                System.arraycopy(source, offset + done, buffer, filled, count);
                filled += count;
                done += count;
                if (filled == buffer.length) {
                    drain();
                }
            }
        }

        @Override
        public void close() throws IOException {
            if (!channel.isOpen()) {
                return;
            }
            try (channel) {
                drain();
                folder.sync(channel);
            }
            complete = true;
        }

        private void drain() throws IOException {
            ByteBuffer pending = ByteBuffer.wrap(buffer, 0, filled);
            filled = 0;
            boolean written = false;
            try {
                intake.reserve(pending.remaining(), bounded);
                octets += pending.remaining();
                folder.write(channel, pending);
                written = true;
            } finally {
                if (!written) {
                    channel.close(); // some of it may be in the file, so trying again would store it twice
                }
            }
        }
    }
}
