package org.vmail.mailbox.maildir;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps what is known of mailboxes, in bounded memory; what was not used for the longest time goes first.
 *
 * <p>A large mailbox, which takes more than an eighth of the memory, makes room for itself among the large ones, which
 * together take half of it at most, before small ones have to go. One that takes more than half is not kept. Thread-safe.
 */
final class KnownMaildrops {
    private static final int LARGE = 8;

    private final long maxOctets;
    private final ReentrantLock lock = new ReentrantLock();
    private final LinkedHashMap<Path, KnownMaildrop> all = new LinkedHashMap<>(16, 0.75f, true);
    private long octets;
    private long largeOctets;

    KnownMaildrops(long maxOctets) {
        this.maxOctets = maxOctets;
    }

    Optional<KnownMaildrop> find(Path mailbox) {
        lock.lock();
        try {
            return Optional.ofNullable(all.get(mailbox));
        } finally {
            lock.unlock();
        }
    }

    void put(Path mailbox, KnownMaildrop known) {
        lock.lock();
        try {
            KnownMaildrop before = all.remove(mailbox);
            if (before != null) {
                forget(before);
            }
            if (known.octets() <= maxOctets / 2) {
                makeRoom(known);
                all.put(mailbox, known);
                count(known, 1);
            }
        } finally {
            lock.unlock();
        }
    }

    /** How much memory is taken, about. */
    long octets() {
        lock.lock();
        try {
            return octets;
        } finally {
            lock.unlock();
        }
    }

    private void makeRoom(KnownMaildrop known) {
        if (isLarge(known)) {
            Iterator<Map.Entry<Path, KnownMaildrop>> eldest = all.entrySet().iterator();
            while (largeOctets + known.octets() > maxOctets / 2) {
                KnownMaildrop old = eldest.next().getValue();
                if (isLarge(old)) {
                    eldest.remove();
                    forget(old);
                }
            }
        }
        Iterator<KnownMaildrop> eldest = all.values().iterator();
        while (octets + known.octets() > maxOctets) {
            KnownMaildrop old = eldest.next();
            eldest.remove();
            forget(old);
        }
    }

    private void forget(KnownMaildrop old) {
        count(old, -1);
    }

    private void count(KnownMaildrop known, int sign) {
        octets += sign * known.octets();
        if (isLarge(known)) {
            largeOctets += sign * known.octets();
        }
    }

    private boolean isLarge(KnownMaildrop known) {
        return known.octets() > maxOctets / LARGE;
    }
}
