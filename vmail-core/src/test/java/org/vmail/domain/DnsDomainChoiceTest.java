package org.vmail.domain;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.TWO;
import static org.vmail.domain.Targets.connectionTo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmail.address.Domain;
import org.vmail.dns.internal.DnsReply;
import org.vmail.dns.internal.FakeDns;
import org.vmail.dns.internal.FakeDns.Query;
import org.vmail.internal.ManualClock;

/** A DNS that hangs, lies or dies neither delays nor misroutes a client. The servers are real sockets. */
@Timeout(60)
class DnsDomainChoiceTest {
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Set<String> HOSTED = Set.of("a.example", "b.example");
    private static final ReverseLookupOptions OPTIONS =
            ReverseLookupOptions.defaults().withMaxTimeToLive(LONG).withDeadline(Duration.ofMinutes(1));

    private final ManualClock clock = new ManualClock();
    private final ManualTimer timer = new ManualTimer(clock);
    private final List<FakeDns> servers = new ArrayList<>();

    @AfterEach
    void stop() throws IOException {
        for (FakeDns server : servers) {
            server.close();
        }
    }

    private FakeDns server(FakeDns.Behaviour behaviour) throws IOException {
        FakeDns server = FakeDns.start(behaviour);
        servers.add(server);
        return server;
    }

    /** 192.0.2.1 is mail.a.example, and what the name leads to is true. */
    private static DnsReply truth(Query query) {
        if (query.type() == 12) {
            return query.name().equals("1.2.0.192.in-addr.arpa")
                    ? query.reply().pointer(LONG.toSeconds(), "mail.a.example")
                    : query.reply().noSuchName().authority(300, 300);
        }
        return query.name().equals("mail.a.example")
                ? query.reply().address(60, "192.0.2.1")
                : query.reply().noSuchName().authority(300, 300);
    }

    private static FakeDns.Behaviour truth() {
        return FakeDns.answers(DnsDomainChoiceTest::truth);
    }

    private DnsServers dns() {
        return DnsServers.at(servers.stream().map(FakeDns::address).toList())
                .withTimeout(Duration.ofMillis(200))
                .withAttempts(1);
    }

    private DomainResolver resolver(ReverseLookupOptions options) {
        HostedDomains hosted = name -> HOSTED.contains(name.name()) ? Optional.of(name) : Optional.empty();
        return new ReverseLookupResolver(
                hosted, new CachedLookup(ReverseLookup.dns(dns()), options, clock, timer), options);
    }

    private DomainResolver prepared(ReverseLookupOptions options) {
        DomainResolver resolver = resolver(options);
        resolver.prepare(Set.of(ONE));
        return resolver;
    }

    private static Optional<String> domain(DomainResolver resolver, InetAddress target) throws IOException {
        DomainChoice choice = assertTimeoutPreemptively(SOON, () -> resolver.resolve(connectionTo(target)));
        return choice instanceof DomainChoice.Hosted hosted
                ? Optional.of(hosted.domain().name())
                : Optional.empty();
    }

    /** Whatever happens to the DNS, and for however long: the address stays that of a.example. */
    private void assertStaysKnown(DomainResolver resolver) throws IOException {
        for (int i = 0; i < 3; i++) {
            int asked = queries();
            await().until(() -> timer.waiting() > 0);
            timer.advance(LONG);
            assertThat(domain(resolver, ONE)).contains("a.example");
            await().until(() -> queries() > asked || timer.waiting() > 0);
            assertThat(domain(resolver, ONE)).contains("a.example");
        }
    }

    private int queries() {
        return servers.stream().mapToInt(server -> server.queries().size()).sum();
    }

    @Test
    void theDomainComesFromTheServersThatWereGiven() throws IOException {
        server(truth());
        DomainResolver resolver = prepared(OPTIONS);
        assertThat(domain(resolver, ONE)).contains("a.example");
        resolver.prepare(Set.of(TWO));
        assertThat(domain(resolver, TWO)).isEmpty();
        assertThat(queries()).isEqualTo(2);
    }

