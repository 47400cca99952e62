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

/** A reverse look-up that answers, fails or hangs as a test says, and counts. An address that nothing was said of has no names. */
public final class ScriptedLookup implements ReverseLookup {
    /** What happens to a look-up. */
    @FunctionalInterface
    public interface Behaviour {
        ReverseAnswer names() throws IOException;
    }

    private final Map<InetAddress, Behaviour> behaviours = new ConcurrentHashMap<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    public ScriptedLookup answer(InetAddress address, String... names) {
        return behave(address, () -> ReverseAnswer.of(names));
    }

    /** An answer that says for how long it is true. */
    public ScriptedLookup answerFor(Duration timeToLive, InetAddress address, String... names) {
        return behave(address, () -> new ReverseAnswer(List.of(names), Optional.of(timeToLive)));
    }

    public ScriptedLookup fail(InetAddress address) {
        return behave(address, () -> {
            throw new IOException("SERVFAIL");
        });
    }

    /** Hangs until {@link #release}, then answers. */
    public ScriptedLookup hang(InetAddress address, String... names) {
        return behave(address, () -> {
            awaitRelease();
            return ReverseAnswer.of(names);
        });
    }

    public ScriptedLookup behave(InetAddress address, Behaviour behaviour) {
        behaviours.put(address, behaviour);
        return this;
    }

    public void release() {
        released.countDown();
    }

    public int calls() {
        return calls.get();
    }

    public int underWay() {
        return calls.get() - ended.get();
    }

    @Override
    public ReverseAnswer names(InetAddress address) throws IOException {
        calls.incrementAndGet();
        try {
            return behaviours.getOrDefault(address, ReverseAnswer::of).names();
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
