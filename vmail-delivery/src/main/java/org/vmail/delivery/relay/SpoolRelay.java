package org.vmail.delivery.relay;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.Relay;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.relay.QueuedRecipient.Failed;
import org.vmail.delivery.relay.QueuedRecipient.Trouble;
import org.vmail.delivery.relay.QueuedRecipient.Waiting;
import org.vmail.mailbox.Delivery;
import org.vmail.net.internal.Threads;

/**
 * A relay that keeps each message in a folder until the next hop has taken it for all of its recipients.
 *
 * <p>What is committed survives a crash. It is handed over at once, and again at growing intervals to recipients for whom it
 * was deferred; after {@linkplain SpoolOptions#withExpiry some days} they count as refused. For whom it was refused the
 * reverse-path gets a report (RFC 3464), which goes the same way; nobody is told of a report that cannot be delivered, but
 * the log. Nobody whom the next hop has accepted is sent the message again, unless the machine or the program stops in
 * between: then twice is better than never (RFC 1047).
 *
 * <p>A folder belongs to one spool at a time, which its lock file sees to. Thread-safe.
 */
public final class SpoolRelay implements Relay, Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolRelay.class);
    private static final AtomicLong COUNT = new AtomicLong();
    private static final long PROCESS = ProcessHandle.current().pid();

    /** A clock that is set is noticed after this time. */
    private static final long LONGEST_WAIT_MILLIS = 60_000;

    private static final EnhancedStatus EXPIRED = new EnhancedStatus(4, 4, 7);
    private static final Trouble OUT_OF_ORDER =
            new Trouble(new EnhancedStatus(4, 4, 1), false, "the next host cannot be reached");
    private static final Trouble FAULT =
            new Trouble(EnhancedStatus.SYSTEM_FAILURE, false, "the message cannot be sent from here now");

    /** A message that was committed; its envelope is changed by the thread that has taken it out of the queue. */
    private static final class Entry {
        private final String id;
        private final long octets;
        private QueuedEnvelope envelope;
        private boolean saved = true;

        Entry(String id, long octets, QueuedEnvelope envelope) {
            this.id = id;
            this.octets = octets;
            this.envelope = envelope;
        }
    }

    private final SpoolFolder folder;
    private final NextHop nextHop;
    private final SpoolOptions options;
    private final Clock clock;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // These are guarded by the lock.
    private final PriorityQueue<Entry> queue =
            new PriorityQueue<>(Comparator.comparing((Entry entry) -> entry.envelope.next()));
    private final List<Thread> workers = new ArrayList<>();
    private Instant pausedUntil = Instant.MIN;
    private int messages;
    private long octets;
    private boolean closed;
    private final Set<Thread> transfers = new HashSet<>();
    private boolean breakingOff;

    SpoolRelay(Path folder, NextHop nextHop, SpoolOptions options, Clock clock, SpoolFiles files) throws IOException {
        this.nextHop = nextHop;
        this.options = options;
        this.clock = clock;
        this.folder = SpoolFolder.open(folder, files);
        boolean loaded = false;
        try {
            for (Map.Entry<String, QueuedEnvelope> message : this.folder.load().entrySet()) {
                String id = message.getKey();
                Entry entry = new Entry(id, Files.size(this.folder.content(id)), message.getValue());
                queue.add(entry);
                messages++;
                octets += entry.octets;
            }
            loaded = true;
        } finally {
            if (!loaded) {
                this.folder.close();
            }
        }
    }

    /**
     * Opens a spool with the default bounds. Nothing is sent before it is {@linkplain #start started}.
     *
     * @param folder where messages are kept; made if it is missing, with access for its owner alone
     * @param nextHop who takes them
     * @return the spool, with what was in the folder; the caller closes it
     * @throws IOException if the folder cannot be used, or is in use
     */
    public static SpoolRelay open(Path folder, NextHop nextHop) throws IOException {
        return open(folder, nextHop, SpoolOptions.defaults());
    }

    /**
     * Opens a spool. Nothing is sent before it is {@linkplain #start started}.
     *
     * @param folder where messages are kept; made if it is missing, with access for its owner alone
     * @param nextHop who takes them
     * @param options the bounds
     * @return the spool, with what was in the folder; the caller closes it
     * @throws IOException if the folder cannot be used, or is in use
     */
    public static SpoolRelay open(Path folder, NextHop nextHop, SpoolOptions options) throws IOException {
        return new SpoolRelay(folder, nextHop, options, Clock.systemUTC(), new SpoolFiles());
    }

    /**
     * Begins to send what is there and what comes, on threads of its own.
     *
     * @throws IllegalStateException if it was started or closed before
     */
    public void start() {
        lock.lock();
        try {
            if (closed || !workers.isEmpty()) {
                throw new IllegalStateException("A spool is started once, and before it is closed");
            }
            ThreadFactory threads = Threads.daemons("vmail-relay");
            for (int i = 0; i < options.maxTransfers(); i++) {
                workers.add(threads.newThread(this::work));
            }
            workers.forEach(Thread::start);
        } finally {
            lock.unlock();
        }
    }

    /**
     * How many messages wait or are being sent, those included that are being accepted.
     *
     * @return the number of messages
     */
    public int messages() {
        lock.lock();
        try {
            return messages;
        } finally {
            lock.unlock();
        }
    }

    /** Tries everything again now, as an administrator wants it who has mended the next hop. */
    public void retryNow() {
        lock.lock();
        try {
            pausedUntil = Instant.MIN;
            Instant now = clock.instant();
            List<Entry> entries = List.copyOf(queue);
            queue.clear();
            entries.forEach(entry -> entry.envelope = entry.envelope.due(now));
            queue.addAll(entries);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Delivery begin(Envelope envelope) throws IOException {
        List<ForwardPath> recipients =
                envelope.recipients().stream().map(ForwardPath::of).distinct().toList();
        return begin(envelope.reversePath(), recipients, true);
    }

    private SpoolDelivery begin(ReversePath from, List<ForwardPath> recipients, boolean bounded) throws IOException {
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("A message needs a recipient");
        }
        admit(bounded);
        boolean begun = false;
        try {
            SpoolDelivery delivery = new SpoolDelivery(this, folder, newId(), from, recipients, bounded);
            begun = true;
            return delivery;
        } finally {
            if (!begun) {
                release(0);
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

    private void admit(boolean bounded) throws IOException {
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

    /** A report may still be written by a transfer that ends while the spool is being closed. */
    private void requireOpen(boolean bounded) throws IOException {
        if (closed && bounded) {
            throw new IOException("The spool is closed");
        }
    }

    /** Makes room for some octets of a message that is being accepted. */
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

    /** A message of which some octets were reserved is gone. */
    void release(long count) {
        lock.lock();
        try {
            messages--;
            octets -= count;
        } finally {
            lock.unlock();
        }
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
        enqueue(new Entry(id, size, envelope));
    }

    private void enqueue(Entry entry) {
        lock.lock();
        try {
            queue.add(entry);
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        try {
            for (Optional<Entry> entry = awaitDue(); entry.isPresent(); entry = awaitDue()) {
                attempt(entry.get());
            }
        } catch (InterruptedException nobodyDoesThat) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for a message that is due; empty if the spool is closed. */
    private Optional<Entry> awaitDue() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!closed) {
                Instant now = clock.instant();
                Optional<Entry> due = takeDue(now);
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

    private long waitMillis(Instant now) {
        Entry first = queue.peek();
        if (first == null) {
            return LONGEST_WAIT_MILLIS;
        }
        Instant until = first.envelope.next().isAfter(pausedUntil) ? first.envelope.next() : pausedUntil;
        long millis = until.toEpochMilli() - now.toEpochMilli();
        return Math.max(1, Math.min(millis, LONGEST_WAIT_MILLIS));
    }

    private Optional<Entry> takeDue(Instant now) {
        // Times that are too far away were set by a clock that was wrong.
        boolean paused = now.isBefore(pausedUntil) && !pausedUntil.isAfter(now.plus(options.pause()));
        Entry first = queue.peek();
        if (paused || first == null) {
            return Optional.empty();
        }
        Instant next = first.envelope.next();
        boolean due = !next.isAfter(now) || next.isAfter(now.plus(options.maxRetryInterval()));
        return due ? Optional.ofNullable(queue.poll()) : Optional.empty();
    }

    /** Deals with one message that is due, in the calling thread; returns whether there was one. */
    boolean attemptNext() {
        Optional<Entry> entry;
        lock.lock();
        try {
            entry = takeDue(clock.instant());
        } finally {
            lock.unlock();
        }
        entry.ifPresent(this::attempt);
        return entry.isPresent();
    }

    /** Whatever comes of it, the message is in the queue again or done with. */
    private void attempt(Entry entry) {
        boolean done = false;
        try {
            done = proceed(entry);
        } catch (IOException e) {
            LOG.error("What became of the message {} cannot be written down; it waits until it can", entry.id, e);
        } catch (RuntimeException | Error e) {
            LOG.error("The message {} waits; this is a bug in vmail or in what was plugged in", entry.id, e);
        } finally {
            if (done) {
                release(entry.octets);
            } else {
                Instant now = clock.instant();
                if (!entry.envelope.next().isAfter(now)) {
                    entry.envelope = entry.envelope.due(now.plus(options.minRetryInterval()));
                }
                enqueue(entry);
            }
        }
    }

    /** Returns whether nobody needs the message any more. Nothing is sent while the last results are not written down. */
    private boolean proceed(Entry entry) throws IOException {
        if (!entry.saved) {
            save(entry);
        }
        report(entry);
        List<Waiting> waiting = entry.envelope.waiting();
        if (!waiting.isEmpty()) {
            Instant next = clock.instant().plus(options.interval(entry.envelope.attempts() + 1));
            entry.envelope = entry.envelope.tried(next);
            for (int from = 0; from < waiting.size(); from += options.maxRecipients()) {
                List<Waiting> some = waiting.subList(from, Math.min(from + options.maxRecipients(), waiting.size()));
                boolean inOrder = send(entry, some);
                if (!entry.envelope.recipients().isEmpty()) {
                    save(entry);
                }
                if (!inOrder) {
                    break;
                }
            }
            report(entry);
        }
        if (!entry.envelope.recipients().isEmpty()) {
            return false;
        }
        folder.remove(entry.id);
        return true;
    }

    private void save(Entry entry) throws IOException {
        entry.saved = false;
        folder.update(entry.id, entry.envelope);
        entry.saved = true;
    }

    /** Hands the message over for some recipients, and notes the results. Returns whether the next hop is in order. */
    private boolean send(Entry entry, List<Waiting> recipients) {
        QueuedEnvelope envelope = entry.envelope;
        Path content = folder.content(entry.id);
        List<ForwardPath> paths = recipients.stream().map(Waiting::path).toList();
        if (!Files.isReadable(content)) {
            LOG.error("The message {} cannot be read from {}", entry.id, content);
            note(entry, recipients, FAULT);
            return true;
        }
        try {
            List<NextHop.Result> results = transfer(new OutboundMessage(
                    envelope.from(), paths, () -> Files.newInputStream(content), entry.octets, envelope.eightBit()));
            if (results.size() != recipients.size()) {
                throw new IllegalStateException("The next hop has no result for each recipient");
            }
            note(entry, recipients, results);
            return true;
        } catch (IOException e) {
            LOG.warn("The message {} has to wait: {} is out of order: {}", entry.id, nextHop, e.toString());
            note(entry, recipients, OUT_OF_ORDER);
            pause();
            return false;
        } catch (RuntimeException | Error e) { // of a next hop that was plugged in
            LOG.error("The message {} has to wait; this is a bug in vmail or in the next hop", entry.id, e);
            note(entry, recipients, FAULT);
            return true;
        }
    }

    /** The one place where closing interrupts a thread: a file that is written meanwhile would be closed by that. */
    private List<NextHop.Result> transfer(OutboundMessage message) throws IOException {
        lock.lock();
        try {
            if (breakingOff) {
                throw new IOException("The spool is being closed");
            }
            transfers.add(Thread.currentThread());
        } finally {
            lock.unlock();
        }
        try {
            return nextHop.send(message);
        } finally {
            lock.lock();
            try {
                transfers.remove(Thread.currentThread());
                if (breakingOff) {
                    Thread.interrupted(); // has served its purpose
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void pause() {
        lock.lock();
        try {
            pausedUntil = clock.instant().plus(options.pause());
        } finally {
            lock.unlock();
        }
    }

    private void note(Entry entry, List<Waiting> recipients, Trouble trouble) {
        NextHop.Result deferred =
                new NextHop.Result(new Outcome.Deferred(trouble.status(), trouble.text()), Optional.empty());
        note(entry, recipients, recipients.stream().map(recipient -> deferred).toList());
    }

    private void note(Entry entry, List<Waiting> tried, List<NextHop.Result> results) {
        boolean expired = clock.instant().isAfter(entry.envelope.arrived().plus(options.expiry()));
        List<QueuedRecipient> recipients = new ArrayList<>(entry.envelope.recipients());
        for (int i = 0; i < tried.size(); i++) {
            Waiting recipient = tried.get(i);
            Outcome outcome = results.get(i).outcome();
            Optional<String> reply = results.get(i).reply();
            LOG.info(
                    "{}: id={} from={} to={} reply=[{}]",
                    word(outcome),
                    entry.id,
                    entry.envelope.from(),
                    recipient.path(),
                    reply.orElse(outcome.text()));
            int place = recipients.indexOf(recipient);
            recipients.remove(place);
            Trouble trouble = new Trouble(outcome.status(), reply.isPresent(), reply.orElse(outcome.text()));
            if (outcome instanceof Outcome.Refused) {
                recipients.add(place, new Failed(recipient.path(), trouble));
            } else if (outcome.isDeferred() && expired) {
                recipients.add(
                        place, new Failed(recipient.path(), new Trouble(EXPIRED, trouble.byNextHop(), trouble.text())));
            } else if (outcome.isDeferred()) {
                recipients.add(place, new Waiting(recipient.path(), Optional.of(trouble)));
            }
        }
        entry.envelope = entry.envelope.withRecipients(recipients);
    }

    private static String word(Outcome outcome) {
        if (outcome.isAccepted()) {
            return "Relayed";
        }
        return outcome instanceof Outcome.Refused ? "Refused" : "Deferred";
    }

    /** Puts a report into the spool, if there is anything to report, before the failures are forgotten. */
    private void report(Entry entry) throws IOException {
        QueuedEnvelope envelope = entry.envelope;
        List<Failed> failed = envelope.failed();
        if (failed.isEmpty()) {
            return;
        }
        Optional<ForwardPath> sender = ForwardPath.parse(envelope.from().address());
        if (sender.isEmpty()) {
            LOG.warn(
                    "A message from {} cannot be delivered, and nobody is told: id={} to={}",
                    envelope.from(),
                    entry.id,
                    failed.stream().map(Failed::path).toList());
        } else {
            Path content = folder.content(entry.id);
            NonDeliveryReport report =
                    new NonDeliveryReport(options, sender.get(), envelope, () -> Files.newInputStream(content));
            try (SpoolDelivery delivery = begin(ReversePath.none(), List.of(sender.get()), false)) {
                try (OutputStream out = delivery.message()) {
                    report.writeTo(out, delivery.id(), clock.instant(), entry.octets);
                }
                delivery.commit();
            }
        }
        List<QueuedRecipient> others = new ArrayList<>(envelope.recipients());
        others.removeAll(failed);
        entry.envelope = envelope.withRecipients(others);
        if (!others.isEmpty()) {
            save(entry);
        }
    }

    /**
     * Stops sending, and gives the folder back with all that is not sent. Transfers that are under way may take the {@linkplain
     * SpoolOptions#withDrainTimeout drain timeout}. Returns when it is done.
     *
     * @throws IOException if the lock cannot be given back
     */
    @Override
    public void close() throws IOException {
        closeGracefully(options.drainTimeout());
    }

    /**
     * Closes the spool as {@link #close()} does, with a time of its own for what is under way. What is broken off is sent again
     * when the spool is opened next.
     *
     * @param drainTimeout in the place of {@link SpoolOptions#withDrainTimeout}; zero breaks everything off
     * @throws IllegalArgumentException if it is negative
     * @throws IOException if the lock cannot be given back
     */
    public void closeGracefully(Duration drainTimeout) throws IOException {
        checkArgument(!drainTimeout.isNegative(), "The time must not be negative");
        List<Thread> running;
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
            running = List.copyOf(workers);
        } finally {
            lock.unlock();
        }
        try {
            long deadline = System.nanoTime() + drainTimeout.toNanos();
            for (Thread worker : running) {
                TimeUnit.NANOSECONDS.timedJoin(worker, deadline - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        breakOff();
        joinAll(running);
        folder.close();
    }

    private void breakOff() {
        lock.lock();
        try {
            breakingOff = true;
            transfers.forEach(Thread::interrupt);
        } finally {
            lock.unlock();
        }
    }

    /** They end soon after an interrupt; the folder must not be given back before. */
    private static void joinAll(List<Thread> threads) {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
