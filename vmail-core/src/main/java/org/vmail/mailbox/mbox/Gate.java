package org.vmail.mailbox.mbox;

import com.google.common.collect.MapMaker;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One thread of this process at a time may lock an mbox.
 *
 * <p>The operating system counts fcntl locks by process, and drops all of them on a file when the process closes any of its
 * descriptors of it. So whoever only reads has its file closed here: at once, or when the thread inside has left.
 * Thread-safe; lives as long as somebody uses it.
 */
final class Gate {
    private static final ConcurrentMap<Path, Gate> GATES =
            new MapMaker().weakValues().makeMap();

    private final ReentrantLock inside = new ReentrantLock();
    private final Queue<RandomAccessFile> toClose = new ConcurrentLinkedQueue<>();

    private Gate() {}

    static Gate of(MboxPaths paths) {
        return GATES.computeIfAbsent(paths.mbox(), path -> new Gate());
    }

    boolean enter(Duration wait) throws IOException {
        try {
            return inside.tryLock(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for an mbox");
        }
    }

    void leave() throws IOException {
        inside.unlock();
        closeAll();
    }

    /** Closes a file, now or later. */
    void close(RandomAccessFile file) throws IOException {
        toClose.add(file);
        closeAll();
    }

    private void closeAll() throws IOException {
        // Whoever comes too late to be seen by the thread inside finds it gone; hence the loop.
        while (!toClose.isEmpty() && !inside.isHeldByCurrentThread() && inside.tryLock()) {
            try {
                for (RandomAccessFile file = toClose.poll(); file != null; file = toClose.poll()) {
                    file.close();
                }
            } finally {
                inside.unlock();
            }
        }
    }
}
