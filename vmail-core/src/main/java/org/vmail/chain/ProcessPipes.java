package org.vmail.chain;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.internal.ProcessTree;

/**
 * A program's standard input and output as the daemon's end of a connection.
 *
 * <p>A read or write of a pipe cannot be interrupted, and a pipe that is in use must not be closed: the number of its
 * descriptor could be another file's by then. So {@link #close} closes what is not in use, leaves the rest to the thread that
 * uses it, and begins the program's grace. When it is over, signals end the program, and with it each read and write.
 */
final class ProcessPipes implements ConnectionRelay.Peer, Watch.Watched {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessPipes.class);
    private static final long SWEEP_ORPHANS_EVERY = TimeUnit.SECONDS.toNanos(1);
    private static final int COPY_OCTETS = 16 * 1024;

    private final ProcessTree tree;
    private final long graceNanos;
    private final InputStream output;
    private final OutputStream input;
    private final byte[] read = new byte[COPY_OCTETS];
    private final byte[] written = new byte[COPY_OCTETS];
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock writing = new ReentrantLock();
    private volatile @Nullable Long closedAt;
    private volatile boolean outputEnded;
    private volatile boolean errorsEnded;
    // These two are used by the watch's thread only.
    private int signals;
    private @Nullable Long orphansSought;

    ProcessPipes(ProcessTree tree, long graceNanos) {
        this.tree = tree;
        this.graceNanos = graceNanos;
        this.output = tree.root().getInputStream();
        this.input = tree.root().getOutputStream();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        reading.lock();
        try {
            requireOpen();
            int count = output.read(read, 0, Math.min(read.length, target.remaining()));
            if (count > 0) {
                target.put(read, 0, count);
            }
            outputEnded |= count < 0;
            return count;
        } finally {
            reading.unlock();
            closeUnused();
        }
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        writing.lock();
        try {
            requireOpen();
            int count = Math.min(written.length, source.remaining());
            source.get(written, 0, count);
            input.write(written, 0, count);
            input.flush();
            return count;
        } finally {
            writing.unlock();
            closeUnused();
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        writing.lock();
        try {
            input.close();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public boolean isOpen() {
        return closedAt == null;
    }

    @Override
    public void close() {
        if (closedAt == null) {
            closedAt = System.nanoTime();
        }
        closeUnused();
    }

    /** What the program complains about has been read to its end. */
    void errorsEnded() {
        errorsEnded = true;
    }

    /** Whoever finds a pipe in use leaves it to its user, who comes here when it is done. */
    private void closeUnused() {
        if (closedAt != null) {
            outputEnded |= closeUnused(output, reading);
            closeUnused(input, writing);
        }
    }

    private static boolean closeUnused(Closeable pipe, ReentrantLock use) {
        if (!use.tryLock()) {
            return false;
        }
        try {
            pipe.close();
        } catch (IOException alreadyBroken) {
            LOG.debug("A pipe closed badly: {}", alreadyBroken.toString());
        } finally {
            use.unlock();
        }
        return true;
    }

    private void requireOpen() throws ClosedChannelException {
        if (closedAt != null) {
            throw new ClosedChannelException();
        }
    }

    /** Ends what has not ended by itself. It is called until all that the program writes has been read. */
    @Override
    public void check(long now) {
        if (!tree.root().isAlive()) {
            if (!outputEnded || !errorsEnded) {
                checkOrphans(now);
            }
            return;
        }
        Long since = closedAt;
        if (since == null) {
            return;
        }
        if (signals == 0 && now - since >= graceNanos) {
            signals++;
            LOG.info(
                    "Process {} goes on without a client; it gets SIGTERM",
                    tree.root().pid());
            tree.terminate();
        } else if (signals == 1 && now - since >= 2 * graceNanos) {
            signals++;
            LOG.warn(
                    "Process {} goes on in spite of SIGTERM; it gets SIGKILL",
                    tree.root().pid());
            tree.kill();
        }
    }

    /** Descendants that have the pipes open would keep our threads waiting. */
    private void checkOrphans(long now) {
        if (orphansSought == null) {
            orphansSought = now; // not yet: what was written is still being read
        } else if (now - orphansSought >= SWEEP_ORPHANS_EVERY) {
            orphansSought = now;
            tree.killOrphans();
        }
    }
}