    @Test
    void aServerThatHangsLaterDelaysNobodyAndChangesNothing() throws IOException {
        FakeDns dns = server(truth());
        DomainResolver resolver = prepared(OPTIONS);
        dns.behave(FakeDns.silent());
        assertStaysKnown(resolver);
    }

    @Test
    void aServerThatDiesLaterChangesNothingAndOneThatComesBackCounts() throws IOException {
        FakeDns dns = server(truth());
        DomainResolver resolver = prepared(OPTIONS);
        dns.behave(FakeDns.answers(query -> query.reply().resultCode(2)));
        assertStaysKnown(resolver);
        dns.behave(FakeDns.answers(query -> query.reply().pointer(60, "b.example")));
        await().until(() -> timer.waiting() > 0);
        timer.advance(LONG);
        await().untilAsserted(() -> assertThat(domain(resolver, ONE)).contains("b.example"));
    }

    @Test
    void aServerThatIsClosedChangesNothing() throws IOException {
        FakeDns dns = server(truth());
        DomainResolver resolver = prepared(OPTIONS);
        dns.close();
        assertStaysKnown(resolver);
    }

    @Test
    void whoeverLiesWithoutSeeingTheQueriesIsNotBelieved() throws IOException {
        server(query -> List.of(
                query.reply().id(query.id() ^ 1).pointer(60, "b.example").octets(),
                query.reply()
                        .question("2.2.0.192.in-addr.arpa")
                        .pointer(60, "b.example")
                        .octets(),
                query.reply()
                        .pointer("2.2.0.192.in-addr.arpa", 60, "b.example")
                        .pointer(60, "a.example")
                        .octets()));
        assertThat(domain(prepared(OPTIONS), ONE)).contains("a.example");
    }

    @Test
    void aLabelWithADotInItIsNoDomain() throws IOException {
        server(FakeDns.answers(query -> {
            byte[] name = "\tb.example".getBytes(US_ASCII);
            byte[] data = Arrays.copyOf(name, name.length + 1);
            return query.reply().answer(query.name(), 12, 60, data); // one label of 9 octets
        }));
        assertThat(domain(prepared(OPTIONS), ONE)).isEmpty();
    }

    @Test
    void aLabelWithADotInItIsStrippedAsAWholeIfAtAll() throws IOException {
        server(FakeDns.answers(query -> {
            byte[] name = "\u0003x.a\u0007example\u0000".getBytes(US_ASCII); // the labels x.a and example
            return query.reply().answer(query.name(), 12, 60, name);
        }));
        assertThat(domain(prepared(OPTIONS.withStripping(LabelStripping.upTo(2))), ONE))
                .isEmpty();
    }

    @Test
    void whoOwnsOnlyTheReverseZoneCannotTakeADomainIfNamesAreConfirmed() throws IOException {
        FakeDns dns = server(truth());
        DomainResolver resolver = prepared(OPTIONS.withConfirmation(ForwardLookup.dns(dns())));
        assertThat(domain(resolver, ONE)).contains("a.example");
        dns.behave(
                FakeDns.answers(query -> query.type() == 12 ? query.reply().pointer(60, "b.example") : truth(query)));
        timer.advance(LONG);
        await().untilAsserted(() -> assertThat(domain(resolver, ONE)).isEmpty());
    }

    @Test
    void aConfirmationThatHangsChangesNothing() throws IOException {
        FakeDns dns = server(truth());
        DomainResolver resolver = prepared(OPTIONS.withConfirmation(ForwardLookup.dns(dns())));
        dns.behave(query -> query.type() == 12
                ? List.of(query.reply().pointer(60, "b.example").octets())
                : query.silence());
        assertStaysKnown(resolver);
    }

