package org.vmail.chain;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.Connection;

/**
 * Copies octets between a client and a daemon, both ways at once, until both have ended.
 *
 * <p>The end of one direction is passed on as the end of output, and the other direction goes on: that is how a client
 * that sends everything and then half-closes still gets all replies. A daemon that breaks ends like one that closes. A
 * client that breaks, or that our server closes, leaves nobody to answer, and so ends both. Two threads run it, one per
 * direction: each waits in a read or in a write, so that a slow reader slows its writer down and no memory grows.
 */
final class Splice implements Watch.Watched {
    private static final Logger LOG = LoggerFactory.getLogger(Splice.class);

    private final Connection client;
    private final ConnectionRelay.Peer upstream;
    private final BufferPool buffers;
    private final long idleNanos;
    private final long halfClosedNanos;
    private final AtomicInteger openDirections = new AtomicInteger(2);
    private volatile long lastActive = System.nanoTime();

    Splice(Connection client, ConnectionRelay.Peer upstream, ChainOptions options, BufferPool buffers) {
        this.client = client;
        this.upstream = upstream;
        this.buffers = buffers;
        this.idleNanos = options.idleTimeout().toNanos();
        this.halfClosedNanos = options.halfClosedTimeout().toNanos();
    }

    /**
     * Returns when both directions have ended. The upstream is closed then; the client may still be open, and what it has
     * sent and nobody wants is for the caller to drop.
     *
     * @param threads runs the direction from the daemon to the client; the other one runs here
     */
    void run(Executor threads) {
        CountDownLatch replies = new CountDownLatch(1);
        Watch.SHARED.add(this);
        boolean ended = false;
        try {
            threads.execute(() -> {
                try {
                    copy(upstream, client, client::shutdownOutput);
                } finally {
                    replies.countDown();
                }
            });
            copy(client, upstream, upstream::shutdownOutput);
            replies.await();
            ended = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            Watch.SHARED.remove(this);
            if (ended) {
                closeQuietly(upstream);
            } else {
                closeBoth();
            }
        }
    }

    private void copy(ByteChannel from, ByteChannel to, Ending ending) {
        try (RelayBuffer buffers = new RelayBuffer(this.buffers)) {
            int count = 0;
            ByteBuffer buffer = buffers.next(count);
            while ((count = read(from, buffer)) >= 0 && write(to, buffer.flip())) {
                buffer = buffers.next(count);
            }
        } catch (RuntimeException e) {
            LOG.error("A chained connection failed; this is a bug in vmail or in what was plugged in", e);
            closeBoth();
        }
        openDirections.decrementAndGet();
        lastActive = System.nanoTime();
        try {
            ending.pass();
        } catch (IOException broken) {
            LOG.debug("The end of a chained connection found nobody: {}", broken.toString());
        }
    }

    private int read(ByteChannel from, ByteBuffer buffer) {
        try {
            int count = from.read(buffer);
            lastActive = System.nanoTime();
            return count;
        } catch (IOException e) {
            broke(from, e);
            return -1;
        }
    }

    private boolean write(ByteChannel to, ByteBuffer buffer) {
        try {
            while (buffer.hasRemaining()) {
                to.write(buffer);
                lastActive = System.nanoTime();
            }
            return true;
        } catch (IOException e) {
            broke(to, e);
            return false;
        }
    }

    @SuppressWarnings("ReferenceEquality") // which of the two it is
    private void broke(ByteChannel side, IOException how) {
        LOG.debug("A chained connection broke: {}", how.toString());
        if (client.equals(side)) {
            closeBoth();
        }
    }

    /** A thread that waits for the daemon does not notice by itself that the client was closed. */
    @Override
    public void check(long now) {
        long limit = openDirections.get() == 2 ? idleNanos : halfClosedNanos;
        if (!client.isOpen() || now - lastActive >= limit) {
            closeBoth();
        }
    }

    private void closeBoth() {
        closeQuietly(client);
        closeQuietly(upstream);
    }

    private static void closeQuietly(Closeable side) {
        try {
            side.close();
        } catch (IOException broken) {
            LOG.debug("A chained connection closed badly: {}", broken.toString());
        }
    }

    private interface Ending {
        void pass() throws IOException;
    }
}
