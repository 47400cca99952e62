package org.vmail.mailbox.memory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.QuotaUsage;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.internal.LineEnds;

/**
 * Mailboxes in memory, which end with the process. "Durable" means nothing more here than "committed".
 *
 * <p>Thread-safe. All that it holds, and all that is being delivered to it, is bounded together.
 */
public final class InMemoryStore implements MaildropStore, DeliveryTarget {
    /** The default bound: 256 MiB. */
    public static final long DEFAULT_MAX_OCTETS = 256L << 20;

    private final long maxOctets;
    private final QuotaPolicy quotas;
    /** Unique-ids of this process must differ from those of one before it, which clients may remember. */
    private final String series = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);

    private final Map<MailAddress, Map<UniqueId, byte[]>> mailboxes = new HashMap<>();
    /** What each account has, and what is under way to it with room that it was given. */
    private final Map<MailAddress, QuotaUsage> usages = new HashMap<>();

    private final Set<MailAddress> inUse = new HashSet<>();
    private long octets;
    private long count;

    /** A store that holds up to {@link #DEFAULT_MAX_OCTETS}, without quotas. */
    public InMemoryStore() {
        this(DEFAULT_MAX_OCTETS);
    }

    /**
     * A store with a bound of its own, without quotas.
     *
     * @param maxOctets how much all mailboxes hold together; a delivery beyond it fails, and may succeed later
     */
    public InMemoryStore(long maxOctets) {
        this(maxOctets, QuotaPolicy.NONE);
    }

    private InMemoryStore(long maxOctets, QuotaPolicy quotas) {
        this.maxOctets = maxOctets;
        this.quotas = quotas;
    }

    /**
     * Limits mailboxes. Messages are counted as they are read, lines ending in CRLF.
     *
     * @param policy the limits, and who is told when a mailbox is nearly full; by default there are none
     * @return an empty store with the same bound; this one keeps its mailboxes
     */
    public InMemoryStore withQuota(QuotaPolicy policy) {
        return new InMemoryStore(maxOctets, policy);
    }

    @Override
    public synchronized OpenResult open(MailAddress account) {
        if (!inUse.add(account)) {
            return new OpenResult.InUse();
        }
        List<StoredMessage> messages = new ArrayList<>();
        mailbox(account).forEach((id, content) -> messages.add(new StoredMessage(id, content.length)));
        return new OpenResult.Opened(new Session(account, List.copyOf(messages)));
    }

    @Override
    public Delivery begin(MailAddress account) {
        return new Draft(account, Room.UNASKED);
    }

    @Override
    public BeginResult begin(MailAddress account, long size) throws IOException {
        Quota quota = quotas.quota(account);
        synchronized (this) {
            QuotaUsage before = usage(account);
            Optional<BeginResult.OverQuota> refusal = before.refusal(quota, size);
            if (refusal.isPresent()) {
                return refusal.get();
            }
            usages.put(account, before.plusMessage(size));
            return new BeginResult.Begun(new Draft(account, new Room(quota, size, before)));
        }
    }

    @Override
    public Optional<BeginResult.OverQuota> overQuota(MailAddress account, long size) throws IOException {
        Quota quota = quotas.quota(account);
        synchronized (this) {
            return usage(account).refusal(quota, size);
        }
    }

    private synchronized void giveBack(MailAddress account, long size) {
        usages.put(account, usage(account).minusMessage(size));
    }

    private QuotaUsage usage(MailAddress account) {
        return usages.getOrDefault(account, QuotaUsage.NONE);
    }

    private Map<UniqueId, byte[]> mailbox(MailAddress account) {
        return mailboxes.computeIfAbsent(account, unknown -> new LinkedHashMap<>());
    }

    private synchronized byte @Nullable [] content(MailAddress account, UniqueId id) {
        return mailbox(account).get(id);
    }

    private synchronized void add(MailAddress account, byte[] content, Room room) throws IOException {
        QuotaUsage before = room.claimed < 0 ? usage(account) : usage(account).minusMessage(room.claimed);
        QuotaUsage after = before.plusMessage(content.length);
        if (content.length > room.claimed && after.exceeds(room.quota)) {
            throw new IOException("The mailbox of " + account + " has no room for " + content.length + " octets");
        }
        usages.put(account, after);
        mailbox(account).put(new UniqueId(series + "-" + ++count), content);
    }

    private synchronized void remove(MailAddress account, Set<UniqueId> ids) {
        for (UniqueId id : ids) {
            byte[] removed = mailbox(account).remove(id);
            if (removed != null) {
                octets -= removed.length;
                giveBack(account, removed.length);
            }
        }
    }

    private synchronized void release(MailAddress account) {
        inUse.remove(account);
    }

    private synchronized void reserve(long wanted) throws IOException {
        if (octets + wanted > maxOctets) {
            throw new IOException("The mailboxes in memory hold " + maxOctets + " octets and no more");
        }
        octets += wanted;
    }

    private final class Session implements Maildrop {
        private final MailAddress account;
        private final List<StoredMessage> messages;
        private boolean closed;

        Session(MailAddress account, List<StoredMessage> messages) {
            this.account = account;
            this.messages = messages;
        }

        @Override
        public List<StoredMessage> messages() {
            return messages;
        }

        @Override
        public Optional<InputStream> content(StoredMessage message) {
            return Optional.ofNullable(InMemoryStore.this.content(account, message.uniqueId()))
                    .map(ByteArrayInputStream::new);
        }

        @Override
        public void remove(Set<UniqueId> ids) {
            InMemoryStore.this.remove(account, ids);
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                release(account);
            }
        }
    }

    /**
     * What a message was given.
     *
     * @param claimed the size that is counted already; negative if none is
     * @param before what the mailbox held then: no other message was given room at the same
     */
    private record Room(Quota quota, long claimed, QuotaUsage before) {
        static final Room UNASKED = new Room(Quota.UNLIMITED, -1, QuotaUsage.NONE);
    }

    private final class Draft implements Delivery {
        private final MailAddress account;
        private final Room room;
        private final Buffer buffer = new Buffer();
        private boolean ended;

        Draft(MailAddress account, Room room) {
            this.account = account;
            this.room = room;
        }

        @Override
        public OutputStream message() {
            return buffer;
        }

        @Override
        public void commit() throws IOException {
            if (ended) {
                throw new IllegalStateException("This delivery has ended");
            }
            buffer.close();
            byte[] wire = buffer.wireForm();
            reserve(wire.length - buffer.reserved);
            buffer.reserved = wire.length;
            add(account, wire, room);
            ended = true;
            if (!room.quota.isUnlimited()) {
                quotas.delivered(account, room.quota, room.before, room.before.plusMessage(wire.length));
            }
        }

        @Override
        public void close() throws IOException {
            if (!ended) {
                ended = true;
                buffer.close();
                reserve(-buffer.reserved);
                if (room.claimed >= 0) {
                    giveBack(account, room.claimed);
                }
            }
        }
    }

    /** What was written so far, as it was written; every octet of it is reserved first. */
    private final class Buffer extends OutputStream {
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();
        private long reserved;
        private boolean closed;
        private boolean incomplete;

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) throws IOException {
            if (closed) {
                throw new IOException("Nothing can be added to a message that was closed");
            }
            incomplete = true;
            reserve(length);
            reserved += length;
            written.write(source, offset, length);
            incomplete = false;
        }

        @Override
        public void close() {
            closed = true;
        }

        byte[] wireForm() throws IOException {
            if (incomplete) {
                throw new IOException("The message was not written completely");
            }
            return new LineEnds.ToWire(new ByteArrayInputStream(written.toByteArray())).readAllBytes();
        }
    }
}
