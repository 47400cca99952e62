package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.common.primitives.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.Listener;
import org.vmail.net.LogRecorder;
import org.vmail.net.Network;
import org.vmail.net.ProxiedConnection;
import org.vmail.net.ProxiedTls;
import org.vmail.net.ProxyTrust;
import org.vmail.net.RawClient;
import org.vmail.net.ServerOptions;

/** Listeners that demand a PROXY header: who may send one, what it changes, and what becomes of attacks. */
@Timeout(30)
class ProxiedServerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final ProxyTrust TRUST = ProxyTrust.in(List.of(Network.of("127.0.0.0/8")));
    private static final ProxyTrust OTHER_TRUST = ProxyTrust.in(List.of(Network.of("192.0.2.0/24")));
    private static final ServerOptions OPTIONS = ServerOptions.defaults();
    private static final String LINE = "PROXY TCP4 192.0.2.7 203.0.113.10 56324 110\r\n";
    private static final String OTHER_CLIENT = "PROXY TCP4 192.0.2.8 203.0.113.10 56324 110\r\n";
    private static final String HELLO = "192.0.2.7:56324 at 203.0.113.10:110";

    private final LogRecorder log = new LogRecorder();
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();
    private volatile Optional<ConnectionInfo> last = Optional.empty();

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        log.close();
    }

    /** Tells the client who it is, then sends back every line. */
    private final class Mirror implements SocketServer.Protocol {
        @Override
        public Conversation begin(ClientConnection connection) {
            last = Optional.of(connection.info());
            Wire wire = new Wire(connection);
            return new Conversation() {
                @Override
                public Optional<Duration> proceed() throws IOException {
                    wire.writeLine(connection.clientText() + " at " + connection.targetText());
                    while (wire.readLine(200, Duration.ofMinutes(1)) instanceof Wire.Line.Text text) {
                        wire.writeLine(text.text());
                    }
                    return Optional.empty();
                }

                @Override
                public void end() {}
            };
        }

        @Override
        public Optional<String> busyReply() {
            return Optional.of("busy");
        }
    }

    private SocketServer start(ServerOptions options, ProxyTrust trust) throws IOException {
        Listener listener = Listener.at(ANY_PORT).withProxyProtocol(trust);
        SocketServer server = new SocketServer(
                "proxied",
                List.of(new SocketServer.Endpoint(listener, new Mirror())),
                options,
                max -> Threads.forConversations("proxied", max));
        opened.push(server::close);
        server.bind();
        server.accept();
        return server;
    }

    private RawClient connect(SocketServer server) throws IOException {
        RawClient client = RawClient.connect(server.boundAddress());
        opened.push(client);
        return client;
    }

    private RawClient connect(SocketServer server, String first) throws IOException {
        RawClient client = connect(server);
        client.send(first);
        return client;
    }

    private RawClient connect(SocketServer server, byte[] first) throws IOException {
        return connect(server, new String(first, ISO_8859_1));
    }

    private ConnectionInfo info(ProxyTrust trust, byte[] header) throws IOException {
        connect(start(OPTIONS, trust), header).readLine();
        return last.orElseThrow();
    }

    private static ProxyHeader header(Optional<ProxiedTls> tls) {
        return new ProxyHeader(
                Optional.of(new ProxyHeader.Route(
                        new InetSocketAddress("192.0.2.7", 56324), new InetSocketAddress("203.0.113.10", 110))),
                Optional.of("mail.a.example"),
                Optional.of("pop3"),
                Optional.of("id 4711"),
                tls);
    }

    private static Optional<ProxiedTls> tls() {
        return Optional.of(new ProxiedTls(Optional.of("TLSv1.3"), Optional.empty(), Optional.empty(), false));
    }

    private List<String> warnings() {
        return log.texts().stream().filter(text -> text.startsWith("WARN")).toList();
    }

    @Test
    void theHeaderTellsWhoTheClientIsAndWhereItConnected() throws IOException {
        assertThat(connect(start(OPTIONS, TRUST), LINE).readLine()).isEqualTo(HELLO);
        ConnectionInfo info = info(TRUST, header(tls()).toV2(true));
        assertThat(info.remote()).isEqualTo(new InetSocketAddress("192.0.2.7", 56324));
        assertThat(info.local()).isEqualTo(new InetSocketAddress("203.0.113.10", 110));
        assertThat(info.listener().getAddress().isLoopbackAddress()).isTrue();
        ProxiedConnection proxied = info.proxied().orElseThrow();
        assertThat(proxied.proxy().getAddress().isLoopbackAddress()).isTrue();
        assertThat(proxied.own()).isFalse();
        assertThat(proxied.authority()).contains("mail.a.example");
        assertThat(proxied.applicationProtocol()).contains("pop3");
        assertThat(proxied.uniqueId()).contains("id 4711");
        assertThat(proxied.tls()).isEqualTo(tls());
        assertThat(info.serverName()).as("nobody has told us").isEmpty();
    }

    @Test
    void aClientOfALocalProxyIsNotLocal() throws IOException {
        assertThat(info(TRUST, header(Optional.empty()).toV2(false)).isLoopback())
                .isFalse();
        assertThat(info(TRUST, "PROXY TCP4 127.0.0.1 127.0.0.1 1 110\r\n".getBytes(ISO_8859_1))
                        .isLoopback())
                .isTrue();
        assertThat(info(TRUST, "PROXY UNKNOWN\r\n".getBytes(ISO_8859_1)).isLoopback())
                .isFalse();
    }

    @Test
    void theTlsOfTheProxyCountsOnlyIfItIsTrusted() throws IOException {
        assertThat(info(TRUST, header(tls()).toV2(false)).encrypted()).isFalse();
        assertThat(info(TRUST.withTlsOfProxy(), header(tls()).toV2(false)).encrypted())
                .isTrue();
        assertThat(info(TRUST.withTlsOfProxy(), header(Optional.empty()).toV2(false))
                        .encrypted())
                .isFalse();
        assertThat(info(TRUST.withTlsOfProxy(), LINE.getBytes(ISO_8859_1)).encrypted())
                .isFalse();
    }

    @Test
    void aHeaderMayArriveInPiecesAndWithWhatFollows() throws IOException {
        SocketServer server = start(OPTIONS, TRUST);
        for (byte[] header :
                new byte[][] {LINE.getBytes(ISO_8859_1), header(tls()).toV2(true)}) {
            RawClient inPieces = connect(server);
            inPieces.sendInPieces(new String(header, ISO_8859_1) + "a line\r\n", 1, new Random(1));
            assertThat(inPieces.readLine()).isEqualTo(HELLO);
            assertThat(inPieces.readLine()).isEqualTo("a line");

            RawClient atOnce = connect(server, Bytes.concat(header, "a line\r\nanother\r\n".getBytes(ISO_8859_1)));
            assertThat(atOnce.readLine()).isEqualTo(HELLO);
            assertThat(atOnce.readLine()).isEqualTo("a line");
            assertThat(atOnce.readLine()).isEqualTo("another");
        }
    }

    @Test
    void aSecondHeaderIsWhatTheClientSays() throws IOException {
        RawClient client = connect(start(OPTIONS, TRUST), LINE + OTHER_CLIENT);
        assertThat(client.readLine()).isEqualTo(HELLO);
        assertThat(client.readLine()).isEqualTo(OTHER_CLIENT.trim());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", LINE, "hello\r\n"})
    void whoeverIsNoProxyIsClosedWhateverItSays(String first) throws IOException {
        SocketServer server = start(OPTIONS, OTHER_TRUST);
        assertThat(connect(server, first).readToEnd()).isEmpty();
        assertThat(connect(server, first).readToEnd()).isEmpty();
        assertThat(last).as("no conversation").isEmpty();
        assertThat(log.texts("which is no proxy that is trusted")).hasSize(2);
        assertThat(warnings()).as("no more than one a minute").hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "USER joe\r\n",
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324 a\r\n",
                "PROXY TCP4 192.0.2.7 203.0.113.10 56324 110\n",
                "\r\n\r\n\0\r\nQUIT\n!\u0011\u00ff\u00ff",
                "\r\n\r\n\0\r\nQUIT\n!\u0011\0\u0001\0"
            })
    void aHeaderThatIsNotInOrderEndsTheConnection(String first) throws IOException {
        SocketServer server = start(OPTIONS.withMaxConnections(1), TRUST);
        assertThat(connect(server, first).readToEnd()).isEmpty();
        assertThat(connect(server, first + "x".repeat(5000)).readToEnd()).isEmpty();
        assertThat(last).as("no conversation").isEmpty();
        assertThat(warnings()).as("no more than one a minute").hasSize(1);
        assertThat(connect(server, LINE).readLine()).as("their places are free").isEqualTo(HELLO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "P", "PROXY TCP4 192.0.2.7", "\r\n\r\n\0\r\nQUIT\n!\u0011\0\u000c"})
    void aHeaderThatDoesNotComeInTimeEndsTheConnection(String first) throws IOException {
        SocketServer server = start(OPTIONS.withProxyHeaderTimeout(Duration.ofMillis(50)), TRUST);
        assertThat(connect(server, first).readToEnd()).isEmpty();
        assertThat(last).as("no conversation").isEmpty();
        assertThat(log.texts("did not come within 50 ms")).hasSize(1);
    }

    @Test
    void aHeaderThatTricklesInTakesNoMoreTimeForThat() throws IOException {
        SocketServer server = start(OPTIONS.withProxyHeaderTimeout(Duration.ofMillis(200)), TRUST);
        RawClient client = connect(server, "PROXY UNKNOWN ");
        await().pollInterval(Duration.ofMillis(10)).until(() -> {
            try {
                client.send("x");
            } catch (IOException closed) {
                return true;
            }
            return !log.texts("did not come within").isEmpty();
        });
        assertThat(client.readToEnd()).isEmpty();
        assertThat(log.texts("did not come within")).hasSize(1);
    }

    @Test
    void aProxyThatLooksWhetherWeAreThereIsNoNews() throws Exception {
        SocketServer server = start(OPTIONS, TRUST);
        connect(server).close();
        connect(server).reset();
        await().until(() ->
                log.texts("ended a proxied connection without a word").size()
                                + log.texts("broke").size()
                        == 2);
        assertThat(log.texts()).allMatch(text -> text.startsWith("DEBUG") || text.startsWith("TRACE"));
    }

    @Test
    void aProxyThatSpeaksForItselfHasItsOwnAddress() throws IOException {
        SocketServer server = start(OPTIONS, TRUST);
        for (byte[] header :
                List.of(ProxyHeader.local().toV1(), ProxyHeader.local().toV2(false))) {
            String hello = connect(server, header).readLine();
            assertThat(hello).startsWith("127.0.0.1:");
            assertThat(hello).endsWith("127.0.0.1:" + server.boundAddress().getPort());
            assertThat(last.orElseThrow().proxied().orElseThrow().own()).isTrue();
        }
    }

    @Test
    void clientsAreCountedAndNotTheirProxy() throws IOException {
        SocketServer server = start(OPTIONS.withMaxConnectionsPerClient(1), TRUST);
        assertThat(connect(server, LINE).readLine()).isEqualTo(HELLO);
        assertThat(connect(server, OTHER_CLIENT).readLine()).startsWith("192.0.2.8");
        assertThat(connect(server, ProxyHeader.local().toV1()).readLine()).startsWith("127.0.0.1");
        assertThat(connect(server, ProxyHeader.local().toV1()).readLine()).startsWith("127.0.0.1");

        RawClient again = connect(server, LINE);
        assertThat(again.readLine()).isEqualTo("busy");
        assertThat(again.readToEnd()).isEmpty();
        assertThat(log.texts("from 192.0.2.7: too many connections")).hasSize(1);
    }

    @Test
    void aClientThatHasLeftIsNotCountedAnyMore() throws IOException {
        SocketServer server = start(OPTIONS.withMaxConnectionsPerClient(1), TRUST);
        RawClient first = connect(server, LINE);
        first.readLine();
        assertThat(connect(server, LINE).readLine()).isEqualTo("busy");
        first.close();
        await().pollInterval(Duration.ofMillis(5))
                .until(() -> connect(server, LINE).readLine().equals(HELLO));
    }

    @Test
    void whoDoesNotTellMakesRoomForOthers() throws IOException {
        SocketServer server = start(OPTIONS.withMaxHalfOpenConnections(1), TRUST);
        RawClient silent = connect(server);
        RawClient next = connect(server, LINE);
        assertThat(next.readLine()).isEqualTo(HELLO);
        assertThat(silent.readToEnd()).isEmpty();
        assertThat(connect(server, OTHER_CLIENT).readLine()).startsWith("192.0.2.8");
        assertThat(next.readToEnd()).isEmpty();
        assertThat(log.texts("Dropped a proxied connection from 127.0.0.1")).hasSize(1);
        assertThat(log.texts("Dropped a proxied connection from 192.0.2.7")).hasSize(1);
    }

    @Test
    void aServerThatClosesWaitsForNoHeader() throws IOException {
        SocketServer server = start(OPTIONS.withDrainTimeout(Duration.ofMinutes(5)), TRUST);
        RawClient nothing = connect(server);
        RawClient half = connect(server, "PROXY TCP4 192.0.2.7 ");
        server.close();
        assertThat(nothing.readToEnd()).isEmpty();
        assertThat(half.readToEnd()).isEmpty();
    }
}
