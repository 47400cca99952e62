package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.vmail.address.Domain;
import org.vmail.chain.NativeDaemon;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;
import org.vmail.dns.internal.FakeDns;
import org.vmail.domain.DnsServers;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.ReverseLookup;
import org.vmail.domain.ReverseLookupOptions;
import org.vmail.domain.UnknownAddress;

/** What a POP3 client notices of the DNS, and of domains that have several names. */
@Timeout(60)
class Pop3DnsTest {
    private static final Domain A = Domain.of("a.example");
    private static final Domain ALIAS = Domain.of("alias.example");
    private static final ReverseLookupOptions OPTIONS =
            ReverseLookupOptions.defaults().withDeadline(Duration.ofMillis(200)).withRetry(Duration.ofMillis(50));

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    private final Directory directory = Directory.inMemory()
            .account("joe@a.example", Pop3Fixture.PASSWORD)
            .domain(HostedDomain.of(A).withAliases(List.of(ALIAS)))
            .build();
    private FakeDns dns;

    @BeforeEach
    void startDns() throws IOException {
        dns = FakeDns.answering(query -> query.reply().pointer(300, "pop.alias.example"));
    }

    @AfterEach
    void stopDns() throws IOException {
        dns.close();
    }

    private Pop3Server start(ReverseLookupOptions options) throws IOException {
        DnsServers servers = DnsServers.at(List.of(dns.address()))
                .withTimeout(Duration.ofMillis(100))
                .withAttempts(1);
        return start(DomainResolver.reverseLookup(directory, ReverseLookup.dns(servers), options));
    }

    private Pop3Server start(DomainResolver domains) throws IOException {
        NativeDaemon nativeDaemon =
                connection -> connection.write(ByteBuffer.wrap("+OK native\r\n".getBytes(US_ASCII)));
        return pop3.startBare(
                Pop3Server.builder(directory, pop3.store),
                builder -> Pop3Fixture.onLoopback(builder).domains(domains).nativeDaemon(nativeDaemon));
    }

    private String greeting(Pop3Server server) throws IOException {
        Pop3Client client = pop3.connectSilently(server, 0);
        String greeting = client.raw().readLine();
        client.raw().close();
        return greeting;
    }

    @Test
    void theTargetAddressSelectsTheDomainByItsAliasAndTheLogKnowsTheMainName() throws Exception {
        Pop3Client client = pop3.connect(start(OPTIONS));
        assertThat(client.logIn("joe", Pop3Fixture.PASSWORD)).startsWith("+OK");
        client.ask("QUIT");
        client.raw().readToEnd();
        pop3.stopAll();
        assertThat(pop3.log().texts("Session ended"))
                .singleElement()
                .satisfies(text -> assertThat(text)
                        .contains("account=joe@a.example", "reverse look-up: 127.0.0.1 is pop.alias.example"));
    }

    @Test
    void aServerStartsAndRefusesWhileTheDnsHangsAndServesWhenItIsBack() throws IOException {
        dns.behave(FakeDns.silent());
        Pop3Server server = start(OPTIONS);
        assertThat(greeting(server)).startsWith("-ERR [SYS/TEMP] ");
        dns.behave(FakeDns.answers(query -> query.reply().pointer(300, "a.example")));
        await().untilAsserted(
                        () -> assertThat(greeting(server)).startsWith("+OK").doesNotContain("native"));
    }

    @Test
    void whileTheDnsHangsClientsGoToTheNativeDaemonIfTheAdministratorSaysSo() throws IOException {
        dns.behave(FakeDns.silent());
        Pop3Server server = start(OPTIONS.withUnknownAddress(UnknownAddress.NOT_HOSTED));
        assertThat(greeting(server)).isEqualTo("+OK native");
    }

    @Test
    void aDnsThatDiesLaterIsNotNoticed() throws IOException {
        Pop3Server server =
                start(OPTIONS.withMaxTimeToLive(Duration.ofMillis(1)).withMinTimeToLive(Duration.ofMillis(1)));
        int before = dns.queries().size();
        dns.behave(FakeDns.silent());
        await().until(() -> dns.queries().size() > before + 2);
        for (int i = 0; i < 20; i++) {
            assertThat(greeting(server)).startsWith("+OK").doesNotContain("native");
        }
    }

    @Test // RFC 3206, section 4: the reply of what only a person can mend
    void aConnectionThatContradictsItselfIsRefusedAtOnceAndTheLogSaysWhy() throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        Pop3Server server = start(DomainResolver.mustAgree(
                directory,
                List.of(
                        DomainResolver.addressTable(Map.of(loopback, A)),
                        DomainResolver.fixed(Domain.of("b.example")))));
        Pop3Client client = pop3.connectSilently(server, 0);

        assertThat(client.status()).startsWith("-ERR [SYS/PERM] ").doesNotContain(".example", "127.");
        assertThat(client.raw().readToEnd()).isEmpty();
        pop3.stopAll();
        assertThat(pop3.log().texts("Refused: "))
                .singleElement()
                .satisfies(text -> assertThat(text)
                        .startsWith("INFO")
                        .contains(
                                "rule=[evidence must agree: address table has 127.0.0.1, for a.example; fixed domain"));
    }
}
