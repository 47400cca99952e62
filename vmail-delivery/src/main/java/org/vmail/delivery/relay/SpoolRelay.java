package org.vmail.delivery.relay;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Relay;
import org.vmail.delivery.relay.SpoolRequests.Request;
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
 * <p>A folder belongs to one spool at a time, which its lock file sees to; {@link SpoolAdministration} looks into it from
 * another process. Thread-safe.
 */
public final class SpoolRelay implements Relay, Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolRelay.class);

    /** How long an administrator waits at most. A look into an empty folder costs next to nothing. */
    private static final Duration REQUESTS_INTERVAL = Duration.ofSeconds(1);

    private final SpoolFolder folder;
    private final SpoolOptions options;
    private final SpoolQueue queue;
    private final SpoolIntake intake;
    private final SpoolSender sender;
    private final ReentrantLock lifecycle = new ReentrantLock();
    /** Empty before it is started; guarded by {@code lifecycle}. */
    private final List<Thread> threads = new ArrayList<>();

    /** Requests that failed before, or their folder: the log says so once. Used by one thread at a time. */
    private final Set<Path> failing = new HashSet<>();

    SpoolRelay(Path path, NextHop nextHop, SpoolOptions options, SpoolListener listener, Clock clock, SpoolFiles files)
            throws IOException {
        SpoolListener guarded = new GuardedSpoolListener(listener);
        this.options = options;
        this.folder = SpoolFolder.open(path, files);
        this.queue = new SpoolQueue(options, clock);
        this.intake = new SpoolIntake(folder, queue, guarded, clock);
        this.sender = new SpoolSender(folder, queue, intake, nextHop, options, guarded, clock);
        boolean loaded = false;
        try {
            for (Map.Entry<String, SpoolFolder.Found> found : folder.load().entrySet()) {
                queue.restore(new SpoolEntry(
                        found.getKey(),
                        found.getValue().octets(),
                        found.getValue().envelope()));
            }
            loaded = true;
        } finally {
            if (!loaded) {
                folder.close();
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
        return open(folder, nextHop, options, new SpoolListener() {});
    }

    /**
     * Opens a spool that tells what it does. Nothing is sent before it is {@linkplain #start started}.
     *
     * @param folder where messages are kept; made if it is missing, with access for its owner alone
     * @param nextHop who takes them
     * @param options the bounds
     * @param listener is told
     * @return the spool, with what was in the folder; the caller closes it
     * @throws IOException if the folder cannot be used, or is in use
     */
    public static SpoolRelay open(Path folder, NextHop nextHop, SpoolOptions options, SpoolListener listener)
            throws IOException {
        return new SpoolRelay(folder, nextHop, options, listener, Clock.systemUTC(), new SpoolFiles());
    }

    /**
     * Begins to send what is there and what comes, on threads of its own, and to do what {@link SpoolAdministration} asks for.
     *
     * @throws IllegalStateException if it was started or closed before
     */
    public void start() {
        lifecycle.lock();
        try {
            if (queue.isClosed() || !threads.isEmpty()) {
                throw new IllegalStateException("A spool is started once, and before it is closed");
            }
            handleRequests(); // before anything is sent that is not to be sent
            ThreadFactory factory = Threads.daemons("vmail-relay");
            for (int i = 0; i < options.maxTransfers(); i++) {
                threads.add(factory.newThread(this::work));
            }
            threads.add(Threads.daemons("vmail-relay-requests").newThread(this::watchRequests));
            threads.forEach(Thread::start);
        } finally {
            lifecycle.unlock();
        }
    }

    /**
     * How many messages wait or are being sent, those included that are being accepted.
     *
     * @return the number of messages
     */
    public int messages() {
        return queue.messages();
    }

    /**
     * The messages that wait or are being sent.
     *
     * @return what is known of them, the oldest first
     */
    public List<SpooledMessage> list() {
        return queue.list();
    }

    /** Tries everything again now, as an administrator wants it who has mended the next hop. */
    public void retryNow() {
        queue.retryNow();
    }

    /**
     * Does something with a message that waits.
     *
     * @param action what
     * @param id its id
     * @return whether it was done; false if there is no such message, or it is being sent now
     * @throws IOException if the folder cannot be changed, or the spool is closed; the message waits as before
     */
    public boolean apply(SpoolAction action, String id) throws IOException {
        lifecycle.lock(); // the folder may be somebody else's once this is closed
        try {
            if (queue.isClosed()) {
                throw new IOException("The spool is closed");
            }
            Optional<SpoolEntry> entry = queue.take(id);
            if (entry.isPresent()) {
                sender.apply(action, entry.get());
            }
            return entry.isPresent();
        } finally {
            lifecycle.unlock();
        }
    }

    @Override
    public Delivery begin(Envelope envelope) throws IOException {
        List<ForwardPath> recipients =
                envelope.recipients().stream().map(ForwardPath::of).distinct().toList();
        return intake.begin(envelope.reversePath(), recipients);
    }

    private void work() {
        try {
            for (Optional<SpoolEntry> entry = queue.awaitDue(); entry.isPresent(); entry = queue.awaitDue()) {
                sender.attempt(entry.get());
            }
        } catch (InterruptedException nobodyDoesThat) {
            Thread.currentThread().interrupt();
        }
    }

    /** Deals with one message that is due, in the calling thread; returns whether there was one. */
    boolean attemptNext() {
        Optional<SpoolEntry> entry = queue.takeDue();
        entry.ifPresent(sender::attempt);
        return entry.isPresent();
    }

    private void watchRequests() {
        try {
            while (!queue.awaitClosed(REQUESTS_INTERVAL)) {
                handleRequests();
            }
        } catch (InterruptedException nobodyDoesThat) {
            Thread.currentThread().interrupt();
        }
    }

    /** Does what an administrator has asked for. What cannot be done now is left for the next time. */
    void handleRequests() {
        SpoolRequests requests = folder.requests();
        try {
            for (Map.Entry<Path, Optional<Request>> file : requests.list().entrySet()) {
                if (queue.isClosed()) {
                    return;
                }
                handle(file.getKey(), file.getValue());
            }
            failing.remove(requests.folder());
        } catch (IOException | RuntimeException | Error e) {
            complain(requests.folder(), e);
        }
    }

    private void handle(Path file, Optional<Request> request) {
        try {
            if (request.isPresent() && isDone(request.get())) {
                folder.delete(file);
                failing.remove(file);
            } else if (request.isEmpty() && failing.add(file)) {
                LOG.warn("{} is no request of an administrator, and left alone", file);
            }
        } catch (IOException e) {
            complain(file, e);
        }
    }

    /** Returns false if it has to wait for a transfer. */
    private boolean isDone(Request request) throws IOException {
        if (request.id().isEmpty()) {
            retryNow();
            return true;
        }
        String id = request.id().get();
        return apply(request.action(), id) || !queue.isTaken(id);
    }

    private void complain(Path path, Throwable failure) {
        if (failing.add(path)) {
            LOG.error("What an administrator asks for in {} cannot be done now", path, failure);
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
        lifecycle.lock();
        try {
            queue.close();
            running = List.copyOf(threads);
        } finally {
            lifecycle.unlock();
        }
        try {
            long deadline = System.nanoTime() + drainTimeout.toNanos();
            for (Thread worker : running) {
                TimeUnit.NANOSECONDS.timedJoin(worker, deadline - System.nanoTime());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sender.breakOff();
        joinAll(running);
        folder.close();
    }

    /** They end soon after an interrupt; the folder must not be given back before. */
    private static void joinAll(List<Thread> running) {
        boolean interrupted = false;
        for (Thread thread : running) {
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
