package org.vmail.domain;

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
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.Domain;
import org.vmail.internal.ManualClock;

class ReverseLookupResolverTest {
    private static final Duration AT_ONCE = Duration.ofSeconds(20);
    private static final Duration REFRESH = Duration.ofMinutes(5);
    private static final Duration RETRY = Duration.ofSeconds(10);
    private static final ReverseLookupOptions OPTIONS = ReverseLookupOptions.defaults()
            .withRefresh(REFRESH)
            .withRetry(RETRY)
            .withDeadline(Duration.ofMinutes(1));
    private static final ReverseLookupOptions IMPATIENT = OPTIONS.withDeadline(Duration.ofMillis(30));

    private static final Map<Domain, Domain> HOSTED = Map.of(
            Domain.of("a.example"), Domain.of("a.example"),
            Domain.of("alias.example"), Domain.of("a.example"),
            Domain.of("b.example"), Domain.of("b.example"),
            Domain.of("pop.b.example"), Domain.of("pop.b.example"),
            Domain.of("xn--mnchen-3ya.example"), Domain.of("xn--mnchen-3ya.example"));

    private final ManualClock clock = new ManualClock();
    private final ScriptedLookup dns = new ScriptedLookup();

    @AfterEach
    void endLookups() {
        dns.release();
    }

    private DomainResolver resolver(ReverseLookupOptions options) {
        HostedDomains hosted = name -> Optional.ofNullable(HOSTED.get(name));
        return new ReverseLookupResolver(hosted, new CachedLookup(dns, options, clock), options);
    }

    private DomainResolver resolver() {
        return resolver(OPTIONS);
    }

    private static void assertHosted(DomainResolver resolver, InetAddress target, String domain) throws IOException {
        assertThat(resolver.resolve(connectionTo(target)))
                .isInstanceOfSatisfying(
                        DomainChoice.Hosted.class,
                        choice -> assertThat(choice.domain()).hasToString(domain));
    }

    private static void assertNotKnownYet(DomainResolver resolver, InetAddress target) {
        assertThatExceptionOfType(IOException.class)
                .as("unknown is not the same as not hosted")
                .isThrownBy(() -> resolver.resolve(connectionTo(target)))
                .withMessageContaining(target.getHostAddress());
    }

    private static void awaitHosted(DomainResolver resolver, InetAddress target, String domain) {
        await().ignoreException(IOException.class).untilAsserted(() -> assertHosted(resolver, target, domain));
    }

