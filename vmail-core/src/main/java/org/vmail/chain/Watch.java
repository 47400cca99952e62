package org.vmail.chain;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.internal.Threads;

/**
 * Looks at all that is under way, ten times a second, on one thread. To begin and to end something costs an entry in a set
 * and wakes nobody. The thread ends when nothing is under way, so nobody needs to close this.
 */
final class Watch {
    static final Watch SHARED = new Watch();

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final Duration INTERVAL = Duration.ofMillis(100);

    /** Something with limits of time. */
    @FunctionalInterface
    interface Watched {
        /**
         * Ends it if its time is over; must not wait.
         *
         * @param now by {@link System#nanoTime}
         */
        void check(long now);
    }

    private final Set<Watched> underWay = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean running = new AtomicBoolean();
    private final ScheduledThreadPoolExecutor thread =
            new ScheduledThreadPoolExecutor(1, Threads.daemons("vmail-chain-watch"));

    private Watch() {
        thread.setKeepAliveTime(1, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
    }

    void add(Watched watched) {
        underWay.add(watched);
        start();
    }

    void remove(Watched watched) {
        underWay.remove(watched);
    }

    private void start() {
        if (running.compareAndSet(false, true)) {
            sweepLater();
        }
    }

    private void sweepLater() {
        ScheduledFuture<?> unused = thread.schedule(this::sweep, INTERVAL.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void sweep() {
        long now = System.nanoTime();
        for (Watched watched : underWay) {
            try {
                watched.check(now);
            } catch (RuntimeException | Error e) { // the others have to be checked all the same
                LOG.error("A chained connection was not checked; this is a bug in vmail or in what was plugged in", e);
            }
        }
        if (!underWay.isEmpty()) {
            sweepLater();
            return;
        }
        running.set(false);
        if (!underWay.isEmpty()) {
            start(); // added between the two looks, by somebody who found us running
        }
    }
}
