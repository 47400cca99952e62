package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.Domain;
import org.vmail.chain.LoginRoute;
import org.vmail.chain.Upstream;
import org.vmail.directory.Directory;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsContext;
import org.vmail.net.TlsTrust;

/** Logins at a server whose upstream is another one of ours, with TLS on either side or both. */
@Timeout(60)
class LateChainTlsTest {
    private static final String HOST = "localhost";
    private static final String MESSAGE = "Subject: there\r\n\r\n" + ".stuffed\r\n".repeat(20_000);
    private static final TestCertificate CERTIFICATE = TestCertificate.ec(HOST);

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @TempDir
    private Path folder;

    private final Events events = new Events();
    private TlsContext tls;
    private Pop3Server behind;

    @BeforeEach
    void startUpstream() throws IOException {
        tls = TestCertificate.server(folder, CERTIFICATE).build();
        Pop3Fixture.deliver(pop3.store, MESSAGE);
        behind = pop3.start(builder -> builder.tls(tls).listenTls(loopback()));
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, NONE",
        "NONE, STLS",
        "NONE, TLS",
        "STLS, NONE",
        "STLS, STLS",
        "STLS, TLS",
        "TLS, NONE",
        "TLS, STLS",
        "TLS, TLS"
    })
    void eachSideHasItsOwnTls(Upstream.Encryption client, Upstream.Encryption upstream) throws Exception {
        Pop3Server server = start(upstream(upstream, trust()));
        try (SecureClient session = connect(server, client)) {
            session.send("USER joe@a.example\r\nPASS " + Pop3Fixture.PASSWORD + "\r\nSTAT\r\n");
            assertThat(session.readLine()).startsWith("+OK now");
            assertThat(session.readLine()).isEqualTo("+OK maildrop has 1 message (" + MESSAGE.length() + " octets)");
            assertThat(session.readLine()).isEqualTo("+OK 1 " + MESSAGE.length());
            assertThat(session.lines("RETR 1")).hasSize(20_003).contains("..stuffed");
            assertThat(session.ask("DELE 1")).startsWith("+OK");
            assertThat(session.ask("QUIT")).startsWith("+OK");
            assertThat(session.readToEnd()).isEmpty();
        }
        pop3.stopAll();
        assertThat(pop3.count()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"STLS", "TLS"})
    void saslPlainWorksOverTlsAsWell(Upstream.Encryption upstream) throws IOException {
        Pop3Server server = start(upstream(upstream, trust()).withLoginForm(Upstream.LoginForm.SASL_PLAIN));

        assertThat(pop3.connect(server).logIn("joe@a.example", Pop3Fixture.PASSWORD))
                .startsWith("+OK maildrop has 1");
    }

    @ParameterizedTest
    @CsvSource({"STLS", "TLS"})
    void aCertificateOfAnUnknownAuthorityGetsNoPassword(Upstream.Encryption upstream) throws IOException {
        Path other = folder.resolve("other.pem");
        Files.writeString(
                other,
                TestCertificate.selfSigned(TestCertificate.newKey("EC", 256), "SHA256withECDSA", "CN=other")
                        .chainPem());

        for (TlsTrust trust : List.of(TlsTrust.authorities(other), TlsTrust.pinned(other), TlsTrust.system())) {
            assertNotTrusted(upstream(upstream, trust));
        }
    }

    @ParameterizedTest
    @CsvSource({"STLS", "TLS"})
    void aCertificateForAnotherHostGetsNoPassword(Upstream.Encryption upstream) throws IOException {
        assertNotTrusted(upstream(upstream, trust().withHostName("mail.elsewhere.example")));
        assertNotTrusted(secured(Upstream.at(address(upstream, "127.0.0.1")), upstream, trust()));
    }

    @Test
    void theHostNameCanBeTold() throws IOException {
        Upstream upstream =
                Upstream.at(address(Upstream.Encryption.TLS, "127.0.0.1")).withTls(trust().withHostName(HOST));

        assertThat(pop3.connect(start(upstream)).logIn("joe@a.example", Pop3Fixture.PASSWORD))
                .startsWith("+OK");
    }

    @Test
    void aPinnedCertificateIsTrustedWhateverItsName() throws IOException {
        Path own = folder.resolve("own.pem");
        Files.writeString(own, pem(0));
        Upstream upstream =
                Upstream.at(address(Upstream.Encryption.TLS, "127.0.0.1")).withTls(TlsTrust.pinned(own));

        assertThat(pop3.connect(start(upstream)).logIn("joe@a.example", Pop3Fixture.PASSWORD))
                .startsWith("+OK");
    }

    @Test
    void aServerWithoutStlsGetsNoPassword() throws Exception {
        try (FakeUpstream fake = new FakeUpstream().reply("STLS", "-ERR no\r\n")) {
            Pop3Client client = pop3.connect(start(Upstream.at(fake.address()).withStls(trust())));

            assertThat(client.logIn("joe", Pop3Fixture.PASSWORD)).startsWith("-ERR [SYS/TEMP]");
            assertThat(fake.heard).containsExactly("STLS");
        }
    }

    @Test
    void whatFollowsTheReplyToStlsInClearTextIsAnAttack() throws Exception {
        try (FakeUpstream fake = new FakeUpstream().reply("STLS", "+OK\r\n+OK logged in\r\n")) {
            Pop3Client client = pop3.connect(start(Upstream.at(fake.address()).withStls(trust())));

            assertThat(client.logIn("joe", Pop3Fixture.PASSWORD)).startsWith("-ERR [SYS/TEMP]");
            assertThat(events.value("loginFailed", 3, String.class)).contains("follows the reply to STLS");
        }
    }

    @Test
    void aServerThatSpeaksNoTlsIsATemporaryFailure() throws Exception {
        try (FakeUpstream fake = new FakeUpstream().reply("STLS", "+OK\r\n" + FakeUpstream.CLOSE)) {
            for (Upstream upstream : List.of(
                    Upstream.at(fake.address()).withStls(trust()),
                    Upstream.at(fake.address()).withTls(trust()))) {
                Pop3Client client = pop3.connect(start(upstream));
                assertThat(client.logIn("joe", Pop3Fixture.PASSWORD)).startsWith("-ERR [SYS/TEMP]");
            }
            assertThat(fake.heard("PASS")).isEmpty();
        }
    }

    private void assertNotTrusted(Upstream upstream) throws IOException {
        int before = events.named("loginFailed").size();
        Pop3Client client = pop3.connect(start(upstream));
        assertThat(client.logIn("joe@a.example", Pop3Fixture.PASSWORD)).startsWith("-ERR [SYS/TEMP]");
        assertThat(events.named("loginFailed")).hasSize(before + 1);
        assertThat((String) events.named("loginFailed").get(before).values().get(3))
                .contains("TLS handshake failed");
    }

    private Pop3Server start(Upstream upstream) throws IOException {
        Directory nobody = Directory.inMemory().account("own@b.example", "x").build();
        LoginRoute route = LoginRoute.mainDomain(Domain.of("main.example"), nobody, upstream);
        return pop3.startBare(
                Pop3Server.builder(nobody, pop3.store),
                builder -> Pop3Fixture.onLoopback(builder)
                        .tls(tls)
                        .listenTls(loopback())
                        .loginRoute(route)
                        .listener(events));
    }

    private static SecureClient connect(Pop3Server server, Upstream.Encryption encryption) throws IOException {
        boolean implicit = encryption == Upstream.Encryption.TLS;
        SecureClient client = SecureClient.connect(server.boundAddresses().get(implicit ? 1 : 0));
        if (implicit) {
            client.startTls(HOST);
        }
        assertThat(client.readLine()).startsWith("+OK");
        if (encryption == Upstream.Encryption.STLS) {
            assertThat(client.ask("STLS")).startsWith("+OK");
            client.startTls(HOST);
        }
        return client;
    }

    private Upstream upstream(Upstream.Encryption encryption, TlsTrust trust) {
        return secured(Upstream.at(address(encryption, HOST)), encryption, trust);
    }

    private static Upstream secured(Upstream upstream, Upstream.Encryption encryption, TlsTrust trust) {
        return switch (encryption) {
            case NONE -> upstream;
            case STLS -> upstream.withStls(trust);
            case TLS -> upstream.withTls(trust);
        };
    }

    private InetSocketAddress address(Upstream.Encryption encryption, String host) {
        int index = encryption == Upstream.Encryption.TLS ? 1 : 0;
        return InetSocketAddress.createUnresolved(
                host, behind.boundAddresses().get(index).getPort());
    }

    private TlsTrust trust() throws IOException {
        return TlsTrust.authorities(Files.writeString(folder.resolve("authority.pem"), pem(1)));
    }

    private static String pem(int index) {
        return new TestCertificate(List.of(CERTIFICATE.chain().get(index)), CERTIFICATE.key()).chainPem();
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }
}