    @Test
    void addressesAreLookedUpAtBindAndNotByClients() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "a.example").answer(TWO, "b.example");
        resolver.prepare(Set.of(ONE, TWO));
        assertThat(dns.calls()).isEqualTo(2);
        for (int i = 0; i < 100; i++) {
            assertHosted(resolver, ONE, "a.example");
            assertHosted(resolver, TWO, "b.example");
        }
        assertThat(dns.calls()).isEqualTo(2);
    }

    @Test
    void preparingNothingLooksNothingUp() {
        resolver().prepare(Set.of());
        assertThat(dns.calls()).isZero();
    }

    @Test
    void noClientWaitsForALookup() {
        DomainResolver resolver = resolver();
        dns.hang(ONE, "a.example");
        assertTimeoutPreemptively(AT_ONCE, () -> assertNotKnownYet(resolver, ONE));
        assertTimeoutPreemptively(AT_ONCE, () -> assertNotKnownYet(resolver, ONE));
        dns.release();
        awaitHosted(resolver, ONE, "a.example");
        assertThat(dns.calls()).isEqualTo(1);
    }

    @Test
    void aServerThatStartsWaitsUntilTheDeadlineAtMost() {
        DomainResolver resolver = resolver(IMPATIENT);
        dns.hang(ONE).answer(TWO, "b.example");
        assertTimeoutPreemptively(AT_ONCE, () -> resolver.prepare(Set.of(ONE, TWO)));
        assertNotKnownYet(resolver, ONE);
        awaitHosted(resolver, TWO, "b.example");
    }

    @Test
    void anAnswerAfterTheDeadlineIsBetterThanNone() {
        DomainResolver resolver = resolver(IMPATIENT);
        dns.hang(ONE, "a.example");
        resolver.prepare(Set.of(ONE));
        assertNotKnownYet(resolver, ONE);
        dns.release();
        awaitHosted(resolver, ONE, "a.example");
        assertThat(dns.calls()).isEqualTo(1);
    }

    @Test
    void atMostOneLookupOfAnAddressIsUnderWayEvenIfItHangsForEver() {
        DomainResolver resolver = resolver(IMPATIENT);
        dns.hang(ONE).answer(TWO, "b.example");
        for (int i = 0; i < 6; i++) {
            resolver.prepare(Set.of(ONE));
            assertNotKnownYet(resolver, ONE);
            clock.advance(RETRY);
        }
        assertThat(dns.calls()).isEqualTo(1);
        assertThat(dns.underWay()).isEqualTo(1);
        awaitHosted(resolver, TWO, "b.example");
    }

    @Test
    void anOldAnswerServesUntilTheNewOneIsThere() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "a.example");
        resolver.prepare(Set.of(ONE));
        dns.hang(ONE, "b.example");
        clock.advance(REFRESH);
        assertHosted(resolver, ONE, "a.example");
        await().until(() -> dns.calls() == 2);
        assertHosted(resolver, ONE, "a.example");
        dns.release();
        awaitHosted(resolver, ONE, "b.example");
    }

    @Test
    void anAnswerIsNotLookedUpAgainBeforeTheRefreshPeriodIsOver() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "a.example");
        resolver.prepare(Set.of(ONE));
        clock.advance(REFRESH.minusNanos(1));
        assertHosted(resolver, ONE, "a.example");
        resolver.prepare(Set.of(ONE)); // would wait for a look-up under way
        assertThat(dns.calls()).isEqualTo(1);
        clock.advance(Duration.ofNanos(1));
        resolver.prepare(Set.of(ONE));
        assertThat(dns.calls()).isEqualTo(2);
    }

    @Test
    void aFailedLookupIsTriedAgainAfterTheRetryPeriod() throws IOException {
        DomainResolver resolver = resolver();
        dns.fail(ONE);
        resolver.prepare(Set.of(ONE));
        assertNotKnownYet(resolver, ONE);
        clock.advance(RETRY.minusNanos(1));
        assertNotKnownYet(resolver, ONE);
        resolver.prepare(Set.of(ONE));
        assertThat(dns.calls()).isEqualTo(1);
        dns.answer(ONE, "a.example");
        clock.advance(Duration.ofNanos(1));
        resolver.prepare(Set.of(ONE));
        assertHosted(resolver, ONE, "a.example");
    }

    @Test
    void theLastGoodAnswerIsKeptWhileLookupsFail() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "a.example");
        resolver.prepare(Set.of(ONE));
        dns.fail(ONE);
        clock.advance(REFRESH);
        for (int i = 0; i < 5; i++) {
            resolver.prepare(Set.of(ONE));
            assertHosted(resolver, ONE, "a.example");
            clock.advance(RETRY);
        }
        assertThat(dns.calls()).isEqualTo(6);
        dns.answer(ONE, "b.example");
        resolver.prepare(Set.of(ONE));
        assertHosted(resolver, ONE, "b.example");
    }

    @Test
    void aNameThatIsTakenAwayIsNoFailure() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "a.example");
        resolver.prepare(Set.of(ONE));
        dns.answer(ONE);
        clock.advance(REFRESH);
        resolver.prepare(Set.of(ONE));
        assertThat(resolver.resolve(connectionTo(ONE))).isInstanceOf(DomainChoice.NotHosted.class);
    }

    @Test
    void aLookupWithABugCountsAsFailed() throws IOException {
        DomainResolver resolver = resolver();
        dns.behave(ONE, () -> {
            throw new IllegalStateException("a bug");
        });
        resolver.prepare(Set.of(ONE));
        assertNotKnownYet(resolver, ONE);
        dns.answer(ONE, "a.example");
        clock.advance(RETRY);
        resolver.prepare(Set.of(ONE));
        assertHosted(resolver, ONE, "a.example");
    }

    @Test
    void noThreadIsLeftWhenNothingIsLookedUp() {
        dns.answer(ONE, "a.example");
        resolver().prepare(Set.of(ONE));
        await().until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("vmail-dns")));
    }

    @ParameterizedTest
    @CsvSource({
        "a.example, a.example",
        "A.EXAMPLE, a.example",
        "a.example., a.example",
        "mail.a.example., a.example",
        "münchen.example, xn--mnchen-3ya.example",
        "mail.a.example, a.example",
        "MAIL.A.Example, a.example",
        "pop.a.example, a.example",
        "pop3.a.example, a.example",
        "alias.example, a.example",
        "mail.alias.example, a.example",
        "pop.b.example, pop.b.example",
        "mail.pop.b.example, pop.b.example",
        "mail.b.example, b.example"
    })
    void theNameWithOrWithoutOneStrippedLabelSelectsTheDomain(String name, String domain) throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, name);
        resolver.prepare(Set.of(ONE));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(Domain.of(domain), "reverse look-up: 192.0.2.1 is " + name));
    }

    @ParameterizedTest
    @CsvSource({
        "other.example",
        "mail.other.example",
        "www.a.example",
        "mail.mail.a.example",
        "pop.mail.a.example",
        "mail",
        "mail.",
        ".a.example",
        "example",
        "xa.example",
        "not a name",
        "192.0.2.1",
        "../a.example"
    })
    void aNameOfNoHostedDomainIsNotHosted(String name) throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, name);
        resolver.prepare(Set.of(ONE));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.NotHosted(
                        "reverse look-up: 192.0.2.1 is " + name + ", which is not hosted here"));
    }

    @Test
    void theFirstHostedOneOfSeveralNamesCounts() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "host.provider.example", "b.example", "a.example");
        resolver.prepare(Set.of(ONE));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(Domain.of("b.example"), "reverse look-up: 192.0.2.1 is b.example"));
    }

    @Test
    void anAddressWithoutANameIsNotHosted() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE);
        resolver.prepare(Set.of(ONE));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.NotHosted("reverse look-up: 192.0.2.1 has no name"));
    }

    @Test
    void theStrippedLabelsAreASetting() throws IOException {
        DomainResolver resolver = resolver(OPTIONS.withStrippedLabels(Set.of("MX1")));
        dns.answer(ONE, "mx1.a.example").answer(TWO, "mail.a.example");
        resolver.prepare(Set.of(ONE, TWO));
        assertHosted(resolver, ONE, "a.example");
        assertThat(resolver.resolve(connectionTo(TWO))).isInstanceOf(DomainChoice.NotHosted.class);
    }

    @Test
    void aNameFromTheDnsCannotBreakTheLogLine() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "evil\r\nlogin ok\u202e");
        resolver.prepare(Set.of(ONE));
        assertThat(resolver.resolve(connectionTo(ONE)).rule()).doesNotContainPattern("[\\p{Cc}\\p{Cf}]");
    }

    @Test
    void hostedDomainsThatCannotBeToldNowAreAnIoException() {
        HostedDomains away = name -> {
            throw new IOException("the database is away");
        };
        DomainResolver resolver = DomainResolver.reverseLookup(away, dns.answer(ONE, "a.example"), OPTIONS);
        resolver.prepare(Set.of(ONE));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> resolver.resolve(connectionTo(ONE)))
                .withMessage("the database is away");
    }

    @Test
    void periodsAndDeadlineMustBePositive() {
        ReverseLookupOptions options = ReverseLookupOptions.defaults();
        for (Duration period : new Duration[] {Duration.ZERO, Duration.ofNanos(-1)}) {
            assertThatIllegalArgumentException().isThrownBy(() -> options.withRefresh(period));
            assertThatIllegalArgumentException().isThrownBy(() -> options.withRetry(period));
            assertThatIllegalArgumentException().isThrownBy(() -> options.withDeadline(period));
        }
        assertThat(options.refresh()).isEqualTo(Duration.ofMinutes(5));
        assertThat(options.retry()).isEqualTo(Duration.ofSeconds(10));
        assertThat(options.deadline()).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.strippedLabels()).containsExactlyInAnyOrder("mail", "pop", "pop3");
    }
}
