package org.vmail.net.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private final Admission admission = new Admission(3, 2);

    @Test
    void noClientGetsMoreThanItsShare() {
        assertThat(admission.tryEnter(client(1))).isTrue();
        assertThat(admission.tryEnter(client(1))).isTrue();
        assertThat(admission.tryEnter(client(1))).isFalse();
        assertThat(admission.tryEnter(client(2)))
                .as("who was refused takes no place")
                .isTrue();
    }

    @Test
    void allClientsTogetherGetNoMoreThanThereIs() {
        assertThat(admission.tryEnter(client(1))).isTrue();
        assertThat(admission.tryEnter(client(2))).isTrue();
        assertThat(admission.tryEnter(client(3))).isTrue();
        assertThat(admission.tryEnter(client(4))).isFalse();
        admission.leave(client(2));
        assertThat(admission.tryEnter(client(4))).isTrue();
    }

    @Test
    void whoLeavesMakesRoomForTheSameClient() {
        for (int i = 0; i < 10; i++) {
            assertThat(admission.tryEnter(client(1))).isTrue();
            assertThat(admission.tryEnter(client(1))).isTrue();
            assertThat(admission.tryEnter(client(1))).isFalse();
            admission.leave(client(1));
            admission.leave(client(1));
        }
    }

    @Test
    void nobodyEntersOnceItWasEmpty() throws InterruptedException {
        assertThat(admission.tryEnter(client(1))).isTrue();
        assertThat(admission.awaitEmpty(Duration.ZERO)).isFalse();
        assertThat(admission.tryEnter(client(2))).isTrue();
        admission.leave(client(1));
        admission.leave(client(2));
        assertThat(admission.awaitEmpty(Duration.ZERO)).isTrue();
        assertThat(admission.tryEnter(client(1))).isFalse();
    }

    @Test
    void theBoundsHoldUnderConcurrency() throws InterruptedException {
        Admission busy = new Admission(4, 3);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger tooMany = new AtomicInteger();
        IntStream.range(0, 20_000).parallel().forEach(i -> {
            if (busy.tryEnter(client(i % 2))) {
                if (inside.incrementAndGet() > 4) {
                    tooMany.incrementAndGet();
                }
                inside.decrementAndGet();
                busy.leave(client(i % 2));
            }
        });
        assertThat(tooMany).hasValue(0);
        assertThat(busy.awaitEmpty(Duration.ZERO))
                .as("every place was given back")
                .isTrue();
    }

    private static InetAddress client(int number) {
        try {
            return InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, (byte) number});
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
