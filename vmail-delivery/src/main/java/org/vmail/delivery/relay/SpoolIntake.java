package org.vmail.delivery.relay;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.relay.QueuedRecipient.Waiting;

/** How messages come into a spool: those of others, and its own reports. Thread-safe. */
final class SpoolIntake {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolIntake.class);
    private static final AtomicLong COUNT = new AtomicLong();
    private static final long PROCESS = ProcessHandle.current().pid();

    private final SpoolFolder folder;
    private final SpoolQueue queue;
    private final SpoolListener listener;
    private final Clock clock;

    SpoolIntake(SpoolFolder folder, SpoolQueue queue, SpoolListener listener, Clock clock) {
        this.folder = folder;
        this.queue = queue;
        this.listener = listener;
        this.clock = clock;
    }

    /** Begins a message of somebody else, for which there may be no room. */
    SpoolDelivery begin(ReversePath from, List<ForwardPath> recipients) throws IOException {
        return begin(from, recipients, true);
    }

    /** Begins a report, for which there is room even if the spool is full or being closed. */
    SpoolDelivery beginReport(ForwardPath sender) throws IOException {
        return begin(ReversePath.none(), List.of(sender), false);
    }

    private SpoolDelivery begin(ReversePath from, List<ForwardPath> recipients, boolean bounded) throws IOException {
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("A message needs a recipient");
        }
        queue.admit(bounded);
        boolean begun = false;
        try {
            SpoolDelivery delivery = new SpoolDelivery(this, folder, newId(), from, recipients, bounded);
            begun = true;
            return delivery;
        } finally {
            if (!begun) {
                queue.release(0);
            }
        }
    }

    private String newId() {
        Instant now = clock.instant();
        return String.format(
                Locale.ROOT,
                "%d.%06d.%d.%d",
                now.getEpochSecond(),
                now.getNano() / 1000,
                PROCESS,
                COUNT.incrementAndGet());
    }

    void reserve(long count, boolean bounded) throws IOException {
        queue.reserve(count, bounded);
    }

    /** A delivery that was begun has ended without a commit. */
    void discard(String id, long reserved) {
        folder.discard(id);
        queue.release(reserved);
    }

    /** Makes a message durable whose content is. */
    void commit(String id, ReversePath from, List<ForwardPath> recipients, boolean eightBit, long size)
            throws IOException {
        Instant now = clock.instant();
        List<QueuedRecipient> waiting = recipients.stream()
                .<QueuedRecipient>map(path -> new Waiting(path, Optional.empty()))
                .toList();
        QueuedEnvelope envelope = new QueuedEnvelope(now, from, eightBit, 0, now, waiting);
        folder.add(id, envelope);
        LOG.info("Queued: id={} from={} recipients={} octets={}", id, from, recipients.size(), size);
        SpoolEntry entry = new SpoolEntry(id, size, envelope);
        listener.queued(entry.message());
        queue.add(entry);
    }
}
