package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A reverse look-up that answers, fails or hangs as a test says, and counts. */
final class ScriptedLookup implements ReverseLookup {
    /** What happens to a look-up. */
    @FunctionalInterface
    interface Behaviour {
        ReverseAnswer names() throws IOException;
    }

    private final Map<InetAddress, Behaviour> behaviours = new ConcurrentHashMap<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    ScriptedLookup answer(InetAddress address, String... names) {
        return behave(address, () -> ReverseAnswer.of(names));
    }

    /** An answer that says for how long it is true. */
    ScriptedLookup answerFor(Duration timeToLive, InetAddress address, String... names) {
        return behave(address, () -> new ReverseAnswer(List.of(names), Optional.of(timeToLive)));
    }

    ScriptedLookup fail(InetAddress address) {
        return behave(address, () -> {
            throw new IOException("SERVFAIL");
        });
    }

    /** Hangs until {@link #release}, then answers. */
    ScriptedLookup hang(InetAddress address, String... names) {
        return behave(address, () -> {
            awaitRelease();
            return ReverseAnswer.of(names);
        });
    }

    ScriptedLookup behave(InetAddress address, Behaviour behaviour) {
        behaviours.put(address, behaviour);
        return this;
    }

    void release() {
        released.countDown();
    }

    int calls() {
        return calls.get();
    }

    int underWay() {
        return calls.get() - ended.get();
    }

    @Override
    public ReverseAnswer names(InetAddress address) throws IOException {
        calls.incrementAndGet();
        try {
            return behaviours.get(address).names();
        } finally {
            ended.incrementAndGet();
        }
    }

    private void awaitRelease() throws IOException {
        try {
            released.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
