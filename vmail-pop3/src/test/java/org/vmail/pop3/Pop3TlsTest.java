package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.ServerOptions;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsContext;

/** STLS (RFC 2595) and TLS from the first octet (RFC 8314, section 3.3). */
class Pop3TlsTest {
    private static final String HOST = "pop.a.example";
    private static final int CLEAR = 0;
    private static final int TLS = 1;

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

    @Test
    void aSessionIsProtectedBehindStls() throws Exception {
        Pop3Fixture.deliver(pop3.store, "Subject: x\r\n\r\nbody\r\n");
        SecureClient client = greeted(start());
        assertThat(client.lines("CAPA")).contains("STLS");
        assertThat(client.ask("STLS")).startsWith("+OK");
        client.startTls(HOST);

        assertThat(client.lines("CAPA"))
                .as("RFC 2595, section 4: not within TLS")
                .contains("USER")
                .doesNotContain("STLS");
        assertThat(client.ask("USER joe@a.example")).startsWith("+OK");
        assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD)).startsWith("+OK");
        assertThat(client.lines("RETR 1")).contains("body");
        assertThat(client.ask("QUIT")).startsWith("+OK");
        assertThat(client.readToEnd()).isEmpty();
    }

    @Test
    void theListenerLearnsOfTlsOnceWithTheNameOfTheServer() throws Exception {
        SecureClient client = greeted(start());
        client.ask("STLS");
        client.startTls(HOST).ask("QUIT");
        client.readToEnd();
        pop3.stopAll();

        assertThat(events.names()).containsExactly("connected", "domainChosen", "encrypted", "ended");
        assertThat(events.value("connected", 0, ConnectionInfo.class).encrypted())
                .isFalse();
        assertThat(events.value("encrypted", 0, ConnectionInfo.class).serverName())
                .contains(HOST);
        assertThat(events.value("ended", 0, ConnectionInfo.class).encrypted()).isTrue();
        assertThat(events.value("ended", 1, SessionSummary.class).reason()).isEqualTo("quit");
    }

    @ParameterizedTest // CVE-2011-0411
    @ValueSource(strings = {"STLS\r\nNOOP\r\n", "STLS\r\nUS", "STLS\r\nUSER joe@a.example\r\n", "STLS\n\n"})
    void whatFollowsStlsInClearTextIsNeverTakenForEncrypted(String injected) throws IOException {
        SecureClient client = greeted(start());
        client.send(injected);

        assertThat(client.readToEnd()).startsWith("-ERR").hasLineCount(1).doesNotContain("+OK");
    }

    @Test
    void octetsInTheMiddleOfAHandshakeAreNoCommand() throws IOException {
        SecureClient client = greeted(start());
        assertThat(client.ask("STLS")).startsWith("+OK");
        client.send("QUIT\r\n");

        assertThat(client.readToEnd()).doesNotContain("+OK").doesNotContain("-ERR");
    }

    @Test // RFC 2595, section 4
    void whatWasSaidInClearTextIsForgotten() throws IOException {
        SecureClient client = greeted(start());
        client.ask("USER joe@a.example");
        client.ask("STLS");
        client.startTls(HOST);

        assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD)).startsWith("-ERR");
        assertThat(client.ask("USER joe@a.example")).startsWith("+OK");
        assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD)).startsWith("+OK");
    }

    @Test
    void tlsBeginsOnce() throws IOException {
        SecureClient client = greeted(start());
        client.ask("STLS");
        client.startTls(HOST);

        assertThat(client.ask("STLS")).startsWith("-ERR");
        assertThat(client.lines("CAPA")).contains("USER");
    }

    @Test
    void withoutCertificatesThereIsNoStls() throws IOException {
        Pop3Client client = pop3.connect(pop3.start());

        assertThat(client.lines("CAPA")).doesNotContain("STLS");
        assertThat(client.ask("STLS")).startsWith("-ERR");
    }

    @Test // RFC 6856, section 2.1
    void stlsBehindUtf8IsAnError() throws IOException {
        SecureClient client = greeted(start());
        client.ask("UTF8");

        assertThat(client.ask("STLS")).startsWith("-ERR");
        assertThat(client.ask("QUIT")).startsWith("+OK");
    }

    @ParameterizedTest
    @ValueSource(ints = {CLEAR, TLS})
    void aHandshakeThatNeverComesIsEndedByTheLoginTimeout(int address) throws IOException {
        Pop3Options impatient = Pop3Fixture.OPTIONS.withLoginTimeout(Duration.ofMillis(200));
        Pop3Server server = start(builder -> builder.options(impatient));
        SecureClient client = connect(server, address);
        if (address == CLEAR) {
            client.readLine();
            assertThat(client.ask("STLS")).startsWith("+OK");
        }

        assertThat(client.readToEnd()).doesNotContain("+OK").doesNotContain("-ERR");
        assertThat(events.names()).doesNotContain("encrypted");
    }

    @Test
    void tlsMayBeginWithTheFirstOctet() throws Exception {
        SecureClient client = connect(start(), TLS).startTls(HOST);
        assertThat(client.readLine()).startsWith("+OK");
        assertThat(client.ask("USER joe@a.example")).startsWith("+OK");
        assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD)).startsWith("+OK");
        assertThat(client.lines("CAPA")).doesNotContain("STLS");
        client.ask("QUIT");
        client.readToEnd();
        pop3.stopAll();

        assertThat(events.names()).containsExactly("connected", "domainChosen", "encrypted", "loggedIn", "ended");
        ConnectionInfo loggedIn = events.value("loggedIn", 0, ConnectionInfo.class);
        assertThat(loggedIn.serverName()).contains(HOST);
        assertThat(loggedIn.encrypted()).isTrue();
    }

    @Test
    void clearTextOnATlsPortGetsNoReplyInClearText() throws Exception {
        SecureClient client = connect(start(), TLS);
        client.send("USER joe@a.example\r\nPASS " + Pop3Fixture.PASSWORD + "\r\n");

        assertThat(client.readToEnd()).doesNotContain("+OK").doesNotContain("-ERR");
        pop3.stopAll();
        assertThat(events.names()).as("no session had begun").containsExactly("connected", "domainChosen", "abandoned");
    }

    @Test
    void whoIsOneTooManyOnATlsPortHearsNothing() throws IOException {
        Pop3Server server =
                start(builder -> builder.serverOptions(ServerOptions.defaults().withMaxConnections(1)));
        SecureClient first = greeted(server);
        first.ask("USER joe@a.example");
        assertThat(first.ask("PASS " + Pop3Fixture.PASSWORD)).startsWith("+OK");

        assertThat(connect(server, TLS).readToEnd()).isEmpty();
        assertThat(connect(server, CLEAR).readToEnd()).startsWith("-ERR [SYS/TEMP]");
    }

    @Test
    void whoHangsInTheHandshakeMakesRoomForOthers() throws IOException {
        Pop3Server server =
                start(builder -> builder.serverOptions(ServerOptions.defaults().withMaxConnections(1)));
        SecureClient silent = connect(server, TLS);
        await().until(() -> events.names().contains("domainChosen"));

        assertThat(connect(server, TLS).startTls(HOST).readLine()).startsWith("+OK");
        assertThat(silent.readToEnd()).isEmpty();
    }

    private Pop3Server start() throws IOException {
        return start(builder -> builder);
    }

    /** One address for STLS, one for TLS from the first octet. */
    private Pop3Server start(UnaryOperator<Pop3Server.Builder> settings) throws IOException {
        return pop3.start(builder -> settings.apply(builder.tls(tls)
                .listenTls(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .options(Pop3Fixture.OPTIONS)
                .listener(events)));
    }

    private SecureClient connect(Pop3Server server, int address) throws IOException {
        List<InetSocketAddress> addresses = server.boundAddresses();
        SecureClient client = SecureClient.connect(addresses.get(address));
        clients.push(client);
        return client;
    }

    private SecureClient greeted(Pop3Server server) throws IOException {
        SecureClient client = connect(server, CLEAR);
        assertThat(client.readLine()).startsWith("+OK");
        return client;
    }
}
