package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.auth.LoginThrottle;
import org.vmail.auth.LoginThrottleOptions;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainResolver;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.Listener;
import org.vmail.net.Network;
import org.vmail.net.ProxiedTls;
import org.vmail.net.ProxyTrust;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsContext;
import org.vmail.net.internal.ProxyHeader;

/** Behind a proxy that sends PROXY headers: whose addresses count, and what the proxy's own visits come to. */
class Pop3ProxyTest {
    private static final String HOST = "pop.a.example";
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final InetSocketAddress CLIENT = new InetSocketAddress("192.0.2.7", 56324);
    private static final InetSocketAddress TARGET = new InetSocketAddress("203.0.113.10", 110);
    private static final ProxyTrust TRUST = ProxyTrust.in(List.of(Network.of("127.0.0.0/8")));
    private static final String HEADER = octets(ProxyHeader.of(CLIENT, TARGET).toV1());
    private static final String LOCAL_CLIENT = "PROXY TCP4 127.0.0.1 127.0.0.1 56324 110\r\n";

    @TempDir
    private static Path folder;

    private static TlsContext tls;

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    private final Events events = new Events();
    private final Deque<SecureClient> clients = new ArrayDeque<>();

    @BeforeAll
    static void makeCertificate() throws IOException {
        tls = TestCertificate.server(folder, TestCertificate.ec(HOST)).build();
    }

    @AfterEach
    void disconnect() throws IOException {
        for (SecureClient client : clients) {
            client.close();
        }
    }

    private static String octets(byte[] header) {
        return new String(header, ISO_8859_1);
    }

    private static String headerWithTls() {
        ProxiedTls told = new ProxiedTls(Optional.of("TLSv1.3"), Optional.empty(), Optional.empty(), false);
        return octets(new ProxyHeader(
                        Optional.of(new ProxyHeader.Route(CLIENT, TARGET)),
                        Optional.of(HOST),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(told))
                .toV2(true));
    }

    private Pop3Server start(Listener listener, UnaryOperator<Pop3Server.Builder> settings) throws IOException {
        return pop3.startBare(
                Pop3Server.builder(pop3.directory, pop3.store),
                builder -> settings.apply(builder.listen(listener).tls(tls).listener(events)));
    }

    private Pop3Server start(ProxyTrust trust) throws IOException {
        return start(Listener.at(ANY_PORT).withProxyProtocol(trust), builder -> builder);
    }

    private SecureClient connect(Pop3Server server, String header) throws IOException {
        SecureClient client = SecureClient.connect(server.boundAddress());
        clients.push(client);
        client.send(header);
        return client;
    }

    private SecureClient greeted(Pop3Server server, String header) throws IOException {
        SecureClient client = connect(server, header);
        assertThat(client.readLine()).startsWith("+OK");
        return client;
    }

    private static String logIn(SecureClient client, String user, String password) throws IOException {
        String reply = client.ask("USER " + user);
        return reply.startsWith("+OK") ? client.ask("PASS " + password) : reply;
    }

    private static String logIn(SecureClient client) throws IOException {
        return logIn(client, "joe@a.example", Pop3Fixture.PASSWORD);
    }

