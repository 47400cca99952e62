package org.vmail.net.internal;

import static java.lang.invoke.MethodType.methodType;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Where threads come from. The library is compiled for Java 17, so virtual threads are looked for when it runs. */
public final class Threads {
    private static final Optional<MethodHandle> START_VIRTUAL =
            findStatic(Thread.class, "startVirtualThread", Thread.class, Runnable.class);
    private static final Optional<MethodHandle> VIRTUAL_EXECUTOR =
            findStatic(Executors.class, "newVirtualThreadPerTaskExecutor", ExecutorService.class);

    private Threads() {}

    /**
     * Threads for blocking conversations: virtual where the JVM has them, else platform threads on demand.
     *
     * @param name what the threads do
     * @param max how many platform threads there may be; the executor rejects what exceeds it
     * @return an executor that the caller shuts down
     */
    public static ExecutorService forConversations(String name, int max) {
        return VIRTUAL_EXECUTOR.map(create -> (ExecutorService) invoke(create)).orElseGet(() -> forFiles(name, max));
    }

    /**
     * Platform threads on demand, for work that mostly writes and syncs files: on a virtual thread that would hold the
     * carrier, and costs 20 to 30 % more processor time for each delivery.
     *
     * @param name what the threads do
     * @param max how many threads there may be; the executor rejects what exceeds it
     * @return an executor that the caller shuts down
     */
    public static ExecutorService forFiles(String name, int max) {
        return new ThreadPoolExecutor(0, max, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons(name));
    }

    /**
     * Starts one thread that blocks on the network: virtual where the JVM has them, else a daemon.
     *
     * @param name what the thread does
     * @param task what it runs
     * @return the started thread
     */
    public static Thread start(String name, Runnable task) {
        return START_VIRTUAL.map(start -> (Thread) invoke(start, task)).orElseGet(() -> {
            Thread thread = daemons(name).newThread(task);
            thread.start();
            return thread;
        });
    }

    /**
     * A timer with one thread, which ends when nothing is due, so that nobody needs to close it.
     *
     * @param name what the thread does
     * @return the timer, for short tasks
     */
    public static ScheduledExecutorService timer(String name) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, daemons(name));
        timer.setKeepAliveTime(1, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /**
     * A factory of daemon threads that carry a name and a number.
     *
     * @param name what the threads do
     * @return the factory
     */
    public static ThreadFactory daemons(String name) {
        AtomicLong count = new AtomicLong();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private static Optional<MethodHandle> findStatic(Class<?> owner, String name, Class<?> result, Class<?>... args) {
        // Before 21 they are a preview, which throws when it is called.
        if (Runtime.version().feature() < 21) {
            return Optional.empty();
        }
        try {
            return Optional.of(MethodHandles.publicLookup().findStatic(owner, name, methodType(result, args)));
        } catch (ReflectiveOperationException absent) {
            return Optional.empty();
        }
    }

    private static Object invoke(MethodHandle method, Object... args) {
        try {
            return method.invokeWithArguments(args);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(
                    "A method of the JDK threw a checked exception that it does not declare", e);
        }
    }
}
