package org.vmail.net.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import com.google.common.base.Ticker;
import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vmail.internal.ManualClock;

/** A resolver that dies never keeps a client longer than it is allowed to. */
class HostAddressesTest {
    private static final InetAddress FIRST = InetAddresses.forString("192.0.2.1");
    private static final InetAddress SECOND = InetAddresses.forString("192.0.2.2");
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final ManualClock clock = new ManualClock();
    private final AtomicInteger asked = new AtomicInteger();
    private final CountDownLatch alive = new CountDownLatch(1);
    private volatile HostAddresses.Resolver resolver = host -> List.of(FIRST);
    private final HostAddresses names = new HostAddresses(
            host -> {
                asked.incrementAndGet();
                return resolver.addresses(host);
            },
            new Ticker() {
                @Override
                public long read() {
                    return clock.getAsLong();
                }
            });

    @AfterEach
    void endTheResolver() {
        alive.countDown();
    }

    private List<InetAddress> hang() throws UnknownHostException {
        try {
            alive.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return List.of(SECOND);
    }

    @Test
    void anAddressIsNotLookedUp() throws IOException {
        assertThat(names.of("192.0.2.7", SHORT)).containsExactly(InetAddresses.forString("192.0.2.7"));
        assertThat(names.of("2001:db8::7", SHORT)).containsExactly(InetAddresses.forString("2001:db8::7"));
        assertThat(asked).hasValue(0);
    }

    @Test
    void aNameIsLookedUpAgainAfterAWhile() throws IOException {
        assertThat(names.of("pop.example", LONG)).containsExactly(FIRST);
        resolver = host -> List.of(SECOND);
        assertThat(names.of("pop.example", LONG)).containsExactly(FIRST);
        clock.advance(Duration.ofSeconds(10));
        assertThat(names.of("pop.example", LONG)).containsExactly(SECOND);
    }

    @Test
    void whoHasNoAnswerWaitsAsLongAsHeIsAllowedTo() {
        resolver = host -> hang();
        assertTimeoutPreemptively(LONG, () -> {
            for (int i = 0; i < 3; i++) {
                assertThatIOException()
                        .isThrownBy(() -> names.of("pop.example", SHORT))
                        .withMessageContaining("pop.example")
                        .withMessageContaining("50 ms");
            }
        });
        assertThat(asked).as("once at a time for each name").hasValue(1);
    }

    @Test
    void theLastGoodAnswerCountsWhileTheResolverHangs() throws IOException {
        assertThat(names.of("pop.example", LONG)).containsExactly(FIRST);
        resolver = host -> hang();
        clock.advance(Duration.ofSeconds(10));
        assertThat(names.of("pop.example", LONG)).containsExactly(FIRST);
        clock.advance(Duration.ofHours(1));
        assertTimeoutPreemptively(
                Duration.ofMillis(500),
                () -> assertThat(names.of("pop.example", LONG)).containsExactly(FIRST),
                "somebody has waited for this look-up already");
        alive.countDown();
        await().untilAsserted(() -> assertThat(names.of("pop.example", LONG)).containsExactly(SECOND));
    }

    @Test
    void theLastGoodAnswerCountsWhileTheResolverFails() throws IOException {
        assertThat(names.of("pop.example", LONG)).containsExactly(FIRST);
        resolver = host -> {
            throw new UnknownHostException(host);
        };
        clock.advance(Duration.ofSeconds(10));
        assertThat(names.of("pop.example", LONG)).containsExactly(FIRST);
        assertThat(asked).hasValue(2);
    }

    @Test
    void aNameThatIsUnknownIsAskedForEachTime() throws IOException {
        resolver = host -> {
            throw new UnknownHostException(host);
        };
        assertThatExceptionOfType(UnknownHostException.class).isThrownBy(() -> names.of("pop.example", LONG));
        resolver = host -> List.of(FIRST);
        assertThat(names.of("pop.example", LONG)).containsExactly(FIRST);
    }
}
