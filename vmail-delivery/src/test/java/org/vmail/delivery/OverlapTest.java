package org.vmail.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class OverlapTest {
    private static final int PATIENCE_SECONDS = 20;
    private static final List<Integer> TWELVE = IntStream.range(0, 12).boxed().toList();

    private final Set<Integer> worked = ConcurrentHashMap.newKeySet();
    private final List<Integer> told = new ArrayList<>();

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "4, 3", "4, 64", "12, 64", "100, 64"})
    void everythingIsDoneOnceAndToldInOrder(int width, int threads) {
        AtomicInteger count = new AtomicInteger();
        new Overlap(width, threads)
                .forEach(TWELVE, item -> item % 5 != 0, item -> count.incrementAndGet(), item -> told.add(item));

        assertThat(count).hasValue(12);
        assertThat(told).isEqualTo(TWELVE);
    }

    @ParameterizedTest
    @CsvSource({"2", "3", "4", "6"})
    void asManyAsAllowedAreDoneTogetherAndNoMore(int width) {
        CyclicBarrier together = new CyclicBarrier(width);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        new Overlap(width, 64)
                .forEach(
                        TWELVE,
                        item -> true,
                        item -> {
                            most.accumulateAndGet(now.incrementAndGet(), Math::max);
                            pass(together);
                            now.decrementAndGet();
                        },
                        item -> told.add(item));

        assertThat(most).hasValue(width);
        assertThat(told).isEqualTo(TWELVE);
    }

    @Test
    void whatMayNotBeAheadIsDoneByTheCallerWhenItIsItsTurn() {
        Set<Integer> byOthers = ConcurrentHashMap.newKeySet();
        Thread caller = Thread.currentThread();
        new Overlap(4, 64)
                .forEach(
                        TWELVE,
                        item -> item % 2 == 0,
                        item -> {
                            if (!Thread.currentThread().equals(caller)) {
                                byOthers.add(item);
                            } else if (item % 2 == 1) {
                                assertThat(told).as("told before %s", item).hasSize(item);
                            }
                        },
                        item -> told.add(item));

        assertThat(byOthers).allMatch(item -> item % 2 == 0);
    }

    @Test
    void aResultIsToldWhileTheNextOneIsStillUnderWay() {
        CountDownLatch firstTold = new CountDownLatch(1);
        new Overlap(2, 1)
                .forEach(
                        List.of(0, 1),
                        item -> true,
                        item -> {
                            if (item == 1) {
                                pass(firstTold);
                            }
                        },
                        item -> firstTold.countDown());

        assertThat(firstTold.getCount()).isZero();
    }

    @Test
    void whenTheSystemHasNoThreadTheCallerDoesItsWorkAlone() {
        Overlap overlap = new Overlap(4, task -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        Thread caller = Thread.currentThread();
        List<Integer> done = new ArrayList<>();
        overlap.forEach(
                TWELVE, item -> true, item -> assertThat(Thread.currentThread()).isEqualTo(caller), done::add);
        assertThat(done).isEqualTo(TWELVE);
    }

    @Test
    void whenAllThreadsAreBusyTheCallerDoesItsWorkAlone() {
        Overlap overlap = new Overlap(2, 1);
        CountDownLatch done = new CountDownLatch(1);
        Thread caller = Thread.currentThread();
        overlap.forEach(
                List.of(0, 1),
                item -> true,
                item -> {
                    if (item == 1) {
                        pass(done);
                    } else { // the only thread is at the other one, or will be at nothing
                        overlap.forEach(TWELVE, inner -> true, worked::add, inner -> {
                            assertThat(Thread.currentThread()).isEqualTo(caller);
                            told.add(inner);
                        });
                        done.countDown();
                    }
                },
                item -> {});

        assertThat(told).isEqualTo(TWELVE);
        assertThat(worked).containsExactlyInAnyOrderElementsOf(TWELVE);
    }

    @Test
    void whatTheWorkThrowsIsThrownInTurnAndNothingBehindItIsTold() {
        Overlap overlap = new Overlap(3, 64);
        assertThatThrownBy(() -> overlap.forEach(
                        TWELVE,
                        item -> true,
                        item -> {
                            worked.add(item);
                            if (item == 4) {
                                throw new IllegalStateException("cause-1234567");
                            }
                        },
                        item -> told.add(item)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("cause-1234567");

        assertThat(told).containsExactly(0, 1, 2, 3);
        assertThat(worked).allMatch(item -> item <= 6);
    }

    @Test
    void whenItReturnsByAnExceptionNobodyIsAtWorkAnyMore() {
        CyclicBarrier begun = new CyclicBarrier(4);
        AtomicInteger now = new AtomicInteger();
        assertThatThrownBy(() -> new Overlap(4, 64)
                        .forEach(
                                TWELVE,
                                item -> true,
                                item -> {
                                    now.incrementAndGet();
                                    pass(begun);
                                    now.decrementAndGet();
                                },
                                item -> {
                                    throw new IllegalStateException("the client is gone");
                                }))
                .hasMessage("the client is gone");

        assertThat(now).hasValue(0);
    }

    @Test
    void anInterruptReachesWhoWorksForTheCallerAndStaysWithTheCaller() {
        Thread caller = Thread.currentThread();
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean reached = new AtomicBoolean();
        new Overlap(2, 64)
                .forEach(
                        List.of(0, 1),
                        item -> true,
                        item -> {
                            if (Thread.currentThread().equals(caller)) {
                                pass(begun);
                            } else {
                                begun.countDown();
                                await().until(() -> caller.getState() == Thread.State.WAITING);
                                caller.interrupt();
                                reached.set(isInterruptedSoon());
                            }
                        },
                        item -> told.add(item));

        assertThat(reached).as("interrupt of the other thread").isTrue();
        assertThat(Thread.interrupted()).as("of the caller").isTrue();
        assertThat(told).containsExactly(0, 1);
    }

    @Test
    void anInterruptThatWasThereBeforeReachesEachOfThem() {
        CountDownLatch allBegun = new CountDownLatch(3);
        AtomicInteger reached = new AtomicInteger();
        Thread caller = Thread.currentThread();
        new Overlap(4, 64)
                .forEach(
                        List.of(0, 1, 2, 3),
                        item -> true,
                        item -> {
                            if (Thread.currentThread().equals(caller)) {
                                pass(allBegun);
                                Thread.currentThread().interrupt();
                            } else {
                                allBegun.countDown();
                                if (isInterruptedSoon()) {
                                    reached.incrementAndGet();
                                }
                            }
                        },
                        item -> told.add(item));

        assertThat(Thread.interrupted()).as("of the caller").isTrue();
        assertThat(reached).hasValue(3);
        assertThat(told).containsExactly(0, 1, 2, 3);
    }

    @Test
    void aThreadThatWasInterruptedForOneCallerIsNotForTheNext() {
        Overlap overlap = new Overlap(2, 1);
        CountDownLatch begun = new CountDownLatch(1);
        Thread caller = Thread.currentThread();
        overlap.forEach(
                List.of(0, 1),
                item -> true,
                item -> {
                    if (Thread.currentThread().equals(caller)) {
                        pass(begun);
                        Thread.currentThread().interrupt();
                    } else {
                        begun.countDown();
                        isInterruptedSoon();
                        Thread.currentThread().interrupt(); // as what was interrupted often does
                    }
                },
                item -> {});
        assertThat(Thread.interrupted()).isTrue();

        for (int i = 0; i < 100; i++) {
            overlap.forEach(
                    TWELVE,
                    item -> true,
                    item -> assertThat(Thread.currentThread().isInterrupted()).isFalse(),
                    item -> {});
        }
    }

    @Test
    void threadsEndByThemselves() {
        CyclicBarrier together = new CyclicBarrier(3);
        Set<Thread> threads = ConcurrentHashMap.newKeySet();
        new Overlap(3, 2)
                .forEach(
                        List.of(0, 1, 2),
                        item -> true,
                        item -> {
                            threads.add(Thread.currentThread());
                            pass(together);
                        },
                        item -> {});
        threads.remove(Thread.currentThread());

        assertThat(threads)
                .hasSize(2)
                .allMatch(Thread::isDaemon)
                .allMatch(thread -> thread.getName().startsWith("vmail-"));
        await().untilAsserted(() -> assertThat(threads).noneMatch(Thread::isAlive));
    }

    @Test
    void boundsArePositive() {
        assertThatThrownBy(() -> new Overlap(0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Overlap(1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void pass(CyclicBarrier barrier) {
        try {
            barrier.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static void pass(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isInterruptedSoon() {
        try {
            return new CountDownLatch(1).await(PATIENCE_SECONDS, TimeUnit.SECONDS); // false, as nobody counts it down
        } catch (InterruptedException e) {
            return true;
        }
    }
}