    @Test
    void theOrderOfNamesInAnAnswerDecidesNothing() throws IOException {
        FakeDns dns = server(FakeDns.answers(query ->
                query.reply().pointer(60, "b.example").pointer(60, "a.example").pointer(60, "x.example")));
        DomainResolver resolver = prepared(OPTIONS);
        assertThat(domain(resolver, ONE)).contains("a.example");
        dns.behave(FakeDns.answers(query ->
                query.reply().pointer(60, "a.example").pointer(60, "x.example").pointer(60, "b.example")));
        assertStaysKnown(resolver);
    }

    @Test
    void thousandsOfNamesAreReadAndFewCount() throws IOException {
        server(query -> {
            DnsReply reply = query.reply();
            if (query.byStream()) {
                for (int i = 0; i < 1000; i++) {
                    reply.pointer(60, "a" + i + ".provider.example");
                }
                reply.pointer(60, "b.example"); // which comes behind them, in alphabetical order, too
            } else {
                reply.truncated();
            }
            return List.of(reply.octets());
        });
        assertThat(domain(prepared(OPTIONS), ONE)).isEmpty();
    }

    @Test
    void anUnknownAddressIsRefusedWhileTheDnsHangs() throws IOException {
        FakeDns dns = server(FakeDns.silent());
        DomainResolver resolver = resolver(OPTIONS);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> assertTimeoutPreemptively(SOON, () -> resolver.resolve(connectionTo(ONE))));
        dns.behave(truth());
        await().ignoreException(IOException.class).untilAsserted(() -> {
            clock.advance(LONG);
            assertThat(domain(resolver, ONE)).contains("a.example");
        });
    }

    @Test
    void anUnknownAddressIsThatOfTheMainDomainWhileTheDnsHangsIfTheAdministratorSaysSo() throws IOException {
        server(FakeDns.silent());
        DomainResolver resolver = resolver(OPTIONS.withUnknownAddress(UnknownAddress.NOT_HOSTED));
        assertThat(domain(resolver, ONE)).isEmpty();
    }

    @Test
    void aClientOfAnUnknownAddressWaitsForTheSecondServerIfThePatienceAllows() throws IOException {
        server(FakeDns.silent());
        server(truth());
        DomainResolver resolver = resolver(OPTIONS.withPatience(Duration.ofSeconds(4)));
        assertThat(domain(resolver, ONE)).contains("a.example");
    }

    @Test
    void aClientOfAnUnknownAddressWaitsNoLongerThanThePatience() throws IOException {
        server(query -> Collections.nCopies(3, new byte[] {0}));
        DomainResolver resolver = resolver(OPTIONS.withPatience(Duration.ofMillis(50)));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> assertTimeoutPreemptively(SOON, () -> resolver.resolve(connectionTo(ONE))))
                .withMessageContaining("not known yet");
    }

    @Test
    void serversAreIpAddressesWithAPort() {
        assertThatIllegalArgumentException().isThrownBy(() -> DnsServers.at(List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        DnsServers.at(List.of(InetSocketAddress.createUnresolved("ns.example", DnsServers.PORT))));
        DnsServers dns = DnsServers.at(List.of(new InetSocketAddress(ONE, DnsServers.PORT)));
        assertThat(dns.timeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(dns.attempts()).isEqualTo(2);
        assertThatIllegalArgumentException().isThrownBy(() -> dns.withAttempts(0));
        assertThatIllegalArgumentException().isThrownBy(() -> dns.withTimeout(Duration.ZERO));
    }

    @Test
    void aNameLeadsToItsAddressesAndToNoOthers() throws IOException {
        server(truth());
        ForwardLookup forward = ForwardLookup.dns(dns());
        assertThat(forward.leadsTo(Domain.of("mail.a.example"), ONE)).isTrue();
        assertThat(forward.leadsTo(Domain.of("mail.a.example"), TWO)).isFalse();
        assertThat(forward.leadsTo(Domain.of("nobody.example"), ONE)).isFalse();
    }
}
