package org.vmail.net.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ThreadsTest {
    private static final boolean HAS_VIRTUAL_THREADS = Runtime.version().feature() >= 21;

    @Test
    void conversationsRunOnVirtualThreadsWhereThereAreSome() throws Exception {
        assertThat(isVirtual(threadOf(Threads.forConversations("talk", 1)))).isEqualTo(HAS_VIRTUAL_THREADS);
    }

    @Test
    void aSingleThreadIsVirtualWhereThereAreSome() throws InterruptedException {
        Thread thread = Threads.start("copy", () -> {});
        thread.join();
        assertThat(isVirtual(thread)).isEqualTo(HAS_VIRTUAL_THREADS);
        assertThat(thread.isDaemon()).isTrue();
    }

    @Test
    void filesAreWrittenOnPlatformThreadsWithAName() throws Exception {
        Thread thread = threadOf(Threads.forFiles("spool", 1));
        assertThat(isVirtual(thread)).isFalse();
        assertThat(thread.isDaemon()).isTrue();
        assertThat(thread.getName()).isEqualTo("spool-1");
    }

    @Test
    void oneTaskTooManyIsRejectedAndNotQueued() {
        ExecutorService executor = Threads.forFiles("spool", 2);
        CountDownLatch end = new CountDownLatch(1);
        Runnable waiting = () -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        try {
            executor.execute(waiting);
            executor.execute(waiting);
            assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> executor.execute(waiting));
        } finally {
            end.countDown();
            executor.shutdown();
        }
    }

    private static Thread threadOf(ExecutorService executor) throws Exception {
        try {
            return executor.submit(Thread::currentThread).get(10, TimeUnit.SECONDS);
        } finally {
            executor.shutdown();
        }
    }

    private static boolean isVirtual(Thread thread) {
        try {
            return (boolean) Thread.class.getMethod("isVirtual").invoke(thread);
        } catch (ReflectiveOperationException before21) {
            return false;
        }
    }
}