    @Test
    void theLogAndTheListenerNameTheClient() throws Exception {
        SecureClient client = greeted(start(TRUST), HEADER);
        client.ask("QUIT");
        client.readToEnd();
        pop3.stopAll();

        assertThat(pop3.log().texts("Session ended"))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("client=192.0.2.7:56324 target=203.0.113.10:110"));
        assertThat(events.value("connected", 0, ConnectionInfo.class).remote()).isEqualTo(CLIENT);
        assertThat(events.value("ended", 0, ConnectionInfo.class).proxied()).isPresent();
    }

    @Test
    void theDomainIsThatOfTheAddressBehindTheProxy() throws Exception {
        Map<InetAddress, Domain> table = Map.of(TARGET.getAddress(), Domain.of("a.example"));
        Pop3Server server = start(
                Listener.at(ANY_PORT).withProxyProtocol(TRUST.withTlsOfProxy()),
                builder -> builder.domains(DomainResolver.addressTable(table)));

        assertThat(logIn(greeted(server, headerWithTls()), "joe", Pop3Fixture.PASSWORD))
                .startsWith("+OK");
        assertThat(logIn(greeted(server, LOCAL_CLIENT), "joe", Pop3Fixture.PASSWORD))
                .startsWith("-ERR");
    }

    @Test // RFC 8314, section 4.1
    void aPasswordInClearTextIsTakenFromThisMachineOnlyAndNotFromAllItsProxysClients() throws Exception {
        Pop3Server server = start(TRUST);

        assertThat(logIn(greeted(server, HEADER))).startsWith("-ERR [AUTH]");
        assertThat(logIn(greeted(server, "PROXY UNKNOWN\r\n"))).startsWith("-ERR [AUTH]");
        assertThat(logIn(greeted(server, LOCAL_CLIENT))).startsWith("+OK");
    }

    @Test
    void theTlsOfTheProxyIsAsGoodAsOursIfThatIsSaid() throws Exception {
        SecureClient trusted = greeted(start(TRUST.withTlsOfProxy()), headerWithTls());
        assertThat(trusted.lines("CAPA")).contains("USER").doesNotContain("STLS");
        assertThat(trusted.ask("STLS")).startsWith("-ERR");
        assertThat(logIn(trusted)).startsWith("+OK");

        SecureClient untrusted = greeted(start(TRUST), headerWithTls());
        assertThat(untrusted.lines("CAPA")).contains("STLS").doesNotContain("USER");
        assertThat(logIn(untrusted)).startsWith("-ERR [AUTH]");
    }

    @Test
    void stlsBeginsBehindTheHeader() throws Exception {
        SecureClient client = greeted(start(TRUST), HEADER);
        assertThat(client.ask("STLS")).startsWith("+OK");
        client.startTls(HOST);

        assertThat(logIn(client)).startsWith("+OK");
        assertThat(events.value("loggedIn", 0, ConnectionInfo.class).remote()).isEqualTo(CLIENT);
        assertThat(events.value("loggedIn", 0, ConnectionInfo.class).serverName())
                .contains(HOST);
        assertThat(events.value("loggedIn", 0, ConnectionInfo.class).proxied()).isPresent();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tlsFromTheFirstOctetBeginsBehindTheHeader(boolean alsoTheProxys) throws Exception {
        Listener listener = Listener.at(ANY_PORT).withTls().withProxyProtocol(TRUST);
        SecureClient client = connect(start(listener, builder -> builder), alsoTheProxys ? headerWithTls() : HEADER)
                .startTls(HOST);

        assertThat(client.readLine()).startsWith("+OK");
        assertThat(logIn(client)).startsWith("+OK");
    }

    @Test
    void aHeaderWithinTlsIsNoHeader() throws Exception {
        Listener listener = Listener.at(ANY_PORT).withTls().withProxyProtocol(TRUST);
        SecureClient client =
                connect(start(listener, builder -> builder), HEADER).startTls(HOST);
        client.readLine();

        assertThat(client.ask(LOCAL_CLIENT.trim())).startsWith("-ERR");
        assertThat(events.value("connected", 0, ConnectionInfo.class).remote()).isEqualTo(CLIENT);
    }

    @Test
    void aClientCannotSendAHeaderOfItsOwnBehindThatOfTheProxy() throws Exception {
        SecureClient client = connect(start(TRUST), HEADER + LOCAL_CLIENT);
        assertThat(client.readLine()).startsWith("+OK");
        assertThat(client.readLine()).startsWith("-ERR");
        assertThat(logIn(client)).startsWith("-ERR [AUTH]");
    }

    @Test
    void aClientCannotSendAHeaderWhereNoneIsDemanded() throws Exception {
        SecureClient client = connect(start(Listener.at(ANY_PORT), builder -> builder), HEADER);
        assertThat(client.readLine()).startsWith("+OK");
        assertThat(client.readLine()).startsWith("-ERR");
        assertThat(events.value("connected", 0, ConnectionInfo.class).proxied()).isEmpty();
    }

    @Test
    void whoGuessesDoesNotSlowDownTheOthersBehindTheProxy() throws Exception {
        LoginThrottle throttle =
                LoginThrottle.with(LoginThrottleOptions.defaults().withPenalties(List.of(Duration.ofHours(1))));
        Pop3Server server = start(
                Listener.at(ANY_PORT).withProxyProtocol(TRUST.withTlsOfProxy()), builder -> builder.throttle(throttle));
        assertThat(logIn(greeted(server, headerWithTls()), "ann@a.example", Pop3Fixture.WRONG_PASSWORD))
                .startsWith("-ERR [AUTH]");

        InetSocketAddress neighbour = new InetSocketAddress(InetAddress.getByName("192.0.2.8"), 40_000);
        try (LoginThrottle.Attempt sameClient = throttle.begin(ConnectionInfo.plain(CLIENT, CLIENT));
                LoginThrottle.Attempt other = throttle.begin(ConnectionInfo.plain(neighbour, neighbour))) {
            assertThat(sameClient.delay()).isEqualTo(Duration.ofHours(1));
            assertThat(other.delay()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"PROXY UNKNOWN\r\n", "\r\n\r\n\0\r\nQUIT\n \0\0\0"})
    void healthChecksDoNotFillTheLog(String header) throws Exception {
        Pop3Server server = start(TRUST);
        greeted(server, header).close();
        connect(server, header).close();
        connect(server, "").close();
        await().until(() -> events.named("ended").size() == 2);
        pop3.stopAll();

        assertThat(pop3.log().texts("Session ended")).hasSize(2);
        assertThat(pop3.log().texts()).allMatch(text -> text.startsWith("DEBUG") || text.startsWith("TRACE"));
    }

    @Test // as HAProxy 2.6 does in version 1
    void aHealthCheckMayNameTheProxysOwnSocket() throws Exception {
        Pop3Server server = start(TRUST);
        InetSocketAddress address = server.boundAddress();
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            byte[] header =
                    ProxyHeader.of(socket.getLocalSocketAddress(), address).toV1();
            socket.getOutputStream().write(header);
            socket.getInputStream().read();
        }
        await().until(() -> events.named("ended").size() == 1);
        connect(server, LOCAL_CLIENT).close();
        await().until(() -> events.named("ended").size() == 2);
        pop3.stopAll();

        assertThat(pop3.log().texts("Session ended"))
                .satisfiesExactly(
                        check -> assertThat(check).startsWith("DEBUG"),
                        client -> assertThat(client).startsWith("INFO"));
    }

    @Test
    void aHealthCheckThatSaysSomethingIsASession() throws Exception {
        SecureClient client = greeted(start(TRUST), "PROXY UNKNOWN\r\n");
        client.ask("QUIT");
        client.readToEnd();
        pop3.stopAll();

        assertThat(pop3.log().texts("Session ended"))
                .singleElement()
                .satisfies(text -> assertThat(text).startsWith("INFO"));
    }

    @Test
    void healthChecksOfAnAddressThatIsNobodysDoNotFillTheLogEither() throws Exception {
        DomainResolver nobody = connection -> new DomainChoice.NotHosted("nobody's");
        Pop3Server chained = start(
                Listener.at(ANY_PORT).withProxyProtocol(TRUST),
                builder -> builder.domains(nobody).nativeDaemon(client -> {}));
        assertThat(connect(chained, "PROXY UNKNOWN\r\n").readToEnd()).isEmpty();
        DomainResolver unknown = connection -> {
            throw new IOException("not known yet");
        };
        Pop3Server notKnown =
                start(Listener.at(ANY_PORT).withProxyProtocol(TRUST), builder -> builder.domains(unknown));
        assertThat(connect(notKnown, "PROXY UNKNOWN\r\n").readToEnd()).startsWith("-ERR [SYS/TEMP]");
        pop3.stopAll();

        assertThat(pop3.log().texts()).allMatch(text -> text.startsWith("DEBUG") || text.startsWith("TRACE"));
    }

    @Test
    void theNativeDaemonGetsWhatIsBehindTheHeader() throws Exception {
        DomainResolver nobody = connection -> new DomainChoice.NotHosted("nobody's");
        Pop3Server server = start(
                Listener.at(ANY_PORT).withProxyProtocol(TRUST),
                builder -> builder.domains(nobody).nativeDaemon(client -> {
                    ByteBuffer first = ByteBuffer.allocate(10);
                    while (first.hasRemaining() && client.read(first) >= 0) {}
                    client.write(first.flip());
                    client.write(ISO_8859_1.encode(client.info().remote().getHostString()));
                }));
        SecureClient client = connect(server, HEADER + "USER joe\r\n");

        assertThat(client.readToEnd()).isEqualTo("USER joe\r\n192.0.2.7");
    }
}
