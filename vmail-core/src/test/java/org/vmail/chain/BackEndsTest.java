package org.vmail.chain;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.internal.ManualClock;
import org.vmail.net.Connection;

/** A daemon in several places. Each back end says its name and closes. */
@Timeout(30)
class BackEndsTest {
    private static final ChainOptions OPTIONS = ChainOptions.defaults();

    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
        threads.shutdown();
        assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void theFirstServesAllForAsLongAsItCan() throws Exception {
        NativeDaemon daemon = daemon(OPTIONS, tcp("a").address(), tcp("b").address());
        assertThat(ask(daemon)).isEqualTo("a");
        assertThat(ask(daemon)).isEqualTo("a");
    }

    @Test
    void oneThatIsDownIsLeftAloneForAWhileAndThenTriedAgain() throws Exception {
        Place a = tcp("a");
        a.close();
        NativeDaemon daemon = daemon(OPTIONS, a.address(), tcp("b").address());
        assertThat(ask(daemon)).isEqualTo("b");
        listen("a", a.address());
        clock.advance(Duration.ofSeconds(29));
        assertThat(ask(daemon)).isEqualTo("b");
        clock.advance(Duration.ofSeconds(1));
        assertThat(ask(daemon)).isEqualTo("a");
        assertThat(ask(daemon)).as("and stays").isEqualTo("a");
    }

    @Test
    void oneThatIsDownStillIsLeftAloneAgain() throws Exception {
        Place a = tcp("a");
        a.close();
        NativeDaemon daemon = daemon(OPTIONS.withRetryAfter(Duration.ofMinutes(1)), a.address(), tcp("b").address());
        assertThat(ask(daemon)).isEqualTo("b");
        clock.advance(Duration.ofMinutes(1));
        assertThat(ask(daemon)).isEqualTo("b");
        listen("a", a.address());
        assertThat(ask(daemon)).isEqualTo("b");
        clock.advance(Duration.ofMinutes(1));
        assertThat(ask(daemon)).isEqualTo("a");
    }

    @Test
    void whenAllWereDownAllAreTriedAllTheSame() throws Exception {
        Place a = tcp("a");
        Place b = tcp("b");
        a.close();
        b.close();
        NativeDaemon daemon = daemon(OPTIONS, a.address(), b.address());
        assertThatIOException()
                .isThrownBy(() -> daemon.serve(client()))
                .withMessageContaining(a.address().toString().replaceFirst("^/127", "127"))
                .withMessageContaining(b.address().toString().replaceFirst("^/127", "127"));
        listen("b", b.address());
        assertThat(ask(daemon)).isEqualTo("b");
    }

    @Test
    void onlyOneConnectionFindsOutForAllWhetherABackEndIsBack() throws Exception {
        BackEnd backEnd = new BackEnd(tcp("a").address(), OPTIONS.withRetryAfter(Duration.ofSeconds(1)));
        long now = Long.MAX_VALUE - 5; // nanoTime may overflow
        assertThat(backEnd.isPreferred(now)).isTrue();
        backEnd.failed(now, "by a test");
        assertThat(backEnd.isPreferred(now + 999_999_999)).isFalse();
        assertThat(backEnd.isPreferred(now + 1_000_000_000)).isTrue();
        assertThat(backEnd.isPreferred(now + 1_000_000_000)).isFalse();
        backEnd.succeeded();
        assertThat(backEnd.isPreferred(now + 1_000_000_000)).isTrue();
    }

