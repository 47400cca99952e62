package org.vmail.domain;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.internal.Threads;

/**
 * Remembers the names of addresses, and renews them aside: who asks gets the last good answer at once.
 *
 * <p>At most one look-up per address is under way, and at most {@value #MAX_THREADS} look-ups run at a time.
 */
final class CachedLookup {
    private static final Logger LOG = LoggerFactory.getLogger(CachedLookup.class);
    private static final int MAX_THREADS = 4;
    /** Target addresses are our own, but behind a proxy the client's side names them. */
    private static final int MAX_ADDRESSES = 4096;

    private final ReverseLookup lookup;
    private final ReverseLookupOptions options;
    private final LongSupplier nanoClock;
    private final Executor threads = newThreads();
    private final Cache<InetAddress, Entry> entries =
            CacheBuilder.newBuilder().maximumSize(MAX_ADDRESSES).build();

    CachedLookup(ReverseLookup lookup, ReverseLookupOptions options, LongSupplier nanoClock) {
        this.lookup = lookup;
        this.options = options;
        this.nanoClock = nanoClock;
    }

    /** What is known of an address; renewed aside if it is old or unknown. */
    Optional<List<String>> names(InetAddress address) {
        Entry entry = entry(address);
        entry.renewIfDue();
        return Optional.ofNullable(entry.names);
    }

    /** Looks addresses up and waits for the answers, until the deadline at most. */
    void load(Set<InetAddress> addresses) {
        CompletableFuture<?>[] lookups = addresses.stream()
                .map(this::entry)
                .peek(Entry::renewIfDue)
                .map(Entry::awaited)
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(lookups).join(); // each ends at the deadline, and none with an exception
    }

    private Entry entry(InetAddress address) {
        return entries.asMap().computeIfAbsent(address, Entry::new);
    }

    private static Executor newThreads() {
        ThreadPoolExecutor threads = new ThreadPoolExecutor(
                MAX_THREADS,
                MAX_THREADS,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Threads.daemons("vmail-dns"));
        threads.allowCoreThreadTimeOut(true); // none is left when nothing is looked up, so nobody needs to close this
        return threads;
    }

    /** One address. The fields change together, under its monitor; names are read without it. */
    private final class Entry {
        private final InetAddress address;
        private volatile @Nullable List<String> names;
        /** Ends with the look-up, however long that takes. */
        private CompletableFuture<?> underWay = CompletableFuture.completedFuture(null);
        /** Ends with the look-up, too, but at the deadline at the latest. */
        private CompletableFuture<?> awaited = underWay;

        private long dueAt = nanoClock.getAsLong();

        Entry(InetAddress address) {
            this.address = address;
        }

        synchronized void renewIfDue() {
            if (underWay.isDone() && nanoClock.getAsLong() - dueAt >= 0) {
                underWay = CompletableFuture.supplyAsync(this::lookUp, threads).handle(this::settle);
                awaited = underWay.copy()
                        .orTimeout(options.deadline().toNanos(), TimeUnit.NANOSECONDS)
                        .handle(this::atDeadline);
            }
        }

        synchronized CompletableFuture<?> awaited() {
            return awaited;
        }

        private List<String> lookUp() {
            try {
                return List.copyOf(lookup.names(address));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private synchronized boolean settle(@Nullable List<String> answer, @Nullable Throwable failure) {
            if (answer != null) {
                names = answer;
                dueAt = nanoClock.getAsLong() + options.refresh().toNanos();
                return true;
            }
            dueAt = nanoClock.getAsLong() + options.retry().toNanos();
            warn(reason(failure));
            return false;
        }

        private boolean atDeadline(@Nullable Object settled, @Nullable Throwable late) {
            if (late != null) {
                warn("no answer in time, but it is still waited for");
            }
            return late == null;
        }

        private void warn(String reason) {
            LOG.warn(
                    "Looking up the name of {} failed, {}: {}",
                    address.getHostAddress(),
                    names == null ? "and it was never known" : "so its last names are kept",
                    reason);
        }

        private String reason(@Nullable Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return cause instanceof UncheckedIOException io ? String.valueOf(io.getCause()) : String.valueOf(cause);
        }
    }
}
