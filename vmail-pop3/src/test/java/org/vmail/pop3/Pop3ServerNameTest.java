package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.chain.NativeDaemon;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainResolver;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsContext;

/** The name of the server that a client asks for in its TLS handshake (RFC 6066, section 3) may choose the domain. */
class Pop3ServerNameTest {
    private static final String A = "pop.a.example";
    private static final String B = "pop.b.example";
    private static final String B_PASSWORD = "b's " + Pop3Fixture.PASSWORD;
    private static final int CLEAR = 0;
    private static final int TLS = 1;

    @TempDir
    private static Path folder;

    private static TlsContext tls;

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    private final Events events = new Events();
    private final Deque<SecureClient> clients = new ArrayDeque<>();

    /** By the name behind its first label, else a.example. */
    private final DomainResolver byName = connection -> connection
            .serverName()
            .<DomainChoice>map(name ->
                    new DomainChoice.Hosted(Domain.of(name.substring(name.indexOf('.') + 1)), "server name " + name))
            .orElse(new DomainChoice.Hosted(Domain.of("a.example"), "no server name"));

    @BeforeAll
    static void makeCertificate() throws IOException {
        tls = TestCertificate.server(folder, TestCertificate.ec(A, B)).build();
    }

    @AfterEach
    void disconnect() throws IOException {
        for (SecureClient client : clients) {
            client.close();
        }
    }

    private Pop3Server start(DomainResolver domains) throws IOException {
        return pop3.start(builder -> builder.tls(tls)
                .listenTls(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .domains(domains)
                .listener(events));
    }

    /** A client within TLS. */
    private SecureClient secured(Pop3Server server, int address, String name) throws IOException {
        SecureClient client = SecureClient.connect(server.boundAddresses().get(address));
        clients.push(client);
        if (address == CLEAR) {
            assertThat(client.readLine()).startsWith("+OK");
            assertThat(client.ask("STLS")).startsWith("+OK");
            return client.startTls(name);
        }
        client.startTls(name);
        assertThat(client.readLine()).startsWith("+OK");
        return client;
    }

    @ParameterizedTest
    @ValueSource(ints = {CLEAR, TLS})
    void theNameChoosesTheDomain(int address) throws Exception {
        SecureClient client = secured(start(byName), address, B);
        assertThat(client.ask("USER joe")).startsWith("+OK");
        assertThat(client.ask("PASS " + B_PASSWORD)).startsWith("+OK");
        client.ask("QUIT");
        client.readToEnd();
        pop3.stopAll();

        assertThat(events.names())
                .containsExactly("connected", "domainChosen", "encrypted", "domainChosen", "loggedIn", "ended");
        assertThat(events.named("domainChosen").get(1).values())
                .contains(new DomainChoice.Hosted(Domain.of("b.example"), "server name " + B));
        assertThat(pop3.log().texts("The domain was chosen again"))
                .singleElement()
                .satisfies(text ->
                        assertThat(text).contains("name=" + B, "rule=[server name " + B + "] before=[no server name]"));
        assertThat(pop3.log().texts("Session ended"))
                .singleElement()
                .satisfies(text -> assertThat(text).contains("account=joe@b.example", "server name " + B));
    }

    @ParameterizedTest
    @ValueSource(ints = {CLEAR, TLS})
    void aNameThatChangesNothingIsNoNews(int address) throws Exception {
        SecureClient client = secured(start(DomainResolver.fixed(Domain.of("a.example"))), address, B);
        client.ask("QUIT");
        client.readToEnd();
        pop3.stopAll();

        assertThat(events.names()).containsExactly("connected", "domainChosen", "encrypted", "ended");
        assertThat(pop3.log().texts("The domain was chosen again")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {CLEAR, TLS})
    void whenTheDomainOfANameCannotBeToldNobodyIsLoggedInElsewhere(int address) throws Exception {
        AtomicInteger asked = new AtomicInteger();
        DomainResolver unknownWithin = connection -> {
            asked.incrementAndGet();
            if (connection.serverName().isPresent()) {
                throw new IOException("not known yet");
            }
            return byName.resolve(connection);
        };
        Pop3Server server = start(unknownWithin);
        SecureClient client = SecureClient.connect(server.boundAddresses().get(address));
        clients.push(client);
        if (address == CLEAR) {
            client.readLine();
            client.ask("STLS");
        }
        client.startTls(B);
        if (address == CLEAR) {
            client.send("CAPA\r\n"); // there is nothing to answer before
        }
        assertThat(client.readToEnd()).startsWith("-ERR [SYS/TEMP] ").hasLineCount(1);
        pop3.stopAll();
        assertThat(asked).hasValue(2);
        assertThat(pop3.log().texts("The domain of a connection to"))
                .singleElement()
                .satisfies(text -> assertThat(text).startsWith("WARN"));
    }

    @ParameterizedTest
    @ValueSource(ints = {CLEAR, TLS})
    void aNameThatContradictsTheAddressIsRefused(int address) throws Exception {
        Pop3Server server = start(DomainResolver.mustAgree(
                pop3.directory,
                List.of(
                        DomainResolver.serverName(pop3.directory),
                        DomainResolver.addressTable(
                                Map.of(InetAddress.getLoopbackAddress(), Domain.of("a.example"))))));
        SecureClient agreed = secured(server, address, A);
        assertThat(agreed.ask("CAPA")).startsWith("+OK");
        SecureClient client = SecureClient.connect(server.boundAddresses().get(address));
        clients.push(client);
        if (address == CLEAR) {
            client.readLine();
            client.ask("STLS");
        }
        client.startTls(B);
        if (address == CLEAR) {
            client.send("CAPA\r\nUSER joe@b.example\r\n");
        }

        assertThat(client.readToEnd()).startsWith("-ERR [SYS/PERM] ").hasLineCount(1);
        pop3.stopAll();
        assertThat(pop3.log().texts("Refused: "))
                .singleElement()
                .satisfies(text -> assertThat(text)
                        .contains("name=" + B, "server name " + B + ", for b.example; address table has 127.0.0.1"));
        assertThat(events.names().stream().filter("ended"::equals)).hasSize(address == CLEAR ? 2 : 1);
    }

    @Test
    void aContradictionThatOnlyTheClearTextHasEndsWithTlsFromTheFirstOctet() throws Exception {
        DomainResolver disputedBefore = connection -> connection.encrypted()
                ? new DomainChoice.Hosted(Domain.of("b.example"), "server name")
                : new DomainChoice.Disputed("no name yet");
        SecureClient client = secured(start(disputedBefore), TLS, B);

        assertThat(client.ask("USER joe")).startsWith("+OK");
        assertThat(client.ask("PASS " + B_PASSWORD)).startsWith("+OK");
    }

    @Test
    void aNameThatIsNotOursWithinTlsIsServedHere() throws Exception {
        NativeDaemon nobody = connection -> {
            throw new IllegalStateException("TLS has begun: it is too late to pass the connection on");
        };
        DomainResolver within = connection ->
                connection.encrypted() ? new DomainChoice.NotHosted("not ours") : new DomainChoice.Shared("shared");
        Pop3Server server = pop3.start(
                builder -> builder.tls(tls).domains(within).nativeDaemon(nobody).listener(events));
        SecureClient client = secured(server, CLEAR, B);

        assertThat(client.ask("USER joe@a.example")).startsWith("+OK");
        assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD)).startsWith("+OK");
    }
}
