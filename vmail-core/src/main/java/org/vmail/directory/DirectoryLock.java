package org.vmail.directory;

import com.google.common.collect.MapMaker;
import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What an editor of a folder holds: a lock of the operating system, which ends with its process, on a file that stays. The
 * system has only one for a process, so threads have another one among themselves.
 */
final class DirectoryLock implements Closeable {
    static final String NAME = ".vmail-lock";

    private static final long BETWEEN_TRIES_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final ConcurrentMap<Path, ReentrantLock> THREADS =
            new MapMaker().weakValues().makeMap();

    private final Path folder;
    private final ReentrantLock threads;
    private final FileChannel channel;

    private DirectoryLock(Path folder, ReentrantLock threads, FileChannel channel) {
        this.folder = folder;
        this.threads = threads;
        this.channel = channel;
    }

    /**
     * Waits for the lock.
     *
     * @param folder its real path
     * @throws IOException if somebody else still has it at the end
     */
    static DirectoryLock take(Path folder, Duration wait) throws IOException {
        long deadline = System.nanoTime() + wait.toNanos();
        ReentrantLock threads = THREADS.computeIfAbsent(folder, path -> new ReentrantLock());
        if (!tryLock(threads, wait)) {
            throw inUse(folder, wait);
        }
        boolean taken = false;
        try {
            FileChannel channel = locked(folder, wait, deadline);
            taken = true;
            return new DirectoryLock(folder, threads, channel);
        } finally {
            if (!taken) {
                threads.unlock();
            }
        }
    }

    private static boolean tryLock(ReentrantLock threads, Duration wait) throws IOException {
        try {
            return threads.tryLock(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for another editor");
        }
    }

    private static FileChannel locked(Path folder, Duration wait, long deadline) throws IOException {
        Path file = folder.resolve(NAME);
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, LinkOption.NOFOLLOW_LINKS),
                FileModes.OWNER_ONLY.attributes(folder));
        boolean locked = false;
        try {
            FileModes.likeFolder(folder, FileModes.OWNER_ONLY).tryApply(file);
            locked = lock(channel, deadline);
            if (!locked) {
                throw inUse(folder, wait);
            }
            return channel;
        } finally {
            if (!locked) {
                channel.close();
            }
        }
    }

    private static boolean lock(FileChannel channel, long deadline) throws IOException {
        while (true) {
            if (isLocked(channel)) {
                return true;
            }
            if (System.nanoTime() - deadline >= 0) {
                return false;
            }
            LockSupport.parkNanos(BETWEEN_TRIES_NANOS);
            if (Thread.currentThread().isInterrupted()) {
                throw new InterruptedIOException("interrupted while waiting for another editor");
            }
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // this process has it, by another class loader for example
        }
    }

    private static IOException inUse(Path folder, Duration wait) {
        return new IOException(
                "Somebody else has been editing " + folder + " for " + wait.toSeconds() + " seconds; try again later");
    }

    /** What is locked. */
    Path folder() {
        return folder;
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close(); // and with it the lock
        } finally {
            threads.unlock();
        }
    }
}
