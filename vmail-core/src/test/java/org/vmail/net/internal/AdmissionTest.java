package org.vmail.net.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.vmail.net.ServerOptions;
import org.vmail.net.internal.Admission.Place;

class AdmissionTest {
    private final List<Integer> dropped = new ArrayList<>();

    @Test
    void noClientGetsMoreThanItsShare() {
        Admission admission = admission(10, 2, 10);
        assertThat(enter(admission, 1)).isPresent();
        assertThat(enter(admission, 1)).isPresent();
        assertThat(enter(admission, 1)).isEmpty();
        assertThat(enter(admission, 2)).isPresent();
        assertThat(dropped).isEmpty();
    }

    @Test
    void anIpv6CustomerIsOneClientWhateverItsAddress() throws UnknownHostException {
        Admission admission = admission(10, 1, 10);
        assertThat(admission.enter(InetAddress.getByName("2001:db8:0:1::1"), false, dropped -> {}))
                .isPresent();
        assertThat(admission.enter(InetAddress.getByName("2001:db8:0:1:ffff::2"), false, dropped -> {}))
                .isEmpty();
        assertThat(admission.enter(InetAddress.getByName("2001:db8:0:2::1"), false, dropped -> {}))
                .isPresent();
    }

    @Test
    void whoIsBehindAProxyIsCountedWhenItHasTold() {
        Admission admission = admission(10, 1, 10);
        Place first = admission.enter(client(99), true, address -> {}).orElseThrow();
        Place second = admission.enter(client(99), true, address -> {}).orElseThrow();
        Place third = admission.enter(client(99), true, address -> {}).orElseThrow();
        assertThat(first.identify(client(1))).isTrue();
        assertThat(second.identify(client(2))).isTrue();
        assertThat(third.identify(client(1))).isFalse();
        assertThat(enter(admission, 2)).isEmpty();
        third.leave();
        second.leave();
        assertThat(enter(admission, 1)).isEmpty();
        assertThat(enter(admission, 2)).isPresent();
        first.leave();
        assertThat(enter(admission, 1)).isPresent();
    }

    @Test
    void whoHadToMakeRoomBeforeItsProxyToldIsNotCounted() {
        Admission admission = admission(1, 1, 1);
        Place dropped = admission.enter(client(99), true, address -> {}).orElseThrow();
        Place next = admission.enter(client(99), true, address -> {}).orElseThrow();
        assertThat(dropped.identify(client(1))).isTrue();
        assertThat(next.identify(client(1))).isTrue();
        dropped.leave();
        assertThat(next.identify(client(1))).as("counted once").isFalse();
    }

    @Test
    void whoHasLoggedInIsNotDroppedForAnother() {
        Admission admission = admission(2, 2, 2);
        Place first = enter(admission, 1).orElseThrow();
        first.established();
        enter(admission, 2).orElseThrow().established();
        assertThat(enter(admission, 3)).isEmpty();
        assertThat(dropped).isEmpty();
        first.leave();
        assertThat(enter(admission, 3)).isPresent();
    }

    @Test
    void theOldestThatHasNotLoggedInMakesRoom() {
        Admission admission = admission(3, 2, 3);
        enter(admission, 1).orElseThrow().established();
        enter(admission, 2);
        enter(admission, 3);
        assertThat(enter(admission, 4)).isPresent();
        assertThat(enter(admission, 5)).isPresent();
        assertThat(dropped).containsExactly(2, 3);
    }

    @Test
    void halfOpenConnectionsHaveABoundOfTheirOwn() {
        Admission admission = admission(10, 2, 2);
        enter(admission, 1);
        enter(admission, 2);
        assertThat(enter(admission, 3)).isPresent();
        assertThat(dropped).containsExactly(1);
    }

    @Test
    void whoIsDroppedCountsNoMoreForItsNetwork() {
        Admission admission = admission(1, 1, 1);
        Place victim = enter(admission, 1).orElseThrow();
        enter(admission, 2);
        assertThat(enter(admission, 1)).isPresent();
        victim.leave();
        assertThat(enter(admission, 1))
                .as("leaving late gives nothing back twice")
                .isEmpty();
    }

    @Test
    void whoLeavesMakesRoomForTheSameClient() {
        Admission admission = admission(10, 2, 10);
        for (int i = 0; i < 10; i++) {
            Place first = enter(admission, 1).orElseThrow();
            Place second = enter(admission, 1).orElseThrow();
            assertThat(enter(admission, 1)).isEmpty();
            first.leave();
            second.leave();
        }
    }

    @Test
    void itIsEmptyOnlyWhenThreadsOfDroppedClientsHaveEndedToo() throws InterruptedException {
        Admission admission = admission(1, 1, 1);
        Place victim = enter(admission, 1).orElseThrow();
        Place last = enter(admission, 2).orElseThrow();
        last.leave();
        assertThat(admission.awaitEmpty(Duration.ZERO)).isFalse();
        victim.leave();
        assertThat(admission.awaitEmpty(Duration.ZERO)).isTrue();
    }

    @Test
    void nobodyEntersOnceItsEndIsAwaited() throws InterruptedException {
        Admission admission = admission(3, 2, 3);
        assertThat(admission.awaitEmpty(Duration.ZERO)).isTrue();
        assertThat(enter(admission, 1)).isEmpty();
    }

    @Test
    void theBoundsHoldUnderConcurrency() throws InterruptedException {
        Admission busy = admission(4, 3, 4);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger tooMany = new AtomicInteger();
        IntStream.range(0, 20_000).parallel().forEach(i -> {
            Optional<Place> place = busy.enter(client(i % 2), false, address -> inside.decrementAndGet());
            place.ifPresent(Place::established);
            if (place.isPresent()) {
                if (inside.incrementAndGet() > 4) {
                    tooMany.incrementAndGet();
                }
                inside.decrementAndGet();
                place.get().leave();
            }
        });
        assertThat(tooMany).hasValue(0);
        assertThat(busy.awaitEmpty(Duration.ZERO))
                .as("every place was given back")
                .isTrue();
    }

    private static Admission admission(int max, int perClient, int halfOpen) {
        return new Admission(ServerOptions.defaults()
                .withMaxConnections(max)
                .withMaxConnectionsPerClient(perClient)
                .withMaxHalfOpenConnections(halfOpen));
    }

    private Optional<Place> enter(Admission admission, int client) {
        return admission.enter(client(client), false, address -> dropped.add(client));
    }

    private static InetAddress client(int number) {
        try {
            return InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) number});
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
