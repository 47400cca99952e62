package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmail.net.ServerOptions;
import org.vmail.net.internal.Wire.EndReason;
import org.vmail.net.internal.Wire.Line;

/** Deadlines are checked with a clock that the tests move: nothing here waits for one to pass. */
class ClientConnectionTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private SocketPair pair;

    @BeforeEach
    void connect() throws IOException {
        pair = SocketPair.open(MINUTE);
    }

    @AfterEach
    void disconnect() throws IOException {
        pair.close();
    }

    @Test
    void bothAddressesAreKnown() throws IOException {
        assertThat(pair.server().info().local()).isEqualTo(pair.client().getRemoteAddress());
        assertThat(pair.server().info().remote()).isEqualTo(pair.client().getLocalAddress());
        assertThat(pair.server().info().isLoopback()).isTrue();
        assertThat(pair.server().info().encrypted()).isFalse();
        assertThat(pair.server().info().serverName()).isEmpty();
    }

    @Test
    void aClientThatSendsNoCommandInTimeCanStillBeTold() throws IOException {
        Wire wire = new Wire(pair.server());
        CompletableFuture<Line> line = readLine(wire);
        checkUntilDone(line, MINUTE.plusSeconds(1));
        assertThat(line.join()).isEqualTo(new Line.End(EndReason.TIMED_OUT));
        wire.writeLine("-ERR bye");
        wire.flush();
        assertThat(receive(10)).isEqualTo("-ERR bye\r\n");
    }

    @Test
    void aCommandThatTricklesInTakesNoMoreTimeForThat() throws IOException {
        CompletableFuture<Line> line = readLine(new Wire(pair.server()));
        await().until(() -> {
            if (!line.isDone()) {
                pair.client().write(US_ASCII.encode("x"));
            }
            pair.server()
                    .checkDeadlines(System.nanoTime() + MINUTE.plusSeconds(1).toNanos());
            return line.isDone();
        });
        assertThat(line.join()).isEqualTo(new Line.End(EndReason.TIMED_OUT));
    }

    @Test
    void beforeTheDeadlineNothingHappens() throws IOException {
        CompletableFuture<Line> line = readLine(new Wire(pair.server()));
        for (int i = 0; i < 100; i++) {
            pair.server()
                    .checkDeadlines(System.nanoTime() + MINUTE.minusSeconds(10).toNanos());
        }
        pair.client().write(US_ASCII.encode("NOOP\r\n"));
        assertThat(line.join()).isEqualTo(new Line.Text("NOOP"));
        assertThat(pair.server().isTimedOut()).isFalse();
    }

    @Test
    void whileNothingIsReadNoDeadlinePasses() throws IOException {
        pair.client().write(US_ASCII.encode("NOOP\r\n"));
        Wire wire = new Wire(pair.server());
        assertThat(wire.readLine(100, MINUTE)).isEqualTo(new Line.Text("NOOP"));
        pair.server().checkDeadlines(System.nanoTime() + Duration.ofDays(1).toNanos());
        pair.client().write(US_ASCII.encode("QUIT\r\n"));
        assertThat(wire.readLine(100, MINUTE)).as("a slow command of ours").isEqualTo(new Line.Text("QUIT"));
    }

    @Test
    void dataThatDoesNotComeInTimeEndsTheTransfer() throws IOException {
        Wire wire = new Wire(pair.server());
        CompletableFuture<Integer> count = background(() -> wire.read(new byte[10], MINUTE));
        checkUntilDone(count, MINUTE.plusSeconds(1));
        assertThat(count.join()).isEqualTo(-1);
        assertThat(pair.server().isTimedOut()).isTrue();
    }

    @Test
    void aClientThatClosesIsNotTimedOut() throws IOException {
        pair.client().shutdownOutput();
        assertThat(new Wire(pair.server()).readLine(100, MINUTE)).isEqualTo(new Line.End(EndReason.CLOSED));
        assertThat(pair.server().isTimedOut()).isFalse();
    }

    @Test
    void aClientThatDoesNotReadIsClosed() {
        CompletableFuture<Integer> written = background(() -> {
            while (true) {
                pair.server().write(ByteBuffer.allocate(16 * 1024));
            }
        });
        checkUntilDone(written, MINUTE.plusSeconds(1));
        assertThatIOException().isThrownBy(() -> unwrap(written)).isInstanceOf(ClosedChannelException.class);
        assertThat(pair.server().isOpen()).isFalse();
    }

    @Test
    void aStopEndsTheWaitForACommandAtOnce() throws IOException {
        Wire wire = new Wire(pair.server());
        CompletableFuture<Line> line = readLine(wire);
        pair.server().requestStop();
        assertThat(line.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(new Line.End(EndReason.STOPPING));
        wire.writeLine("-ERR closing");
        wire.flush();
        assertThat(receive(14)).isEqualTo("-ERR closing\r\n");
    }

    @Test
    void aStopDoesNotEndATransfer() throws IOException {
        Wire wire = new Wire(pair.server());
        CompletableFuture<Integer> count = background(() -> wire.read(new byte[10], MINUTE));
        pair.server().requestStop();
        pair.client().write(US_ASCII.encode("data"));
        assertThat(count.join()).isEqualTo(4);
    }

    @Test
    void aClientThatReadsTooSlowlyUsesUpItsTime() throws IOException {
        pair.close();
        pair = SocketPair.open(ServerOptions.defaults().withWriteTimeout(MINUTE).withMinReadRate(1_000_000_000));
        CompletableFuture<Integer> written = background(() -> {
            while (true) {
                pair.server().write(ByteBuffer.allocate(16 * 1024));
            }
        });
        ByteBuffer some = ByteBuffer.allocate(1024);
        await().until(() -> {
            // It takes something before each check: only the sum of its pauses exceeds the time.
            pair.client().read(some.clear());
            pair.server()
                    .checkDeadlines(System.nanoTime() + MINUTE.minusMillis(1).toNanos());
            return written.isDone();
        });
        assertThatIOException().isThrownBy(() -> unwrap(written)).isInstanceOf(ClosedChannelException.class);
    }

    @Test
    void aClientThatReadsFastEnoughEarnsItsTimeBack() throws IOException {
        pair.close();
        pair = SocketPair.open(ServerOptions.defaults().withWriteTimeout(MINUTE).withMinReadRate(1));
        CompletableFuture<Integer> written = background(() -> {
            int all = 0;
            while (all < 1 << 20) {
                all += pair.server().write(ByteBuffer.allocate(16 * 1024));
            }
            return all;
        });
        pair.client().configureBlocking(false);
        ByteBuffer some = ByteBuffer.allocate(1024);
        while (!written.isDone()) {
            pair.client().read(some.clear());
            pair.server()
                    .checkDeadlines(System.nanoTime() + MINUTE.minusSeconds(10).toNanos());
        }
        assertThat(written.join()).isGreaterThanOrEqualTo(1 << 20);
    }

    @Test
    void closingTwiceIsAllowedAndEndsAReadUnderWay() throws IOException {
        CompletableFuture<Line> line = readLine(new Wire(pair.server()));
        pair.server().close();
        pair.server().close();
        assertThatIOException().isThrownBy(() -> unwrap(line));
        assertThat(pair.server().isOpen()).isFalse();
    }

    @Test
    void theClientSeesTheEndOfOutputAndCanGoOnSending() throws IOException {
        pair.server().shutdownOutput();
        assertThat(pair.client().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        pair.client().write(US_ASCII.encode("x"));
        assertThat(pair.server().read(ByteBuffer.allocate(10))).isEqualTo(1);
    }

    private static CompletableFuture<Line> readLine(Wire wire) {
        return background(() -> wire.readLine(100, MINUTE));
    }

    /** Looks at the deadlines again and again, as the watchdog does, at a time that lies ahead. */
    private void checkUntilDone(CompletableFuture<?> task, Duration ahead) {
        await().until(() -> {
            pair.server().checkDeadlines(System.nanoTime() + ahead.toNanos());
            return task.isDone();
        });
    }

    private String receive(int octets) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(octets);
        while (target.hasRemaining() && pair.client().read(target) >= 0) {}
        return new String(target.array(), 0, target.position(), US_ASCII);
    }

    private static void unwrap(CompletableFuture<?> future) throws Throwable {
        try {
            future.orTimeout(10, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw e.getCause();
        }
    }

    private static <T> CompletableFuture<T> background(Task<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Threads.start("test", () -> {
            try {
                result.complete(task.run());
            } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private interface Task<T> {
        T run() throws IOException;
    }
}
