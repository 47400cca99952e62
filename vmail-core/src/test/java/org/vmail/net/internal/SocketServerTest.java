package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmail.net.Listener;
import org.vmail.net.ServerOptions;
import org.vmail.net.internal.Wire.Line;

@Timeout(30)
class SocketServerTest {
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final ServerOptions OPTIONS = ServerOptions.defaults().withDrainTimeout(Duration.ofSeconds(20));

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Echo echo = new Echo();

    @AfterEach
    void closeAll() throws Exception {
        echo.end.countDown();
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    @Test
    void everyAddressIsServed() throws Exception {
        SocketServer server = start(OPTIONS, any(), any());
        assertThat(server.boundAddresses()).hasSize(2).doesNotHaveDuplicates();
        for (InetSocketAddress address : server.boundAddresses()) {
            LineClient client = connect(address);
            assertThat(client.readLine()).isEqualTo("hello");
            assertThat(client.ask("x")).isEqualTo("x");
        }
    }

    @Test
    void aPortThatIsInUseIsNamedAndNothingIsBound() throws Exception {
        InetSocketAddress first = freePort();
        try (ServerSocket taken = new ServerSocket(0, 1, LOOPBACK)) {
            InetSocketAddress second = new InetSocketAddress(LOOPBACK, taken.getLocalPort());
            SocketServer server = server(OPTIONS, List.of(first, second));
            assertThatIOException()
                    .isThrownBy(server::bind)
                    .withMessageContaining(":" + second.getPort())
                    .withMessageContaining("echotest");
            assertThat(server.boundAddresses()).isEmpty();
            new ServerSocket(first.getPort(), 1, LOOPBACK).close();
        }
    }

    @Test
    void anAddressThatDoesNotResolveIsNamed() {
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("no..such.host", 0);
        assertThatIOException()
                .isThrownBy(() -> server(OPTIONS, List.of(unresolved)).bind())
                .withMessageContaining("no..such.host");
    }

    @Test
    void aServerIsUsedOnce() throws Exception {
        SocketServer server = start(OPTIONS, any());
        assertThatIllegalStateException().isThrownBy(server::bind);
        server.close();
        assertThatIllegalStateException().isThrownBy(server::bind);
        SocketServer neverBound = server(OPTIONS, List.of(any()));
        neverBound.close();
        assertThatIllegalStateException().isThrownBy(neverBound::bind);
    }

    @Test
    void aServerThatListensIsOverWhenItIsClosed() throws Exception {
        SocketServer server = start(OPTIONS, any());
        CompletableFuture<Void> over = CompletableFuture.runAsync(() -> {
            try {
                server.awaitEnd();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        LineClient client = greeted(server);
        client.close();
        awaitGreeting(server);
        assertThat(over).isNotDone();
        server.close();
        over.get(10, TimeUnit.SECONDS);
    }

    @Test
    void clientsWaitUntilTheServerAccepts() throws Exception {
        SocketServer server = server(OPTIONS, List.of(any()));
        opened.add(server::close);
        server.bind();
        LineClient early = connect(server.boundAddress());
        server.accept();
        assertThat(early.readLine()).isEqualTo("hello");
    }

    @Test
    void oneConnectionTooManyIsToldSo() throws Exception {
        SocketServer server = start(OPTIONS.withMaxConnections(2), any());
        LineClient first = greeted(server);
        LineClient second = greeted(server);
        LineClient third = connect(server);
        assertThat(third.readLine()).isEqualTo("busy");
        assertThat(third.readLine()).isNull();
        first.close();
        awaitGreeting(server);
        assertThat(second.ask("still here")).isEqualTo("still here");
    }

    @Test
    void oneClientGetsNoMoreThanItsShare() throws Exception {
        SocketServer server = start(OPTIONS.withMaxConnectionsPerClient(1), any());
        LineClient first = greeted(server);
        assertThat(connect(server).readLine()).isEqualTo("busy");
        assertThat(first.ask("x")).isEqualTo("x");
        LineClient otherClient = open(new LineClient(server.boundAddress(), InetAddress.getByName("127.0.0.2")));
        assertThat(otherClient.readLine()).isEqualTo("hello");
    }

    @Test
    void aBugInAConversationEndsThatConversationOnly() throws Exception {
        SocketServer server = start(OPTIONS.withMaxConnections(1), any());
        LineClient client = greeted(server);
        client.send("BUG");
        assertThat(client.readLine()).isNull();
        awaitGreeting(server);
    }

    @Test
    void aConnectionThatBreaksGivesItsPlaceBack() throws Exception {
        SocketServer server = start(OPTIONS.withMaxConnections(1), any());
        LineClient client = greeted(server);
        client.reset();
        awaitGreeting(server);
    }

    @Test
    void aClientThatIsTooSlowIsTimedOutByTheWatchdog() throws Exception {
        echo.timeout = Duration.ofMillis(50);
        LineClient client = greeted(start(OPTIONS, any()));
        assertThat(client.readLine()).isEqualTo("TIMED_OUT");
        assertThat(client.readLine()).isNull();
    }

    @Test
    void aClientThatDoesNotReadIsClosedByTheWatchdog() throws Exception {
        SocketServer server =
                start(OPTIONS.withWriteTimeout(Duration.ofMillis(50)).withMaxConnections(1), any());
        LineClient client = greeted(server);
        client.send("FLOOD");
        awaitGreeting(server);
    }

    @Test
    void aPauseHoldsNoThreadAndTheConversationGoesOnAfterIt() throws Exception {
        ThreadPoolExecutor one = new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        opened.add(one::shutdownNow);
        SocketServer server = start(OPTIONS.withExecutor(one), any());
        LineClient pausing = greeted(server);
        pausing.send("PAUSE PT1H");
        LineClient other = greeted(server);
        other.send("PAUSE PT0.001S");
        assertThat(other.readLine()).isEqualTo("paused");
        assertThat(other.ask("x")).isEqualTo("x");
    }

    @Test
    void anErrorAtTheEndOfAPauseEndsThatSessionAndNotTheWatchdog() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        opened.add(threads::shutdownNow);
        AtomicInteger failures = new AtomicInteger();
        SocketServer server = start(
                OPTIONS.withExecutor(task -> {
                    if (Thread.currentThread().getName().contains("watchdog") && failures.getAndIncrement() == 0) {
                        throw new AssertionError("for the test");
                    }
                    threads.execute(task);
                }),
                any());
        LineClient first = greeted(server);
        first.send("PAUSE PT0.001S");
        assertThat(first.readLine()).isNotEqualTo("paused");
        LineClient second = greeted(server);
        second.send("PAUSE PT0.001S");
        assertThat(second.readLine()).isEqualTo("paused");
    }

    @Test
    void closingEndsPausesAtOnce() throws Exception {
        SocketServer server = start(OPTIONS, any());
        LineClient client = greeted(server);
        client.send("PAUSE PT1H");
        await().until(() -> echo.pauses.get() == 1);
        server.close();
        assertThat(client.readLine()).isEqualTo("paused");
        assertThat(client.readLine()).isEqualTo("STOPPING");
        assertThat(echo.ended).hasValue(1);
    }

    @Test
    void theOldestClientThatHasNotLoggedInMakesRoom() throws Exception {
        echo.halfOpen = true;
        SocketServer server = start(OPTIONS.withMaxHalfOpenConnections(2), any());
        LineClient first = greeted(server);
        LineClient second = greeted(server);
        greeted(server);
        assertThat(first.readLine()).isNull();
        assertThat(second.ask("x")).isEqualTo("x");
        await().untilAsserted(() -> assertThat(echo.ended).hasValue(1));
    }

    @Test
    void closingEndsIdleSessionsAtOnce() throws Exception {
        SocketServer server = start(OPTIONS, any());
        LineClient client = greeted(server);
        long start = System.nanoTime();
        server.close();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(OPTIONS.drainTimeout());
        assertThat(client.readLine()).isEqualTo("STOPPING");
        assertThat(client.readLine()).isNull();
    }

    @Test
    void closingLetsARunningCommandEnd() throws Exception {
        SocketServer server = start(OPTIONS, any());
        LineClient client = greeted(server);
        client.send("WAIT");
        echo.waiting.await();
        CompletableFuture<Void> closing = CompletableFuture.runAsync(server::close);
        await().until(() -> refusesConnections(server));
        assertThat(closing).isNotDone();
        echo.end.countDown();
        assertThat(client.readLine()).isEqualTo("waited");
        assertThat(client.readLine()).isEqualTo("STOPPING");
        closing.get(10, TimeUnit.SECONDS);
    }

    @Test
    void closingEndsByForceWhatDoesNotEndInTime() throws Exception {
        SocketServer server = start(OPTIONS.withDrainTimeout(Duration.ofMillis(50)), any());
        LineClient client = greeted(server);
        client.send("FLOOD");
        assertThat(client.readLine()).isEqualTo("flood");
        server.close();
        awaitNoThreads();
    }

    @Test
    void whoeverClosesMaySetTheTime() throws Exception {
        SocketServer server = start(OPTIONS, any());
        LineClient client = greeted(server);
        client.send("FLOOD");
        assertThat(client.readLine()).isEqualTo("flood");
        assertThatIllegalArgumentException().isThrownBy(() -> server.close(Duration.ofNanos(-1)));
        long start = System.nanoTime();
        server.close(Duration.ZERO);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(OPTIONS.drainTimeout());
        awaitNoThreads();
    }

    @Test
    void theFirstAddressIsTheOneOfTheFirstListener() throws Exception {
        SocketServer server = start(OPTIONS, any(), any());
        assertThat(server.boundAddress()).isEqualTo(server.boundAddress());
        server.close();
        assertThatIllegalStateException().isThrownBy(server::boundAddress);
    }

    @Test
    void noThreadIsLeftAndNobodyCanConnect() throws Exception {
        SocketServer server = start(OPTIONS, any(), any());
        greeted(server);
        List<InetSocketAddress> addresses = server.boundAddresses();
        assertThat(threads()).isNotEmpty();
        server.close();
        awaitNoThreads();
        assertThat(server.boundAddresses()).isEmpty();
        for (InetSocketAddress address : addresses) {
            assertThatIOException().isThrownBy(() -> connect(address)).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void closingTwiceIsAllowed() throws Exception {
        SocketServer server = start(OPTIONS, any());
        server.close();
        server.close();
        awaitNoThreads();
    }

    @Test
    void closingWithoutAcceptingEndsTheWaitOfClients() throws Exception {
        SocketServer server = server(OPTIONS, List.of(any()));
        server.bind();
        LineClient early = connect(server.boundAddress());
        server.close();
        assertThatIOException().isThrownBy(early::readLineOrFail);
    }

    @Test
    void theEmbeddersExecutorRunsTheConversationsAndIsNotShutDown() throws Exception {
        AtomicInteger tasks = new AtomicInteger();
        ExecutorService executor = Executors.newCachedThreadPool();
        opened.add(executor::shutdownNow);
        SocketServer server = start(
                OPTIONS.withExecutor(task -> {
                    tasks.incrementAndGet();
                    executor.execute(task);
                }),
                any());
        greeted(server);
        greeted(server);
        server.close();
        assertThat(tasks).hasValue(2);
        assertThat(echo.executors).hasValue(0);
        assertThat(executor.isShutdown()).isFalse();
    }

    @Test
    void whomTheExecutorRejectsIsToldThatTheServerIsBusy() throws Exception {
        AtomicInteger tasks = new AtomicInteger();
        SocketServer server = start(
                OPTIONS.withMaxConnections(1).withExecutor(task -> {
                    if (tasks.incrementAndGet() < 3) {
                        throw new RejectedExecutionException("full");
                    }
                    Threads.start("test", task);
                }),
                any());
        assertThat(connect(server).readLine()).isEqualTo("busy");
        assertThat(connect(server).readLine()).isEqualTo("busy");
        greeted(server);
    }

    @Test
    void aThreadThatCannotBeMadeDoesNotMakeTheServerDeaf() throws Exception {
        AtomicInteger tasks = new AtomicInteger();
        SocketServer server = start(
                OPTIONS.withMaxConnections(1).withExecutor(task -> {
                    if (tasks.incrementAndGet() == 1) {
                        throw new OutOfMemoryError("unable to create native thread (thrown by a test)");
                    }
                    if (tasks.get() == 2) {
                        throw new IllegalStateException("a bug in the executor (thrown by a test)");
                    }
                    Threads.start("test", task);
                }),
                any());
        assertThat(connect(server).readLine()).isEqualTo("busy");
        assertThat(connect(server).readLine()).isEqualTo("busy");
        greeted(server);
    }

    @Test
    void theTargetsOfAWildcardAreAllAddressesOfThisMachine() throws Exception {
        SocketServer server = server(OPTIONS, List.of(new InetSocketAddress(0)));
        opened.add(server::close);
        server.bind();
        assertThat(server.targetAddresses())
                .contains(LOOPBACK)
                .containsExactlyInAnyOrderElementsOf(NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .toList());
    }

    @Test
    void theTargetOfABoundAddressIsThatAddress() throws Exception {
        assertThat(start(OPTIONS, any(), any()).targetAddresses()).containsExactly(LOOPBACK);
    }

    private SocketServer start(ServerOptions options, InetSocketAddress... addresses) throws IOException {
        SocketServer server = server(options, List.of(addresses));
        opened.add(server::close);
        server.bind();
        server.accept();
        return server;
    }

    private SocketServer server(ServerOptions options, List<InetSocketAddress> addresses) {
        List<SocketServer.Endpoint> endpoints = addresses.stream()
                .map(address -> new SocketServer.Endpoint(Listener.at(address), echo))
                .toList();
        return new SocketServer("echotest", endpoints, options, max -> {
            echo.executors.incrementAndGet();
            return Threads.forFiles("echotest", max);
        });
    }

    /** A port that was free a moment ago. */
    private static InetSocketAddress freePort() throws IOException {
        try (ServerSocket released = new ServerSocket(0, 1, LOOPBACK)) {
            return new InetSocketAddress(LOOPBACK, released.getLocalPort());
        }
    }

    private static InetSocketAddress any() {
        return new InetSocketAddress(LOOPBACK, 0);
    }

    private LineClient connect(SocketServer server) throws IOException {
        return connect(server.boundAddress());
    }

    private LineClient connect(InetSocketAddress address) throws IOException {
        return open(new LineClient(address, LOOPBACK));
    }

    private LineClient open(LineClient client) {
        opened.add(client);
        return client;
    }

    private LineClient greeted(SocketServer server) throws IOException {
        LineClient client = connect(server);
        assertThat(client.readLine()).isEqualTo("hello");
        return client;
    }

    /** Connects until there is a place. */
    private void awaitGreeting(SocketServer server) {
        await().until(() -> {
            try (LineClient client = new LineClient(server.boundAddress(), LOOPBACK)) {
                return "hello".equals(client.readLine());
            }
        });
    }

    private static boolean refusesConnections(SocketServer server) {
        return server.boundAddresses().isEmpty();
    }

    /** An executor has terminated a moment before its last thread has, and a forgotten one would live on for 10 seconds. */
    private static void awaitNoThreads() {
        await().atMost(Duration.ofSeconds(3))
                .untilAsserted(() -> assertThat(threads()).isEmpty());
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("echotest"))
                .toList();
    }

    /** Greets, and sends back every line; some lines mean more. */
    private static final class Echo implements SocketServer.Protocol {
        final CountDownLatch waiting = new CountDownLatch(1);
        final CountDownLatch end = new CountDownLatch(1);
        final AtomicInteger executors = new AtomicInteger();
        final AtomicInteger ended = new AtomicInteger();
        final AtomicInteger pauses = new AtomicInteger();
        volatile boolean halfOpen;
        volatile Duration timeout = Duration.ofMinutes(1);

        @Override
        public Optional<String> busyReply() {
            return Optional.of("busy");
        }

        @Override
        public Conversation begin(ClientConnection connection) {
            return new Talk(connection);
        }

        private final class Talk implements Conversation {
            private final ClientConnection connection;
            private final Wire wire;
            private boolean begun;
            private Optional<String> afterPause = Optional.empty();

            Talk(ClientConnection connection) {
                this.connection = connection;
                this.wire = new Wire(connection);
            }

            @Override
            public Optional<Duration> proceed() throws IOException {
                if (!begun) {
                    begun = true;
                    if (!halfOpen) {
                        connection.establish();
                    }
                    wire.writeLine("hello");
                }
                if (afterPause.isPresent()) {
                    wire.writeLine(afterPause.get());
                    afterPause = Optional.empty();
                }
                while (true) {
                    Line line = wire.readLine(100, timeout);
                    if (line instanceof Line.Text text && text.text().startsWith("PAUSE")) {
                        afterPause = Optional.of("paused");
                        pauses.incrementAndGet();
                        return Optional.of(Duration.parse(text.text().substring(6)));
                    } else if (line instanceof Line.Text text) {
                        answer(text.text());
                    } else if (line instanceof Line.End end) {
                        wire.writeLine(end.reason().name());
                        wire.flush();
                        return Optional.empty();
                    }
                }
            }

            @Override
            public void end() {
                ended.incrementAndGet();
            }

            private void answer(String text) throws IOException {
                switch (text) {
                    case "BUG" -> throw new IllegalStateException("thrown by a test");
                    case "WAIT" -> {
                        waiting.countDown();
                        awaitEnd();
                        wire.writeLine("waited");
                    }
                    case "FLOOD" -> {
                        while (true) {
                            wire.writeLine("flood");
                        }
                    }
                    default -> wire.writeLine(text);
                }
            }
        }

        private void awaitEnd() {
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A client that reads and writes lines. */
    private static final class LineClient implements AutoCloseable {
        private final Socket socket = new Socket();

        LineClient(InetSocketAddress server, InetAddress from) throws IOException {
            socket.bind(new InetSocketAddress(from, 0));
            socket.setSoTimeout(10_000);
            try {
                socket.connect(server);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
        }

        void send(String line) throws IOException {
            socket.getOutputStream().write((line + "\r\n").getBytes(US_ASCII));
        }

        String ask(String line) throws IOException {
            send(line);
            return readLine();
        }

        /** The next line, or null at the end. */
        String readLine() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int octet = socket.getInputStream().read();
                    octet >= 0;
                    octet = socket.getInputStream().read()) {
                if (octet == '\n') {
                    return line.toString();
                }
                if (octet != '\r') {
                    line.append((char) octet);
                }
            }
            return null;
        }

        void readLineOrFail() throws IOException {
            if (readLine() == null) {
                throw new IOException("closed");
            }
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
