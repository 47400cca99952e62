package org.vmail.delivery.relay;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Which messages wait, which of them are due, and whether there is room for more. Thread-safe. */
final class SpoolQueue {
    /** A clock that is set is noticed after this time. */
    private static final long LONGEST_WAIT_MILLIS = 60_000;

    private final SpoolOptions options;
    private final Clock clock;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // These are guarded by the lock.
    private final PriorityQueue<SpoolEntry> waiting = new PriorityQueue<>(
            Comparator.comparing((SpoolEntry entry) -> entry.envelope().next()));
    private final Map<String, SpoolEntry> taken = new HashMap<>();
    private Instant pausedUntil = Instant.MIN;
    private int messages;
    private long octets;
    private boolean closed;

    SpoolQueue(SpoolOptions options, Clock clock) {
        this.options = options;
        this.clock = clock;
    }

    /** How many there are, those included that are being accepted. */
    int messages() {
        lock.lock();
        try {
            return messages;
        } finally {
            lock.unlock();
        }
    }

    /** All that were accepted, the oldest first. */
    List<SpooledMessage> list() {
        List<SpoolEntry> entries;
        lock.lock();
        try {
            entries = new ArrayList<>(waiting);
            entries.addAll(taken.values());
        } finally {
            lock.unlock();
        }
        return entries.stream()
                .map(SpoolEntry::message)
                .sorted(Comparator.comparing(SpooledMessage::arrived).thenComparing(SpooledMessage::id))
                .toList();
    }

    /** Adds what was in the folder. */
    void restore(SpoolEntry entry) {
        lock.lock();
        try {
            messages++;
            octets += entry.octets();
            waiting.add(entry);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Makes room for a message that is to be accepted.
     *
     * @param bounded whether the spool may be too full for it, or closed: a report may still be written by a transfer that
     *     ends while the spool is being closed
     */
    void admit(boolean bounded) throws IOException {
        lock.lock();
        try {
            requireOpen(bounded);
            if (bounded && messages >= options.maxMessages()) {
                throw new IOException("The spool is full: " + messages + " messages wait");
            }
            messages++;
        } finally {
            lock.unlock();
        }
    }

    /** Makes room for some octets of a message that was admitted. */
    void reserve(long count, boolean bounded) throws IOException {
        lock.lock();
        try {
            requireOpen(bounded);
            if (bounded && octets + count > options.maxOctets()) {
                throw new IOException("The spool is full: messages of " + octets + " octets wait");
            }
            octets += count;
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen(boolean bounded) throws IOException {
        if (closed && bounded) {
            throw new IOException("The spool is closed");
        }
    }

    /** A message that was admitted, and of which some octets were reserved, is gone. */
    void release(long count) {
        lock.lock();
        try {
            messages--;
            octets -= count;
        } finally {
            lock.unlock();
        }
    }

    /** Adds a message that was admitted. */
    void add(SpoolEntry entry) {
        lock.lock();
        try {
            waiting.add(entry);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a message that is due, and takes it; empty if the spool is closed. */
    Optional<SpoolEntry> awaitDue() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                Instant now = clock.instant();
                Optional<SpoolEntry> due = takeDue(now);
                if (due.isPresent()) {
                    return due;
                }
                changed.await(waitMillis(now), TimeUnit.MILLISECONDS);
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    /** Takes a message that is due now. */
    Optional<SpoolEntry> takeDue() {
        lock.lock();
        try {
            return takeDue(clock.instant());
        } finally {
            lock.unlock();
        }
    }

    private long waitMillis(Instant now) {
        SpoolEntry first = waiting.peek();
        if (first == null) {
            return LONGEST_WAIT_MILLIS;
        }
        Instant next = first.envelope().next();
        Instant until = next.isAfter(pausedUntil) ? next : pausedUntil;
        long millis = until.toEpochMilli() - now.toEpochMilli();
        return Math.max(1, Math.min(millis, LONGEST_WAIT_MILLIS));
    }

    private Optional<SpoolEntry> takeDue(Instant now) {
        // Times that are too far away were set by a clock that was wrong.
        boolean paused = now.isBefore(pausedUntil) && !pausedUntil.isAfter(now.plus(options.pause()));
        SpoolEntry first = waiting.peek();
        if (paused || first == null) {
            return Optional.empty();
        }
        Instant next = first.envelope().next();
        boolean due = !next.isAfter(now) || next.isAfter(now.plus(options.maxRetryInterval()));
        return due ? take(first) : Optional.empty();
    }

    private Optional<SpoolEntry> take(SpoolEntry entry) {
        waiting.remove(entry);
        taken.put(entry.id(), entry);
        return Optional.of(entry);
    }

    /** Takes a message that waits, whether it is due or not. */
    Optional<SpoolEntry> take(String id) {
        lock.lock();
        try {
            return waiting.stream()
                    .filter(entry -> entry.id().equals(id))
                    .findFirst()
                    .flatMap(this::take);
        } finally {
            lock.unlock();
        }
    }

    boolean isTaken(String id) {
        lock.lock();
        try {
            return taken.containsKey(id);
        } finally {
            lock.unlock();
        }
    }

    /** A message that was taken waits again. */
    void giveBack(SpoolEntry entry) {
        lock.lock();
        try {
            taken.remove(entry.id());
            waiting.add(entry);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** A message that was taken is done with. */
    void end(SpoolEntry entry) {
        lock.lock();
        try {
            taken.remove(entry.id());
            messages--;
            octets -= entry.octets();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is due for a while. */
    void pause() {
        lock.lock();
        try {
            pausedUntil = clock.instant().plus(options.pause());
        } finally {
            lock.unlock();
        }
    }

    /** Ends a pause. */
    void resume() {
        lock.lock();
        try {
            pausedUntil = Instant.MIN;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Everything that waits is due now, and there is no pause. */
    void retryNow() {
        lock.lock();
        try {
            Instant now = clock.instant();
            List<SpoolEntry> entries = List.copyOf(waiting);
            waiting.clear();
            entries.forEach(entry -> entry.envelope(entry.envelope().due(now)));
            waiting.addAll(entries);
            resume();
        } finally {
            lock.unlock();
        }
    }

    /** Nothing is taken or admitted any more, but for reports. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Returns early, and true, if it is closed. */
    boolean awaitClosed(Duration limit) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long nanos = limit.toNanos();
            while (!closed && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            return closed;
        } finally {
            lock.unlock();
        }
    }
}