    @Test
    void eachInItsTurnServesOneConnection() throws Exception {
        NativeDaemon daemon = daemon(
                OPTIONS.withOrder(BackEndOrder.ROUND_ROBIN),
                tcp("a").address(),
                unix("b").address(),
                tcp("c").address());
        List<String> served = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            served.add(ask(daemon));
        }
        assertThat(served).containsExactly("a", "b", "c", "a", "b", "c");
    }

    @Test
    void inTurnOneThatIsDownIsSkipped() throws Exception {
        Place b = tcp("b");
        b.close();
        NativeDaemon daemon = daemon(
                OPTIONS.withOrder(BackEndOrder.ROUND_ROBIN), tcp("a").address(), b.address(), tcp("c").address());
        List<String> served = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            served.add(ask(daemon));
        }
        assertThat(served).containsOnly("a", "c").hasSize(6);
    }

    @Test
    void aMissingUnixSocketIsABackEndThatIsDown() throws Exception {
        NativeDaemon daemon =
                daemon(OPTIONS, UnixDomainSocketAddress.of(folder.resolve("missing")), tcp("b").address());
        assertThat(ask(daemon)).isEqualTo("b");
    }

    @Test
    void noClientWaitsLongerThanForAllTogether() throws Exception {
        SocketAddress deaf = deaf();
        NativeDaemon daemon = daemon(
                OPTIONS.withConnectTimeout(Duration.ofMinutes(5)).withTotalConnectTimeout(Duration.ofMillis(200)),
                deaf,
                deaf,
                deaf);
        assertThatIOException().isThrownBy(() -> daemon.serve(client())).withMessageContaining("no answer");
    }

    @Test
    void oneThatDoesNotAnswerIsGivenUpInFavourOfTheNext() throws Exception {
        NativeDaemon daemon = daemon(OPTIONS.withConnectTimeout(Duration.ofMillis(100)), deaf(), tcp("b").address());
        assertThat(ask(daemon)).isEqualTo("b");
    }

    @Test
    void nobodyIsWaitedForOnBehalfOfAClientThatTheServerHasClosed() throws Exception {
        NativeDaemon daemon = daemon(OPTIONS.withConnectTimeout(Duration.ofMinutes(5)), deaf(), tcp("b").address());
        ClientPair pair = open(ClientPair.open());
        Future<?> served = threads.submit(() -> {
            daemon.serve(pair.connection());
            return null;
        });
        pair.connection().close();
        assertThat(served).failsWithin(10, TimeUnit.SECONDS);
    }

    @Test
    void anotherDaemonCanStandByForOneThatCannotServe() throws Exception {
        Place a = tcp("a");
        NativeDaemon daemon = daemon(OPTIONS, a.address()).or(daemon(OPTIONS, tcp("b").address()));
        assertThat(ask(daemon)).isEqualTo("a");
        a.close();
        assertThat(ask(daemon)).isEqualTo("b");
    }

    @Test
    void bothReasonsAreToldIfNeitherDaemonCanServe() throws Exception {
        NativeDaemon process = NativeDaemon.process(List.of("/no/such/program"));
        NativeDaemon missing = NativeDaemon.unixSocket(folder.resolve("missing"));
        assertThatIOException()
                .isThrownBy(() -> process.or(missing).serve(client()))
                .withMessageContaining("missing")
                .satisfies(e -> assertThat(e.getSuppressed()).isNotEmpty());
    }

    @Test
    void aDaemonWithoutAnAddressIsNone() {
        assertThatIllegalArgumentException().isThrownBy(() -> NativeDaemon.sockets(List.of(), OPTIONS));
    }

    private NativeDaemon daemon(ChainOptions options, SocketAddress... addresses) {
        return new SocketDaemon(List.of(addresses), options, clock);
    }

    /** Which back end serves the next client. */
    private String ask(NativeDaemon daemon) throws Exception {
        try (ClientPair pair = ClientPair.open()) {
            CompletableFuture<String> name = new CompletableFuture<>();
            threads.execute(() -> {
                try {
                    ByteBuffer octets = ByteBuffer.allocate(100);
                    int count = 0;
                    while (count >= 0) {
                        count = pair.client().read(octets);
                    }
                    pair.client().shutdownOutput();
                    name.complete(US_ASCII.decode(octets.flip()).toString());
                } catch (IOException e) {
                    name.completeExceptionally(e);
                }
            });
            daemon.serve(pair.connection());
            return name.get(10, TimeUnit.SECONDS);
        }
    }

    private Connection client() throws IOException {
        return open(ClientPair.open()).connection();
    }

    private Place tcp(String name) throws IOException {
        return listen(name, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    private Place unix(String name) throws IOException {
        return listen(name, UnixDomainSocketAddress.of(folder.resolve(name)));
    }

    private Place listen(String name, SocketAddress address) throws IOException {
        ServerSocketChannel listener = address instanceof UnixDomainSocketAddress
                ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                : ServerSocketChannel.open();
        open(listener).bind(address);
        Future<?> accepting = threads.submit(() -> {
            while (true) {
                try (SocketChannel client = listener.accept()) {
                    client.write(US_ASCII.encode(name));
                } catch (IOException closed) {
                    return;
                }
            }
        });
        return new Place(listener, listener.getLocalAddress(), accepting);
    }

    /** It completes no connection, for its backlog is full. */
    private SocketAddress deaf() throws IOException {
        ServerSocketChannel listener =
                open(ServerSocketChannel.open()).bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
        SocketAddress address = listener.getLocalAddress();
        for (int i = 0; i < 16; i++) {
            try {
                open(SocketChannel.open()).socket().connect(address, 100);
            } catch (SocketTimeoutException full) {
                return address;
            }
        }
        throw new AssertionError("A backlog of 1 has room for 16");
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private record Place(ServerSocketChannel listener, SocketAddress address, Future<?> accepting)
            implements AutoCloseable {
        /** A socket listens until nobody waits for its connections any more. */
        @Override
        public void close() throws IOException {
            listener.close();
            await().until(accepting::isDone);
        }
    }
}
