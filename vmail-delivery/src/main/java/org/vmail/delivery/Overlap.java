package org.vmail.delivery;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.Throwables;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.internal.Threads;

/**
 * Does things in their order, and begins some of them before it is their turn.
 *
 * <p>Nothing waits for a thread: what no thread has begun when it is its turn is done by the caller. So all threads may be
 * busy, and even do things that overlap others in turn. The threads are daemons of the platform, as they write and sync files,
 * and end when they have been idle for a second; nobody needs to close them. Thread-safe.
 */
final class Overlap {
    private static final Logger LOG = LoggerFactory.getLogger(Overlap.class);
    private static final int IDLE_SECONDS = 1;

    private final int width;
    private final Executor threads;

    /**
     * Begins no thread.
     *
     * @param width how many things of one caller are done at the same time; with 1 the caller does all
     * @param maxThreads how many threads all callers together have, besides their own
     */
    Overlap(int width, int maxThreads) {
        this(width, threads(maxThreads));
    }

    Overlap(int width, Executor threads) {
        checkArgument(width > 0, "The number of copies at the same time must be positive");
        this.width = width;
        this.threads = threads;
    }

    private static Executor threads(int maxThreads) {
        checkArgument(maxThreads > 0, "The number of threads must be positive");
        return new ThreadPoolExecutor(
                0,
                maxThreads,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                Threads.daemons("vmail-deliver"),
                new ThreadPoolExecutor.DiscardPolicy());
    }

    /** How many things of one caller are done at the same time. */
    int width() {
        return width;
    }

    /**
     * Does the work for each item. When this returns or throws, none is being worked for. What the work throws is thrown when
     * it is the item's turn; no item behind it is begun then, but for those that were ahead. An interrupt of the caller reaches
     * who works for it.
     *
     * @param mayBeAhead which items may be worked for before their turn, and beside others
     * @param work by any thread; sees what the caller did before, and is seen by it
     * @param inTurn by the caller, in order, as soon as the work for this item and for all before it is done
     */
    <T> void forEach(List<T> items, Predicate<T> mayBeAhead, Consumer<T> work, Consumer<T> inTurn) {
        List<Task> tasks =
                items.stream().map(item -> new Task(() -> work.accept(item))).toList();
        try {
            int ahead = 1;
            for (int turn = 0; turn < tasks.size(); turn++) {
                for (ahead = Math.max(ahead, turn + 1); ahead < Math.min(tasks.size(), turn + width); ahead++) {
                    if (mayBeAhead.test(items.get(ahead))) {
                        begin(tasks.get(ahead));
                    }
                }
                tasks.get(turn).finish();
                inTurn.accept(items.get(turn));
            }
        } finally {
            tasks.forEach(Task::abandon);
        }
    }

    private void begin(Task task) {
        try {
            threads.execute(task);
        } catch (OutOfMemoryError e) { // as the JVM calls it that the system has no thread for it
            LOG.warn("There is no thread to deliver to several mailboxes at the same time: {}", e.toString());
        }
    }

    /** Run once, by whoever comes first. */
    private static final class Task implements Runnable {
        private final Runnable work;
        private final AtomicBoolean begun = new AtomicBoolean();
        private final CountDownLatch done = new CountDownLatch(1);
        private final ReentrantLock lock = new ReentrantLock();
        /** Who is at it before its turn; under the lock. */
        private @Nullable Thread helper;
        /** Whether whoever is at it is to know; under the lock. */
        private boolean interrupted;

        private @Nullable Throwable failure;

        Task(Runnable work) {
            this.work = work;
        }

        @Override
        public void run() {
            if (!begun.compareAndSet(false, true)) {
                return;
            }
            try {
                beginAhead();
                work.run();
            } catch (RuntimeException | Error e) {
                failure = e;
            } finally {
                endAhead();
                done.countDown();
            }
        }

        void finish() {
            if (begun.compareAndSet(false, true)) {
                try {
                    work.run();
                } finally {
                    done.countDown();
                }
                return;
            }
            await();
            if (failure != null) {
                Throwables.throwIfUnchecked(failure);
            }
        }

        void abandon() {
            if (!begun.compareAndSet(false, true)) {
                await();
            }
        }

        private void await() {
            boolean interruptedHere = false;
            while (true) {
                try {
                    done.await();
                    break;
                } catch (InterruptedException e) {
                    interruptedHere = true;
                    interruptHelper();
                }
            }
            if (interruptedHere) {
                Thread.currentThread().interrupt();
            }
        }

        private void beginAhead() {
            lock.lock();
            try {
                helper = Thread.currentThread();
                if (interrupted) {
                    helper.interrupt();
                }
            } finally {
                lock.unlock();
            }
        }

        private void endAhead() {
            lock.lock();
            try {
                helper = null;
            } finally {
                lock.unlock();
            }
        }

        private void interruptHelper() {
            lock.lock();
            try {
                interrupted = true;
                if (helper != null) {
                    helper.interrupt();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
