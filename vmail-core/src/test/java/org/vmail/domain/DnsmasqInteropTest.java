package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.TWO;
import static org.vmail.domain.Targets.connectionTo;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.Domain;
import org.vmail.internal.ManualClock;

/** Debian's dnsmasq, stopped and killed: no client waits for it, and none comes to a wrong domain. */
@Tag("interop")
@Timeout(60)
class DnsmasqInteropTest {
    private static final String A = "--ptr-record=1.2.0.192.in-addr.arpa,mail.a.example";
    private static final String B = "--ptr-record=1.2.0.192.in-addr.arpa,mail.b.example";
    private static final String A_LEADS_BACK = "--host-record=mail.a.example,192.0.2.1";
    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Set<String> HOSTED = Set.of("a.example", "b.example");
    private static final ReverseLookupOptions OPTIONS =
            ReverseLookupOptions.defaults().withDeadline(Duration.ofSeconds(20));

    @TempDir
    private Path folder;

    private final ManualClock clock = new ManualClock();
    private final ManualTimer timer = new ManualTimer(clock);

    private static DnsServers servers(Dnsmasq dnsmasq) {
        return dnsmasq.servers().withTimeout(Duration.ofMillis(300)).withAttempts(1);
    }

    private DomainResolver resolver(Dnsmasq dnsmasq, ReverseLookupOptions options) {
        HostedDomains hosted = name -> HOSTED.contains(name.name()) ? Optional.of(name) : Optional.empty();
        CachedLookup lookup = new CachedLookup(ReverseLookup.dns(servers(dnsmasq)), options, clock, timer);
        return new ReverseLookupResolver(hosted, lookup, options);
    }

    private DomainResolver prepared(Dnsmasq dnsmasq, ReverseLookupOptions options) {
        DomainResolver resolver = resolver(dnsmasq, options);
        resolver.prepare(Set.of(ONE, TWO));
        return resolver;
    }

    private static DomainChoice choice(DomainResolver resolver, InetAddress target) {
        return assertTimeoutPreemptively(SOON, () -> resolver.resolve(connectionTo(target)));
    }

    private static void assertHosted(DomainResolver resolver, String domain) {
        assertThat(choice(resolver, ONE))
                .isEqualTo(new DomainChoice.Hosted(Domain.of(domain), "reverse look-up: 192.0.2.1 is mail." + domain));
    }

    /** While the server is away, and however often it is asked again. */
    private void assertStaysKnown(DomainResolver resolver) {
        for (int i = 0; i < 3; i++) {
            timer.advance(HOUR);
            assertHosted(resolver, "a.example");
            await().until(() -> timer.waiting() == 2); // both look-ups have failed
            assertHosted(resolver, "a.example");
            assertThat(choice(resolver, TWO)).isInstanceOf(DomainChoice.NotHosted.class);
        }
    }

    @Test
    void answersComeWithTheirTimeToLive() throws Exception {
        try (Dnsmasq dnsmasq = Dnsmasq.start(folder, A, "--local-ttl=77")) {
            assertThat(ReverseLookup.dns(servers(dnsmasq)).names(ONE))
                    .isEqualTo(new ReverseAnswer(List.of("mail.a.example"), Optional.of(Duration.ofSeconds(77))));
            assertThat(ReverseLookup.dns(servers(dnsmasq)).names(TWO).names()).isEmpty();
        }
    }

    @Test
    void anAddressStaysThatOfItsDomainWhileTheServerHangs() throws Exception {
        try (Dnsmasq dnsmasq = Dnsmasq.start(folder, A)) {
            DomainResolver resolver = prepared(dnsmasq, OPTIONS);
            assertHosted(resolver, "a.example");
            dnsmasq.stop();
            assertStaysKnown(resolver);
            dnsmasq.goOn();
            timer.advance(HOUR);
            await().until(() -> timer.waiting() == 2);
            assertHosted(resolver, "a.example");
        }
    }

