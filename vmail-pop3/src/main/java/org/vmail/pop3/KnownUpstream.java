package org.vmail.pop3;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.chain.ConnectionRelay;
import org.vmail.chain.Upstream;
import org.vmail.net.internal.Threads;

/**
 * What is known of another server: how many connections there are, and what it can do. Nobody waits for news of the latter
 * but who asks first, and that not for long. Thread-safe.
 */
final class KnownUpstream {
    private static final Logger LOG = LoggerFactory.getLogger(KnownUpstream.class);
    private static final Duration FIRST_WAIT = Duration.ofSeconds(1);
    private static final Duration RETRY = Duration.ofSeconds(30);

    /** Asks the server. */
    interface Question {
        UpstreamCapabilities ask() throws IOException;
    }

    private final String name;
    private final ConnectionRelay relay;
    private final long lifeNanos;
    private final long retryNanos;
    private final AtomicInteger connections = new AtomicInteger();
    private final ReentrantLock lock = new ReentrantLock();
    private UpstreamCapabilities capabilities = UpstreamCapabilities.least();
    private Optional<CountDownLatch> asking = Optional.empty();
    private boolean answered;
    private long validUntil = System.nanoTime();

    KnownUpstream(Upstream upstream) {
        this.name = upstream.toString();
        this.relay = ConnectionRelay.with(upstream.chainOptions());
        this.lifeNanos = upstream.capabilityLife().toNanos();
        this.retryNanos = Math.min(lifeNanos, RETRY.toNanos());
    }

    /** Connects clients through. */
    ConnectionRelay relay() {
        return relay;
    }

    /** Takes a place for a connection, if there is one. */
    boolean enter(int max) {
        if (connections.incrementAndGet() > max) {
            connections.decrementAndGet();
            return false;
        }
        return true;
    }

    void leave() {
        connections.decrementAndGet();
    }

    /** What it can do: the last that it said, or the least if it never did. */
    UpstreamCapabilities capabilities(Question question) {
        Optional<CountDownLatch> first = Optional.empty();
        lock.lock();
        try {
            if (asking.isEmpty() && System.nanoTime() - validUntil >= 0) {
                CountDownLatch answer = new CountDownLatch(1);
                asking = Optional.of(answer);
                Thread unused = Threads.start("vmail-chain-capabilities", () -> learn(question, answer));
            }
            if (!answered) {
                first = asking;
            }
        } finally {
            lock.unlock();
        }
        first.ifPresent(KnownUpstream::await);
        lock.lock();
        try {
            return capabilities;
        } finally {
            lock.unlock();
        }
    }

    /** What it said has turned out to be wrong. */
    void forget() {
        lock.lock();
        try {
            capabilities = UpstreamCapabilities.least();
            validUntil = System.nanoTime();
        } finally {
            lock.unlock();
        }
    }

    private void learn(Question question, CountDownLatch done) {
        Optional<UpstreamCapabilities> answer = Optional.empty();
        try {
            answer = Optional.of(question.ask());
        } catch (IOException e) {
            LOG.warn("What {} can do is not known: {}", name, e.toString());
        } finally {
            lock.lock();
            try {
                answer.ifPresent(known -> capabilities = known);
                validUntil = System.nanoTime() + (answer.isPresent() ? lifeNanos : retryNanos);
                answered = true;
                asking = Optional.empty();
            } finally {
                lock.unlock();
            }
            done.countDown();
        }
    }

    private static void await(CountDownLatch answer) {
        try {
            if (!answer.await(FIRST_WAIT.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.debug("Another server takes its time to say what it can do");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
