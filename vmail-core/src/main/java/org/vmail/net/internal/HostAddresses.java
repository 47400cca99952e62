package org.vmail.net.internal;

import com.google.common.base.Ticker;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The addresses of other servers' names. The system's resolver has no deadline, so it is asked aside, by at most {@value
 * #MAX_THREADS} threads and once at a time for each name, and whoever waits for it does so for a bounded time. While it does not
 * answer, its last good answer counts. Thread-safe; nothing needs to be closed.
 */
public final class HostAddresses {
    /** By the system's resolver, which keeps answers for a while itself. */
    public static final HostAddresses SYSTEM =
            new HostAddresses(host -> List.of(InetAddress.getAllByName(host)), Ticker.systemTicker());

    private static final Logger LOG = LoggerFactory.getLogger(HostAddresses.class);
    private static final int MAX_THREADS = 4;
    private static final int MAX_HOSTS = 1000;
    private static final Duration FRESH = Duration.ofSeconds(10);
    /** How long somebody waits for news who has an answer. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    /** Asks the resolver. */
    @FunctionalInterface
    interface Resolver {
        List<InetAddress> addresses(String host) throws UnknownHostException;
    }

    private final Resolver resolver;
    private final Ticker clock;
    private final Cache<String, Host> hosts =
            CacheBuilder.newBuilder().maximumSize(MAX_HOSTS).build();
    private final Executor threads = newThreads();

    HostAddresses(Resolver resolver, Ticker clock) {
        this.resolver = resolver;
        this.clock = clock;
    }

    /**
     * The addresses of a host.
     *
     * @param host a name, or an IP address, which nobody is asked for
     * @param bound how long to wait if there was no good answer yet
     * @return at least one
     * @throws IOException if there is no answer
     */
    public List<InetAddress> of(String host, Duration bound) throws IOException {
        if (InetAddresses.isInetAddress(host)) {
            return List.of(InetAddresses.forString(host));
        }
        return hosts.asMap().computeIfAbsent(host, Host::new).addresses(bound);
    }

    private static Executor newThreads() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                MAX_THREADS,
                MAX_THREADS,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Threads.daemons("vmail-host-names"));
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    /** One name. The fields change under its monitor. */
    private final class Host {
        private final String name;
        private CompletableFuture<List<InetAddress>> lookUp = CompletableFuture.completedFuture(List.of());
        private List<InetAddress> last = List.of();
        private long begunAt = clock.read() - FRESH.toNanos();

        Host(String name) {
            this.name = name;
        }

        List<InetAddress> addresses(Duration bound) throws IOException {
            List<InetAddress> known;
            CompletableFuture<List<InetAddress>> newest;
            long age;
            synchronized (this) {
                if (lookUp.isDone() && (last.isEmpty() || clock.read() - begunAt >= FRESH.toNanos())) {
                    begunAt = clock.read();
                    lookUp = CompletableFuture.supplyAsync(this::ask, threads);
                }
                known = last;
                newest = lookUp;
                age = clock.read() - begunAt;
            }
            long wait = known.isEmpty() ? bound.toNanos() : PATIENCE.toNanos() - age;
            Optional<List<InetAddress>> answer = await(newest, Math.max(0, wait));
            if (answer.isPresent() && !answer.get().isEmpty()) {
                return answer.get();
            }
            if (known.isEmpty()) {
                throw answer.isPresent()
                        ? new UnknownHostException(name)
                        : new IOException("The address of " + name + " was not found within "
                                + TimeUnit.NANOSECONDS.toMillis(wait) + " ms");
            }
            LOG.debug("The address of {} cannot be looked up now; the last one counts", name);
            return known;
        }

        /** Empty if the resolver knows none, which is also what it says when it cannot tell. */
        private List<InetAddress> ask() {
            try {
                List<InetAddress> found = List.copyOf(resolver.addresses(name));
                synchronized (this) {
                    last = found;
                }
                return found;
            } catch (UnknownHostException e) {
                return List.of();
            }
        }

        private Optional<List<InetAddress>> await(CompletableFuture<List<InetAddress>> answer, long nanos)
                throws IOException {
            try {
                return Optional.of(answer.get(nanos, TimeUnit.NANOSECONDS));
            } catch (TimeoutException notYet) {
                return Optional.empty();
            } catch (ExecutionException e) {
                throw new IOException("The address of " + name + " cannot be looked up", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("Interrupted while the address of " + name + " was looked up");
            }
        }
    }
}
