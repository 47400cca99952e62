package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.util.AbstractList;
import java.util.List;
import java.util.Optional;
import java.util.RandomAccess;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** A maildrop of any size that takes no room: its messages are made while they are read. */
final class VirtualMaildrop implements Maildrop {
    private static final byte[] HEADER = "Subject: large\r\n\r\n".getBytes(US_ASCII);
    private static final byte[] LINE = ("x".repeat(78) + "\r\n").getBytes(US_ASCII);

    /** How much of any message was read. */
    final AtomicLong octetsRead = new AtomicLong();

    private final int count;
    private final long octets;

    /** So many messages, each of so many octets, rounded to whole lines. */
    VirtualMaildrop(int count, long octets) {
        this.count = count;
        this.octets = HEADER.length + octets / LINE.length * LINE.length;
    }

    @Override
    public List<StoredMessage> messages() {
        return new Messages();
    }

    @Override
    public Optional<InputStream> content(StoredMessage message) {
        return Optional.of(new Content());
    }

    @Override
    public void remove(Set<UniqueId> messages) {}

    @Override
    public void close() {}

    private final class Messages extends AbstractList<StoredMessage> implements RandomAccess {
        @Override
        public StoredMessage get(int index) {
            return new StoredMessage(new UniqueId("unique-id-of-message-" + index), octets);
        }

        @Override
        public int size() {
            return count;
        }
    }

    private final class Content extends InputStream {
        private long position;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (position == octets) {
                return -1;
            }
            boolean inHeader = position < HEADER.length;
            byte[] source = inHeader ? HEADER : LINE;
            int from = (int) (inHeader ? position : (position - HEADER.length) % LINE.length);
            int done = 0;
            while (done < length && position < octets) {
                int chunk = Math.min(source.length - from, length - done);
                System.arraycopy(source, from, target, offset + done, chunk);
                done += chunk;
                position += chunk;
                source = LINE;
                from = 0;
            }
            octetsRead.addAndGet(done);
            return done;
        }
    }
}
