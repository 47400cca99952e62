package org.vmail.chain;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.internal.ProxyHeader;

/** What a daemon behind a socket has to do for its clients, whatever the family of the socket. */
@Timeout(30)
abstract class NativeDaemonContract {
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final int BIG = 4 << 20;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private ServerSocketChannel backEnd;

    /** A listening back end with a short backlog. */
    abstract ServerSocketChannel listen() throws IOException;

    abstract NativeDaemon daemon(SocketAddress address, ChainOptions options);

    @BeforeEach
    void listenBehind() throws IOException {
        backEnd = listen();
    }

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        backEnd.close();
        threads.shutdownNow();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @AfterAll
    static void noThreadIsLeft() {
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .as("nothing is left, the timer included")
                .noneMatch(name -> name.startsWith("vmail-chain")));
    }

    @Test
    void theDaemonGreetsAndReadsEverythingItself() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        send(chained.daemon, "+OK native\r\n");
        assertThat(receive(chained.client(), 12)).isEqualTo("+OK native\r\n");
        send(chained.client(), "USER joe\r\n");
        assertThat(receive(chained.daemon, 10)).isEqualTo("USER joe\r\n");
        send(chained.daemon, "+OK\r\n");
        assertThat(receive(chained.client(), 5)).isEqualTo("+OK\r\n");
        assertThat(chained.served).isNotDone();
        chained.daemon.close();
        chained.client().close();
        chained.awaitEnd();
    }

    @Test
    void aClientThatHasSentEverythingStillGetsAllReplies() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        send(chained.client(), "QUIT\r\n");
        chained.client().shutdownOutput();
        assertThat(receiveAll(chained.daemon)).isEqualTo("QUIT\r\n");
        send(chained.daemon, "+OK bye\r\n");
        chained.daemon.close();
        assertThat(receiveAll(chained.client())).isEqualTo("+OK bye\r\n");
        chained.awaitEnd();
    }

    @Test
    void aDaemonThatHasSentEverythingStillGetsAllCommands() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        send(chained.daemon, "+OK\r\n");
        chained.daemon.shutdownOutput();
        assertThat(receiveAll(chained.client())).isEqualTo("+OK\r\n");
        send(chained.client(), "late\r\n");
        chained.client().close();
        assertThat(receiveAll(chained.daemon)).isEqualTo("late\r\n");
        chained.awaitEnd();
    }

    @Test
    void muchIsCopiedBothWaysAtOnceOctetForOctet() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        byte[] up = randomOctets(1);
        byte[] down = randomOctets(2);
        CompletableFuture<Void> commands = run(() -> sendAndEnd(chained.client(), up));
        CompletableFuture<Void> replies = run(() -> sendAndEnd(chained.daemon, down));
        CompletableFuture<byte[]> arrivedUp = new CompletableFuture<>();
        CompletableFuture<Void> reader = run(() -> arrivedUp.complete(readAll(chained.daemon)));
        assertThat(readAll(chained.client())).isEqualTo(down);
        assertThat(arrivedUp.get()).isEqualTo(up);
        CompletableFuture.allOf(commands, replies, reader).get();
        chained.awaitEnd();
    }

    @Test
    void aDaemonThatIsDownIsAnExceptionAndTheClientCanStillBeAnswered() throws Exception {
        SocketAddress address = backEnd.getLocalAddress();
        backEnd.close();
        ClientPair pair = open(ClientPair.open());
        CompletableFuture<Void> served =
                run(() -> daemon(address, ChainOptions.defaults()).serve(pair.connection()));
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(served::get)
                .withCauseInstanceOf(IOException.class)
                .withMessageContaining(address.toString().replaceFirst("^/127", "127"));
        send(pair.connection(), "-ERR\r\n");
        assertThat(receive(pair.client(), 6)).as("nothing was written before").isEqualTo("-ERR\r\n");
    }

    @Test
    void aDaemonThatDoesNotAcceptIsGivenUpInTime() throws Exception {
        SocketAddress address = backEnd.getLocalAddress();
        fillBacklog(address);
        ClientPair pair = open(ClientPair.open());
        CompletableFuture<Void> served =
                run(() -> daemon(address, ChainOptions.defaults().withConnectTimeout(SHORT))
                        .serve(pair.connection()));
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> served.get(10, TimeUnit.SECONDS))
                .withCauseInstanceOf(IOException.class);
        assertThat(pair.connection().isOpen()).isTrue();
    }

    @Test
    void aDaemonThatClosesInTheMiddleEndsTheConnectionAndNothingElse() throws Exception {
        Chained chained = chain(ChainOptions.defaults().withHalfClosedTimeout(SHORT));
        send(chained.daemon, "+OK");
        send(chained.client(), "unread");
        assertThat(receive(chained.client(), 3)).isEqualTo("+OK");
        reset(chained.daemon);
        assertThat(receiveAll(chained.client())).isEmpty();
        chained.awaitEnd();
    }

    @Test
    void aClientThatResetsInTheMiddleEndsTheConnectionAndNothingElse() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        send(chained.client(), "USER joe\r\n");
        assertThat(receive(chained.daemon, 10)).isEqualTo("USER joe\r\n");
        chained.pair.reset();
        assertThat(receiveAll(chained.daemon)).as("the daemon sees the end").isEmpty();
        chained.daemon.close();
        chained.awaitEnd();
    }

    @Test
    void aClientThatResetsWhileMuchIsSentToItEndsTheConnection() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        CompletableFuture<Void> replies = run(() -> sendForEver(chained.daemon));
        receive(chained.client(), 1000);
        chained.pair.reset();
        chained.awaitEnd();
        assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> replies.get(10, TimeUnit.SECONDS));
    }

    @Test
    void aConnectionThatTheServerClosesEndsEvenIfTheDaemonWouldGoOn() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        send(chained.daemon, "+OK");
        assertThat(receive(chained.client(), 3)).isEqualTo("+OK");
        chained.pair.connection().close();
        chained.awaitEnd();
        assertThat(receiveAll(chained.daemon)).isEmpty();
    }

    @Test
    void aConnectionThatTheServerClosesEndsEvenIfTheDaemonIgnoresTheEndOfItsInput() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        chained.client().shutdownOutput();
        assertThat(receiveAll(chained.daemon)).isEmpty();
        chained.pair.connection().close();
        chained.awaitEnd();
    }

    @Test
    void aConnectionThatTheServerClosesEndsEvenIfTheDaemonReadsNothing() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        AtomicLong taken = new AtomicLong();
        CompletableFuture<Void> commands = run(() -> sendForEver(chained.client(), taken));
        awaitStandstill(taken);
        chained.pair.connection().close();
        chained.awaitEnd();
        assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> commands.get(10, TimeUnit.SECONDS));
    }

    @Test
    void aClientThatResetsLeavesNobodyWhomTheDaemonCouldAnswer() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        chained.pair.reset();
        chained.awaitEnd();
        assertThat(receiveAll(chained.daemon)).isEmpty();
    }

    @Test
    void whatAClientSentIsDroppedByTheServerAndTheLastReplyArrives() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        send(chained.daemon, "-ERR too many connections\r\n");
        chained.daemon.close();
        assertThat(receiveAll(chained.client())).isEqualTo("-ERR too many connections\r\n");
        assertThat(chained.served).as("the client may still send").isNotDone();
        chained.client().close();
        chained.awaitEnd();
    }

    @Test
    void aDaemonThatReadsNothingSlowsTheClientDown() throws Exception {
        Chained chained = chain(ChainOptions.defaults());
        AtomicLong taken = new AtomicLong();
        CompletableFuture<Void> commands = run(() -> sendForEver(chained.client(), taken));
        awaitStandstill(taken);
        assertThat(taken.get()).as("octets that wait in sockets and buffers").isLessThan(32 << 20);
        chained.daemon.close();
        chained.client().close();
        chained.awaitEnd();
        assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> commands.get(10, TimeUnit.SECONDS));
    }

    @Test
    void aSlowClientGetsEverything() throws Exception {
        Chained chained = chain(ChainOptions.defaults().withBufferMemory(0));
        byte[] much = randomOctets(3);
        CompletableFuture<Void> replies = run(() -> sendAndEnd(chained.daemon, much));
        ByteBuffer arrived = ByteBuffer.allocate(BIG);
        for (int step = 1; arrived.hasRemaining(); step = step * 3 % 4001) {
            arrived.limit(Math.min(BIG, arrived.position() + step));
            while (arrived.hasRemaining()) {
                assertThat(chained.client().read(arrived)).isPositive();
            }
            arrived.limit(BIG);
        }
        assertThat(arrived.array()).isEqualTo(much);
        replies.get(10, TimeUnit.SECONDS);
        chained.client().close();
        chained.daemon.close();
        chained.awaitEnd();
    }

    @ParameterizedTest
    @EnumSource(ProxyVersion.class)
    void theDaemonLearnsWhoTheClientIs(ProxyVersion version) throws Exception {
        Chained chained = chain(ChainOptions.defaults().withProxyHeader(version));
        send(chained.client(), "USER joe\r\n");
        ProxyHeader header = ProxyHeader.read(chained.daemon).orElseThrow();
        ConnectionInfo client = chained.pair.connection().info();
        assertThat(header.route()).contains(new ProxyHeader.Route(client.remote(), client.local()));
        assertThat(receive(chained.daemon, 10)).isEqualTo("USER joe\r\n");
        chained.client().close();
        chained.daemon.close();
        chained.awaitEnd();
    }

    @Test
    void silenceOfBothSidesEndsTheConnection() throws Exception {
        Chained chained = chain(ChainOptions.defaults().withIdleTimeout(SHORT));
        assertThat(receiveAll(chained.client())).isEmpty();
        assertThat(receiveAll(chained.daemon)).isEmpty();
        chained.awaitEnd();
    }

    @Test
    void silenceEndsAHalfClosedConnectionSooner() throws Exception {
        Chained chained = chain(ChainOptions.defaults().withHalfClosedTimeout(SHORT));
        chained.client().shutdownOutput();
        assertThat(receiveAll(chained.daemon)).isEmpty();
        chained.awaitEnd();
    }

    @Test
    void aClientThatDoesNotReadIsIdle() throws Exception {
        Chained chained = chain(ChainOptions.defaults().withIdleTimeout(SHORT));
        CompletableFuture<Void> replies = run(() -> sendForEver(chained.daemon));
        chained.awaitEnd();
        assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> replies.get(10, TimeUnit.SECONDS));
    }

    @Test
    void manyConnectionsAreServedAtTheSameTime() throws Exception {
        NativeDaemon daemon = daemon(backEnd.getLocalAddress(), ChainOptions.defaults());
        List<Chained> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(chain(daemon, open(ClientPair.open())));
        }
        for (Chained chained : all) {
            String command = "number " + all.indexOf(chained) + "\r\n";
            send(chained.client(), command);
            assertThat(receive(chained.daemon, command.length())).isEqualTo(command);
            send(chained.daemon, command);
        }
        for (Chained chained : all) {
            String reply = "number " + all.indexOf(chained) + "\r\n";
            assertThat(receive(chained.client(), reply.length())).isEqualTo(reply);
            chained.client().close();
            chained.daemon.close();
            chained.awaitEnd();
        }
    }

    @Test
    void aConnectionThatFailsWithABugEndsAsWell() throws Exception {
        ClientPair pair = open(ClientPair.open());
        ClientPair.Accepted broken = new ClientPair.Accepted(pair.client()) {
            @Override
            public int write(ByteBuffer source) {
                throw new IllegalStateException("thrown by a test");
            }
        };
        CompletableFuture<Void> served = run(
                () -> daemon(backEnd.getLocalAddress(), ChainOptions.defaults().withHalfClosedTimeout(SHORT))
                        .serve(broken));
        SocketChannel daemon = open(backEnd.accept());
        send(daemon, "+OK\r\n");
        served.get(10, TimeUnit.SECONDS);
        assertThat(broken.isOpen()).isFalse();
    }

    private Chained chain(ChainOptions options) throws IOException {
        return chain(daemon(backEnd.getLocalAddress(), options), open(ClientPair.open()));
    }

    private Chained chain(NativeDaemon daemon, ClientPair pair) throws IOException {
        CompletableFuture<Void> served = run(() -> {
            daemon.serve(pair.connection());
            pair.connection().close();
        });
        return new Chained(pair, open(backEnd.accept()), served);
    }

    /** Connects until one more has to wait. */
    final void fillBacklog(SocketAddress address) throws IOException {
        int connected = 0;
        while (connects(open(SocketChannel.open(family())), address)) {
            assertThat(++connected).as("connections in a backlog of 1").isLessThan(16);
        }
    }

    abstract ProtocolFamily family();

    /** Connects without waiting long, and says whether that succeeded. */
    abstract boolean connects(SocketChannel channel, SocketAddress address) throws IOException;

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private static void reset(SocketChannel daemon) throws IOException {
        if (daemon.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
            daemon.setOption(StandardSocketOptions.SO_LINGER, 0);
        }
        daemon.close();
    }

    private static byte[] randomOctets(long seed) {
        byte[] octets = new byte[BIG];
        new Random(seed).nextBytes(octets);
        return octets;
    }

    private static void sendAndEnd(SocketChannel target, byte[] octets) throws IOException {
        ByteBuffer pending = ByteBuffer.wrap(octets);
        while (pending.hasRemaining()) {
            target.write(pending);
        }
        target.shutdownOutput();
    }

    private static void sendForEver(SocketChannel target) throws IOException {
        sendForEver(target, new AtomicLong());
    }

    private static void sendForEver(SocketChannel target, AtomicLong taken) throws IOException {
        while (true) {
            taken.addAndGet(target.write(ByteBuffer.allocate(64 * 1024)));
        }
    }

    private static void awaitStandstill(AtomicLong taken) {
        AtomicLong before = new AtomicLong(-1);
        await().pollInterval(Duration.ofMillis(200)).until(() -> before.getAndSet(taken.get()) == taken.get());
    }

    private static void send(ByteChannel target, String text) throws IOException {
        target.write(US_ASCII.encode(text));
    }

    private static String receive(ReadableByteChannel source, int octets) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(octets);
        int count = 0;
        while (target.hasRemaining() && count >= 0) {
            count = source.read(target);
        }
        return new String(target.array(), 0, target.position(), US_ASCII);
    }

    /** What comes until the other side ends, by a reset or otherwise. */
    private static String receiveAll(ReadableByteChannel source) {
        ByteBuffer target = ByteBuffer.allocate(1000);
        try {
            int count = 0;
            while (target.hasRemaining() && count >= 0) {
                count = source.read(target);
            }
        } catch (IOException reset) {
            assertThat(target.position()).isZero();
        }
        return new String(target.array(), 0, target.position(), US_ASCII);
    }

    private static byte[] readAll(SocketChannel source) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(BIG + 1);
        int count = 0;
        while (target.hasRemaining() && count >= 0) {
            count = source.read(target);
        }
        return Arrays.copyOf(target.array(), target.position());
    }

    private CompletableFuture<Void> run(Task task) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        threads.execute(() -> {
            try {
                task.run();
                result.complete(null);
            } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private interface Task {
        void run() throws IOException;
    }

    /** A client, the daemon's end, and the call that joins them. */
    private record Chained(ClientPair pair, SocketChannel daemon, CompletableFuture<Void> served) {
        SocketChannel client() {
            return pair.client();
        }

        void awaitEnd() throws Exception {
            served.get(10, TimeUnit.SECONDS);
            assertThat(pair.connection().isOpen()).isFalse();
        }
    }
}
