package org.vmail.mailbox.mbox;

import com.google.common.collect.MapMaker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.BeginResult.OverQuota;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.QuotaUsage;

/**
 * Counts the mboxes of a store against their quotas: what a mailbox holds is the size of its file. Messages are counted only
 * where their number is limited. Thread-safe.
 *
 * <p>Deliveries of this process that are under way are counted when one begins. Against other processes the file is looked at
 * again when it is locked for the append.
 */
final class MboxQuota {
    private static final ConcurrentMap<Path, UnderWay> UNDER_WAY =
            new MapMaker().weakValues().makeMap();

    private static final int MAX_TRIES = 100;

    private final QuotaPolicy policy;
    private final MessageCounts counts = new MessageCounts();

    MboxQuota(QuotaPolicy policy) {
        this.policy = policy;
    }

    /** The messages that this process delivers to a file. */
    static final class UnderWay {
        private final ReentrantLock lock = new ReentrantLock();
        private long octets;
        private long messages;
        /** What the file held before the append that is going on. */
        private @Nullable QuotaUsage base;

        QuotaUsage with(QuotaUsage stored) {
            return new QuotaUsage(stored.octets() + octets, stored.messages() + messages);
        }

        void appending(QuotaUsage before) {
            lock.lock();
            try {
                base = before;
            } finally {
                lock.unlock();
            }
        }

        void end(long size, boolean appended) {
            lock.lock();
            try {
                octets -= size;
                messages--;
                if (appended) {
                    base = null;
                }
            } finally {
                lock.unlock();
            }
        }
    }

    Quota quota(MailAddress account) throws IOException {
        return policy.quota(account);
    }

    /** Says whether there is room for a message. */
    Optional<OverQuota> refusal(Quota quota, MboxPaths paths, Settings settings, long size) throws IOException {
        UnderWay underWay = lockedWithCount(quota, paths, settings);
        try {
            return usage(quota, paths, underWay).refusal(quota, size);
        } finally {
            underWay.lock.unlock();
        }
    }

    /** What came of asking for room. */
    sealed interface Answer {}

    /** The delivery has room. */
    record Taken(Room room) implements Answer {}

    /** There is none. */
    record Refused(OverQuota why) implements Answer {}

    /** Takes room for a message. */
    Answer claim(MailAddress account, Quota quota, MboxPaths paths, Settings settings, long size) throws IOException {
        UnderWay underWay = lockedWithCount(quota, paths, settings);
        try {
            Optional<OverQuota> refusal = usage(quota, paths, underWay).refusal(quota, size);
            if (refusal.isPresent()) {
                return new Refused(refusal.get());
            }
            underWay.octets += size;
            underWay.messages++;
            return new Taken(new Room(Optional.of(account), quota, underWay, size));
        } finally {
            underWay.lock.unlock();
        }
    }

    /** The room of a message that is not asked whether it fits. */
    Room unlimited(MboxPaths paths) {
        return new Room(Optional.empty(), Quota.UNLIMITED, underWay(paths), 0).withoutClaim();
    }

    /**
     * Takes the lock on what is under way, when the number of messages is known. The file is not read within it: whoever has
     * the file locked needs this lock to end.
     */
    private UnderWay lockedWithCount(Quota quota, MboxPaths paths, Settings settings) throws IOException {
        UnderWay underWay = underWay(paths);
        for (int i = 0; i < MAX_TRIES; i++) {
            if (isCounted(quota)) {
                counts.of(paths, settings);
            }
            underWay.lock.lock();
            boolean known = false;
            try {
                known = underWay.base != null
                        || !isCounted(quota)
                        || counts.known(paths, FileState.of(paths.mbox())).isPresent();
                if (known) {
                    return underWay;
                }
            } finally {
                if (!known) {
                    underWay.lock.unlock();
                }
            }
        }
        throw new IOException(paths.mbox() + " is changed all the time");
    }

    private QuotaUsage usage(Quota quota, MboxPaths paths, UnderWay underWay) throws IOException {
        if (underWay.base != null) {
            return underWay.with(underWay.base);
        }
        Optional<FileState> state = FileState.of(paths.mbox());
        long octets = state.map(FileState::size).orElse(0L);
        long messages = isCounted(quota) ? counts.known(paths, state).orElse(0L) : 0;
        return underWay.with(new QuotaUsage(octets, messages));
    }

    private static boolean isCounted(Quota quota) {
        return quota.messages() != Long.MAX_VALUE;
    }

    private static UnderWay underWay(MboxPaths paths) {
        return UNDER_WAY.computeIfAbsent(paths.mbox(), path -> new UnderWay());
    }

    /** The room of one message. Used by one thread. */
    final class Room {
        private final Optional<MailAddress> account;
        private final Quota quota;
        private final UnderWay underWay;
        private final long claimed;
        private boolean held = true;
        private boolean appending;
        private QuotaUsage before = QuotaUsage.NONE;
        private QuotaUsage after = QuotaUsage.NONE;

        Room(Optional<MailAddress> account, Quota quota, UnderWay underWay, long claimed) {
            this.account = account;
            this.quota = quota;
            this.underWay = underWay;
            this.claimed = claimed;
        }

        Room withoutClaim() {
            held = false;
            return this;
        }

        /** Checks that there is room in a locked mbox. */
        void require(MboxLock lock, long size) throws IOException {
            if (quota.isUnlimited()) {
                return;
            }
            before = new QuotaUsage(lock.file().size(), isCounted(quota) ? counts.of(lock) : 0);
            if (before.refusal(quota, size).isPresent()) {
                throw new IOException(lock.paths().mbox() + " has no room for " + size + " octets any more");
            }
            appending = true;
            underWay.appending(before);
        }

        /** Notes that the message is in the locked mbox. */
        void appended(MboxLock lock) throws IOException {
            if (quota.isUnlimited()) {
                return;
            }
            after = new QuotaUsage(lock.file().size(), before.messages() + 1);
            if (isCounted(quota)) {
                counts.put(lock, after.messages());
            }
        }

        /** Says what has to be said of a message that was delivered. */
        void delivered() {
            account.ifPresent(owner -> policy.delivered(owner, quota, before, after));
        }

        /** Ends it; may be called again. */
        void end() {
            if (held) {
                held = false;
                underWay.end(claimed, appending);
            }
        }
    }
}
