package org.vmail.internal;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Who may hash a password. Hashing never yields its processor, whatever the scheme, so one processor is left for those who are
 * logged in already; with a single one there is none to leave. Thread-safe.
 */
public final class HashingPermits {
    private static final int MAX = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);
    private static final long LONGEST_WAIT_SECONDS = 10;
    private static final Semaphore PERMITS = new Semaphore(MAX, true);

    private HashingPermits() {}

    /**
     * Waits for a permit, which the caller gives back by {@link #release}.
     *
     * @throws IOException if there is none for too long, or the thread is interrupted
     */
    public static void acquire() throws IOException {
        try {
            if (!PERMITS.tryAcquire(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("Too many passwords are being checked");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while other passwords were being checked");
        }
    }

    /** Gives a permit back. */
    public static void release() {
        PERMITS.release();
    }
}
