package org.vmail.mailbox.mbox;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The locks on an mbox that keep other programs from changing it, for as long as something is read or written and no longer.
 * Taken and released by one thread.
 */
final class MboxLock implements Closeable {
    private static final long LONGEST_PAUSE_MILLIS = 50;
    private static final long RENEW_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final MboxPaths paths;
    private final Settings settings;
    private final Gate gate;
    private final MboxFile file;
    private @Nullable DotLock dotLock;
    private long renewed = System.nanoTime();

    private MboxLock(MboxPaths paths, Settings settings, Gate gate, MboxFile file) {
        this.paths = paths;
        this.settings = settings;
        this.gate = gate;
        this.file = file;
    }

    /**
     * Locks the mbox, which is made if it is missing, and finishes what a crash interrupted.
     *
     * @return empty if somebody else has it for longer than the wait
     */
    static Optional<MboxLock> acquire(MboxPaths paths, Settings settings, Duration wait) throws IOException {
        Gate gate = Gate.of(paths);
        long start = System.nanoTime();
        while (true) {
            Duration left = wait.minusNanos(System.nanoTime() - start);
            if (gate.enter(left)) {
                MboxLock lock = tryLock(paths, settings, gate);
                if (lock != null) {
                    return Optional.of(lock);
                }
            }
            if (left.isNegative() || left.isZero()) {
                return Optional.empty();
            }
            pause(left);
        }
    }

    MboxPaths paths() {
        return paths;
    }

    MboxFile file() {
        return file;
    }

    /** Says how far a change of the files has come. */
    void reached(Settings.Step step) throws IOException {
        keepAlive();
        settings.steps().reached(step);
    }

    /** What is between two offsets; whoever reads it keeps the lock alive. */
    InputStream between(long start, long end) {
        InputStream part = file.between(start, end);
        return new InputStream() {
            @Override
            public int read() throws IOException {
                return part.read();
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                keepAlive();
                return part.read(target, offset, length);
            }
        };
    }

    private void keepAlive() throws IOException {
        if (dotLock != null && System.nanoTime() - renewed > RENEW_NANOS) {
            renewed = System.nanoTime();
            dotLock.renew();
        }
    }

    @Override
    public void close() throws IOException {
        try {
            if (dotLock != null) {
                dotLock.close();
            }
        } finally {
            try {
                file.closeInside();
            } finally {
                gate.leave();
            }
        }
    }

    private static @Nullable MboxLock tryLock(MboxPaths paths, Settings settings, Gate gate) throws IOException {
        MboxLock lock = null;
        boolean done = false;
        try {
            String key = require(paths).key();
            lock = new MboxLock(paths, settings, gate, MboxFile.forWriting(paths, gate));
            // Somebody may have put another file there before the lock was ours.
            if (lock.takeAll()
                    && FileState.of(paths.mbox())
                            .filter(now -> now.key().equals(key))
                            .isPresent()) {
                Journal.recover(lock);
                done = true;
                return lock;
            }
            return null;
        } finally {
            if (!done) {
                if (lock == null) {
                    gate.leave();
                } else {
                    lock.close();
                }
            }
        }
    }

    private static FileState require(MboxPaths paths) throws IOException {
        Optional<FileState> there = FileState.of(paths.mbox());
        if (there.isPresent()) {
            return there.get();
        }
        try {
            Files.createFile(paths.mbox(), paths.ownerOnlyFile());
        } catch (FileAlreadyExistsException e) {
            // somebody else made it
        }
        return FileState.of(paths.mbox())
                .orElseThrow(() -> new IOException(paths.mbox() + " disappears whenever it is made"));
    }

    private boolean takeAll() throws IOException {
        for (MboxLocks.Method method : settings.locks().methods()) {
            boolean taken = switch (method) {
                case FCNTL -> takeFcntl();
                case DOTLOCK -> takeDotLock(settings.locks().staleAfter());
            };
            if (!taken) {
                return false;
            }
        }
        return true;
    }

    private boolean takeFcntl() throws IOException {
        try {
            return file.handle().getChannel().tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another copy of this class, in another class loader of this process, has it
        }
    }

    private boolean takeDotLock(Duration staleAfter) throws IOException {
        dotLock = DotLock.tryLock(paths, staleAfter).orElse(null);
        return dotLock != null;
    }

    /** Waits for a random time, so that two programs that took turns do not go on to. */
    private static void pause(Duration longest) throws IOException {
        Duration time = Duration.ofMillis(ThreadLocalRandom.current().nextLong(1, LONGEST_PAUSE_MILLIS));
        try {
            TimeUnit.NANOSECONDS.sleep((time.compareTo(longest) < 0 ? time : longest).toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for an mbox");
        }
    }
}