    @Test
    void anAddressStaysThatOfItsDomainWhenTheServerIsKilledUntilItComesBack() throws Exception {
        try (Dnsmasq dnsmasq = Dnsmasq.start(folder, A)) {
            DomainResolver resolver = prepared(dnsmasq, OPTIONS);
            dnsmasq.kill();
            assertStaysKnown(resolver);
            dnsmasq.restart(B);
            timer.advance(HOUR);
            await().untilAsserted(() -> assertHosted(resolver, "b.example"));
        }
    }

    @Test
    void whileTheServerHangsAnUnknownAddressIsRefusedUntilItGoesOn() throws Exception {
        try (Dnsmasq dnsmasq = Dnsmasq.start(folder, A)) {
            DomainResolver resolver = resolver(dnsmasq, OPTIONS);
            dnsmasq.stop();
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> assertTimeoutPreemptively(SOON, () -> resolver.resolve(connectionTo(ONE))));
            dnsmasq.goOn();
            await().ignoreException(IOException.class).untilAsserted(() -> {
                clock.advance(HOUR);
                assertHosted(resolver, "a.example");
            });
        }
    }

    @Test
    void whileTheServerHangsAnUnknownAddressIsThatOfTheMainDomainIfThatIsWanted() throws Exception {
        try (Dnsmasq dnsmasq = Dnsmasq.start(folder, A)) {
            DomainResolver resolver = resolver(dnsmasq, OPTIONS.withUnknownAddress(UnknownAddress.NOT_HOSTED));
            dnsmasq.stop();
            assertThat(choice(resolver, ONE)).isInstanceOf(DomainChoice.NotHosted.class);
        }
    }

    @Test
    void aClientWithPatienceWaitsUntilTheServerGoesOn() throws Exception {
        try (Dnsmasq dnsmasq = Dnsmasq.start(folder, A)) {
            ReverseLookupOptions patient = OPTIONS.withPatience(Duration.ofSeconds(20));
            DomainResolver resolver = new ReverseLookupResolver(
                    Optional::of,
                    new CachedLookup(
                            ReverseLookup.dns(dnsmasq.servers().withTimeout(Duration.ofSeconds(20))),
                            patient,
                            clock,
                            timer),
                    patient);
            dnsmasq.stop();
            CompletableFuture<DomainChoice> client = CompletableFuture.supplyAsync(
                    () -> assertTimeoutPreemptively(Duration.ofSeconds(30), () -> resolver.resolve(connectionTo(ONE))),
                    task -> new Thread(task).start());
            dnsmasq.goOn();
            assertThat(client.get(30, TimeUnit.SECONDS)).isInstanceOf(DomainChoice.Hosted.class);
        }
    }

    @Test
    void moreNamesThanADatagramHoldsComeOverTcp() throws Exception {
        String[] records = IntStream.range(0, 60)
                .mapToObj(i -> "--ptr-record=1.2.0.192.in-addr.arpa,host" + i + ".provider.example")
                .toArray(String[]::new);
        try (Dnsmasq dnsmasq = Dnsmasq.start(folder, records)) {
            assertThat(ReverseLookup.dns(dnsmasq.servers()).names(ONE).names()).hasSize(60);
        }
    }

    @Test
    void aNameThatDoesNotLeadBackDoesNotCountIfNamesAreConfirmed() throws Exception {
        try (Dnsmasq dnsmasq = Dnsmasq.start(folder, A, A_LEADS_BACK)) {
            ForwardLookup forward = ForwardLookup.dns(servers(dnsmasq));
            assertHosted(prepared(dnsmasq, OPTIONS.withConfirmation(forward)), "a.example");
            dnsmasq.kill();
            dnsmasq.restart(A, "--host-record=mail.a.example,192.0.2.99");
            assertThat(choice(prepared(dnsmasq, OPTIONS.withConfirmation(forward)), ONE))
                    .isInstanceOf(DomainChoice.NotHosted.class);
        }
    }
}
