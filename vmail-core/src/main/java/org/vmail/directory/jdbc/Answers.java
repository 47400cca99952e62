package org.vmail.directory.jdbc;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What was asked of one kind lately. Who exists and who does not are remembered apart, so that strangers' questions push out
 * nobody; a failure is not remembered. Of several threads that ask the same thing at the same time, one asks the database and
 * the others wait. Thread-safe.
 *
 * @param <K> what is asked for
 * @param <V> what is found
 */
final class Answers<K, V> {
    /** After a failure, how long the last good answer counts until the database is asked again. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final long freshNanos;
    private final long absentNanos;
    private final long lastGoodNanos;
    private final Duration patience;
    private final LongSupplier clock;
    private final Cache<K, Answer<V>> present;
    private final Cache<K, Answer<V>> absent;
    private final ConcurrentMap<K, CompletableFuture<Optional<V>>> running = new ConcurrentHashMap<>();

    /**
     * An answer, which is as old as its question.
     *
     * @param askAgain when it is due to be asked for again
     */
    private record Answer<V>(Optional<V> value, long asked, long askAgain) {}

    /** Asks the database. */
    interface LookUp<V> {
        Optional<V> ask() throws IOException;
    }

    Answers(JdbcOptions options) {
        this.freshNanos = options.freshFor().toNanos();
        this.absentNanos = options.absentFor().toNanos();
        this.lastGoodNanos = options.lastGoodFor().toNanos();
        // one look-up is up to five queries, each of which waits for its turn and then for the database
        this.patience = options.timeout().multipliedBy(10);
        this.clock = options.nanoClock();
        this.present =
                CacheBuilder.newBuilder().maximumSize(options.remembered()).build();
        this.absent = CacheBuilder.newBuilder()
                .maximumSize(options.rememberedAbsent())
                .build();
    }

    /** Answers from memory, or asks. */
    Optional<V> get(K key, LookUp<V> lookUp) throws IOException {
        Answer<V> known = fresh(key);
        if (known != null) {
            return known.value();
        }
        CompletableFuture<Optional<V>> own = new CompletableFuture<>();
        CompletableFuture<Optional<V>> other = running.putIfAbsent(key, own);
        try {
            return other == null ? ask(key, own, lookUp) : await(other);
        } catch (Outage e) {
            return lastGood(key, e);
        }
    }

    private @Nullable Answer<V> fresh(K key) {
        long now = clock.getAsLong();
        Answer<V> answer = present.getIfPresent(key);
        if (answer == null) {
            answer = absent.getIfPresent(key);
        }
        return answer != null && now - answer.askAgain() < 0 ? answer : null;
    }

    private Optional<V> ask(K key, CompletableFuture<Optional<V>> own, LookUp<V> lookUp) throws IOException {
        try {
            Answer<V> justNow = fresh(key); // by somebody who was quicker
            Optional<V> value = justNow == null ? remember(key, clock.getAsLong(), lookUp.ask()) : justNow.value();
            own.complete(value);
            return value;
        } catch (IOException | RuntimeException | Error e) {
            own.completeExceptionally(e);
            throw e;
        } finally {
            running.remove(key, own);
        }
    }

    private Optional<V> remember(K key, long asked, Optional<V> value) {
        if (value.isPresent()) {
            present.put(key, new Answer<>(value, asked, asked + freshNanos));
            absent.invalidate(key);
        } else {
            present.invalidate(key);
            absent.put(key, new Answer<>(value, asked, asked + absentNanos));
        }
        return value;
    }

    private Optional<V> await(CompletableFuture<Optional<V>> other) throws IOException {
        try {
            return other.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new Outage("the database of the directory takes too long");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the database of the directory");
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof Outage) {
                throw new Outage(String.valueOf(cause.getMessage()));
            }
            if (cause instanceof IOException) {
                throw new IOException(cause.getMessage(), cause);
            }
            throw new IllegalStateException("the look-up that this one waited for failed", cause);
        }
    }

    /** Who exists still exists for a while when nobody can say otherwise. That somebody does not exist is never told so. */
    private Optional<V> lastGood(K key, Outage e) throws Outage {
        Answer<V> last = present.getIfPresent(key);
        long now = clock.getAsLong();
        if (last == null || now - last.asked() - freshNanos >= lastGoodNanos) {
            throw e;
        }
        present.asMap().replace(key, last, new Answer<>(last.value(), last.asked(), now + RETRY.toNanos()));
        return last.value();
    }
}
