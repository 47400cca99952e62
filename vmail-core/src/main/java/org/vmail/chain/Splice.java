package org.vmail.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.Connection;
import org.vmail.net.internal.Threads;

/**
 * Copies octets between a client and a daemon, both ways at once, until both have ended.
 *
 * <p>The end of one direction is passed on as the end of output, and the other direction goes on: that is how a client
 * that sends everything and then half-closes still gets all replies. When our server closes the client's connection there
 * is nothing to wait for. Two threads run it, one per direction.
 */
final class Splice {
    private static final Logger LOG = LoggerFactory.getLogger(Splice.class);
    private static final int BUFFER_OCTETS = 16 * 1024;

    private final Connection client;
    private final SocketChannel upstream;
    private final ScheduledExecutorService timer;
    private final long idleNanos;
    private final long halfClosedNanos;
    private final AtomicInteger openDirections = new AtomicInteger(2);
    private volatile long lastActive = System.nanoTime();

    Splice(Connection client, SocketChannel upstream, ChainOptions options, ScheduledExecutorService timer) {
        this.client = client;
        this.upstream = upstream;
        this.timer = timer;
        this.idleNanos = options.idleTimeout().toNanos();
        this.halfClosedNanos = options.halfClosedTimeout().toNanos();
    }

    void run() {
        long interval = Math.max(1, Math.min(idleNanos, halfClosedNanos) / 4);
        ScheduledFuture<?> idleCheck =
                timer.scheduleWithFixedDelay(this::closeIfIdle, interval, interval, TimeUnit.NANOSECONDS);
        CountDownLatch replies = new CountDownLatch(1);
        try {
            Threads.start("vmail-chain", () -> {
                try {
                    copy(upstream, client, client::shutdownOutput);
                } finally {
                    replies.countDown();
                }
            });
            copy(client, upstream, upstream::shutdownOutput);
            replies.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            idleCheck.cancel(false);
            closeBoth();
        }
    }

    /** One direction. A side that breaks ends it like a side that closes. */
    private void copy(ByteChannel from, ByteChannel to, Ending ending) {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_OCTETS);
        try {
            while (from.read(buffer) >= 0) {
                lastActive = System.nanoTime();
                buffer.flip();
                while (buffer.hasRemaining()) {
                    to.write(buffer);
                    lastActive = System.nanoTime();
                }
                buffer.clear();
            }
        } catch (IOException broken) {
            LOG.debug("A chained connection broke: {}", broken.toString());
        } catch (RuntimeException e) {
            LOG.error("A chained connection failed; this is a bug in vmail or in what was plugged in", e);
        }
        openDirections.decrementAndGet();
        lastActive = System.nanoTime();
        if (!client.isOpen()) {
            // The server has closed it, so there is nobody whom the daemon could still answer.
            closeBoth();
            return;
        }
        try {
            ending.pass();
        } catch (IOException broken) {
            LOG.debug("The end of a chained connection found nobody: {}", broken.toString());
        }
    }

    private void closeIfIdle() {
        long limit = openDirections.get() == 2 ? idleNanos : halfClosedNanos;
        if (System.nanoTime() - lastActive >= limit) {
            closeBoth();
        }
    }

    private void closeBoth() {
        try (client;
                upstream) {
            LOG.trace("Closing both sides of a chained connection");
        } catch (IOException broken) {
            LOG.debug("A chained connection closed badly: {}", broken.toString());
        }
    }

    private interface Ending {
        void pass() throws IOException;
    }
}
