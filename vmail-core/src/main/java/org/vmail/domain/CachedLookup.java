package org.vmail.domain;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.internal.Printable;
import org.vmail.net.internal.Threads;

/**
 * Remembers the names of addresses, and renews them aside: who asks gets the last good answer at once.
 *
 * <p>An answer is renewed when it is no longer true, whether somebody asks or not, so that nobody gets one that is older
 * than that because nobody asked for a long time. What failed is tried again later: aside, if there was an answer before or
 * the address was to be prepared, else when somebody asks. At most one look-up per address is under way, and at most
 * {@value #MAX_THREADS} look-ups run at a time. Nothing needs to be closed: an instance that nobody uses is collected.
 */
final class CachedLookup {
    private static final Logger LOG = LoggerFactory.getLogger(CachedLookup.class);
    private static final int MAX_THREADS = 4;
    /** Target addresses are our own, but behind a proxy the client's side names them. */
    private static final int MAX_ADDRESSES = 4096;

    private final ReverseLookup lookup;
    private final ReverseLookupOptions options;
    private final LongSupplier nanoClock;
    private final Timer timer;
    private final Semaphore places;
    private final Cache<InetAddress, Entry> entries =
            CacheBuilder.newBuilder().maximumSize(MAX_ADDRESSES).build();
    private final Executor threads;

    /** Runs something later, on threads that may look something up. */
    @FunctionalInterface
    interface Timer {
        void after(Duration delay, Runnable task);
    }

    CachedLookup(ReverseLookup lookup, ReverseLookupOptions options) {
        this(lookup, options, System::nanoTime, newThreads());
    }

    private CachedLookup(ReverseLookup lookup, ReverseLookupOptions options, LongSupplier nanoClock, Executor threads) {
        this(
                lookup,
                options,
                nanoClock,
                threads,
                (delay, task) -> CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, threads)
                        .execute(task));
    }

    CachedLookup(ReverseLookup lookup, ReverseLookupOptions options, LongSupplier nanoClock, Timer timer) {
        this(lookup, options, nanoClock, newThreads(), timer);
    }

    private CachedLookup(
            ReverseLookup lookup, ReverseLookupOptions options, LongSupplier nanoClock, Executor threads, Timer timer) {
        this.lookup = lookup;
        this.options = options;
        this.nanoClock = nanoClock;
        this.threads = threads;
        this.timer = timer;
        this.places = new Semaphore(options.maxWaiting());
    }

    /**
     * What is known of an address; renewed aside if it is old or unknown. If nothing is known, a look-up that is under way
     * is waited for as long as the options allow.
     */
    Optional<List<String>> names(InetAddress address) throws InterruptedIOException {
        Entry entry = entry(address);
        entry.renewIfDue();
        if (entry.names == null && !options.patience().isZero() && places.tryAcquire()) {
            try {
                entry.await(options.patience());
            } finally {
                places.release();
            }
        }
        return Optional.ofNullable(entry.names);
    }

    /** Looks addresses up and waits for the answers, until the deadline at most. */
    void load(Set<InetAddress> addresses) {
        CompletableFuture<?>[] lookups = addresses.stream()
                .map(this::entry)
                .peek(Entry::keepTrying)
                .peek(Entry::renewIfDue)
                .map(Entry::awaited)
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(lookups).join(); // each ends at the deadline, and none with an exception
    }

    private Entry entry(InetAddress address) {
        return entries.asMap().computeIfAbsent(address, Entry::new);
    }

    private void renew(InetAddress address) {
        Entry entry = entries.getIfPresent(address);
        if (entry != null) {
            entry.renewIfDue();
        }
    }

    /** The timer knows an instance only as long as somebody else does, too. */
    private static Runnable renewal(WeakReference<CachedLookup> reference, InetAddress address) {
        return () -> {
            CachedLookup instance = reference.get();
            if (instance != null) {
                instance.renew(address);
            }
        };
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

    private ReverseAnswer lookUp(InetAddress address) throws IOException {
        ReverseAnswer answer = lookup.names(address);
        List<String> names = answer.names();
        if (names.size() > options.maxNames()) {
            LOG.warn("{} has {} names; the first {} count", address.getHostAddress(), names.size(), options.maxNames());
            names = names.subList(0, options.maxNames());
        }
        Optional<ForwardLookup> confirmation = options.confirmation();
        return answer.withNames(confirmation.isPresent() ? confirmed(names, address, confirmation.get()) : names);
    }

    private static List<String> confirmed(List<String> names, InetAddress address, ForwardLookup forward)
            throws IOException {
        List<String> confirmed = new ArrayList<>();
        for (String name : names) {
            Optional<Domain> host = Domain.parse(name.endsWith(".") ? name.substring(0, name.length() - 1) : name);
            if (host.isPresent() && forward.leadsTo(host.get(), address)) {
                confirmed.add(name);
            } else {
                LOG.warn(
                        "{} has the name {}, which does not lead back to it",
                        address.getHostAddress(),
                        Printable.of(name));
            }
        }
        return confirmed;
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
        private boolean keptTrying;
        private boolean failing;

        Entry(InetAddress address) {
            this.address = address;
        }

        synchronized void keepTrying() {
            keptTrying = true;
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

        private synchronized CompletableFuture<?> underWay() {
            return underWay;
        }

        void await(Duration bound) throws InterruptedIOException {
            try {
                underWay().get(bound.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException | ExecutionException notYet) {
                LOG.debug("The name of {} is still not known", address.getHostAddress());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("Interrupted while the name of an address was looked up");
            }
        }

        private ReverseAnswer lookUp() {
            try {
                return CachedLookup.this.lookUp(address);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private synchronized boolean settle(@Nullable ReverseAnswer answer, @Nullable Throwable failure) {
            if (answer != null) {
                if (failing) {
                    failing = false;
                    LOG.info("The name of {} can be looked up again", address.getHostAddress());
                }
                names = answer.names();
                dueAfter(options.lifetime(answer), true);
                return true;
            }
            dueAfter(options.retry(), keptTrying || names != null);
            warn(reason(failure));
            return false;
        }

        private void dueAfter(Duration delay, boolean aside) {
            dueAt = nanoClock.getAsLong() + delay.toNanos();
            if (aside) {
                timer.after(delay, renewal(new WeakReference<>(CachedLookup.this), address));
            }
        }

        private synchronized boolean atDeadline(@Nullable Object settled, @Nullable Throwable late) {
            if (late != null) {
                warn("no answer in time, but it is still waited for");
            }
            return late == null;
        }

        /** Once for each time that it begins to fail: the DNS may be down for hours. */
        private void warn(String reason) {
            String text = "Looking up the name of {} fails, {}: {}";
            String kept = names == null ? "and it was never known" : "so its last names are kept";
            if (failing) {
                LOG.debug(text, address.getHostAddress(), kept, reason);
            } else {
                LOG.warn(text, address.getHostAddress(), kept, reason);
            }
            failing = true;
        }

        private String reason(@Nullable Throwable failure) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return cause instanceof UncheckedIOException io ? String.valueOf(io.getCause()) : String.valueOf(cause);
        }
    }
}
