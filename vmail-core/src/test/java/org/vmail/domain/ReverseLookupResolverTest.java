package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.TWO;
import static org.vmail.domain.Targets.connectionTo;

import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.Domain;
import org.vmail.internal.ManualClock;
import org.vmail.net.LogRecorder;

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
    private final ManualTimer timer = new ManualTimer(clock);
    private final ScriptedLookup dns = new ScriptedLookup();

    @AfterEach
    void endLookups() {
        dns.release();
    }

    private DomainResolver resolver(ReverseLookupOptions options) {
        HostedDomains hosted = name -> Optional.ofNullable(HOSTED.get(name));
        return new ReverseLookupResolver(hosted, new CachedLookup(dns, options, clock, timer), options);
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
    void addressesOfAProxyAreLookedUpAtBindAsWell() throws IOException {
        DomainResolver resolver = resolver(ReverseLookupOptions.defaults().withPrepared(List.of(TWO)));
        dns.answer(ONE, "a.example").answer(TWO, "b.example");
        resolver.prepare(Set.of(ONE));
        assertHosted(resolver, TWO, "b.example");
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
                .isEqualTo(new DomainChoice.Hosted(
                        Domain.of("b.example"),
                        "reverse look-up: 192.0.2.1 is b.example, and behind it also of a.example"));
    }

    @Test
    void whereNoneOfSeveralNamesIsHostedTheRuleSaysHowManyThereAre() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "x.example", "y.example", "z.example");
        resolver.prepare(Set.of(ONE));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.NotHosted("reverse look-up: 192.0.2.1 is x.example and has 2 more names,"
                        + " none of which is hosted here"));
    }

    @Test
    void onlySoManyNamesCount() throws IOException {
        DomainResolver resolver = resolver(OPTIONS.withMaxNames(2));
        dns.answer(ONE, "x.example", "b.example", "a.example").answer(TWO, "x.example", "y.example", "a.example");
        resolver.prepare(Set.of(ONE, TWO));
        assertHosted(resolver, ONE, "b.example");
        assertThat(resolver.resolve(connectionTo(TWO))).isInstanceOf(DomainChoice.NotHosted.class);
    }

    @Test
    void anAnswerIsKeptAsLongAsItSaysWithinTheBounds() {
        ReverseLookupOptions options = ReverseLookupOptions.defaults()
                .withRefresh(Duration.ofSeconds(11))
                .withMinTimeToLive(Duration.ofSeconds(20))
                .withMaxTimeToLive(Duration.ofSeconds(300))
                .withMaxNegativeTimeToLive(Duration.ofSeconds(60));
        assertThat(kept(options, 0, "a.example")).isEqualTo(20);
        assertThat(kept(options, 21, "a.example")).isEqualTo(21);
        assertThat(kept(options, 86_400, "a.example")).isEqualTo(300);
        assertThat(kept(options, 5)).isEqualTo(20);
        assertThat(kept(options, 30)).isEqualTo(30);
        assertThat(kept(options, 86_400)).as("RFC 2308, section 5: bounded").isEqualTo(60);
        assertThat(options.lifetime(ReverseAnswer.of("a.example"))).isEqualTo(Duration.ofSeconds(11));
        assertThat(options.lifetime(ReverseAnswer.of())).isEqualTo(Duration.ofSeconds(60));
        assertThat(kept(options.withMinTimeToLive(Duration.ofDays(1)), 5, "a.example"))
                .as("the lower bound wins")
                .isEqualTo(86_400);
    }

    private static long kept(ReverseLookupOptions options, long timeToLive, String... names) {
        return options.lifetime(new ReverseAnswer(List.of(names), Optional.of(Duration.ofSeconds(timeToLive))))
                .toSeconds();
    }

    @Test
    void anAnswerIsRenewedAsideWhenItsTimeIsOverAlthoughNobodyAsks() throws IOException {
        DomainResolver resolver = resolver();
        dns.answerFor(Duration.ofMinutes(7), ONE, "a.example");
        resolver.prepare(Set.of(ONE));
        dns.answerFor(Duration.ofMinutes(7), ONE, "b.example");
        timer.advance(Duration.ofMinutes(7).minusNanos(1));
        assertThat(dns.calls()).isEqualTo(1);
        timer.advance(Duration.ofNanos(1));
        await().untilAsserted(() -> assertHosted(resolver, ONE, "b.example"));
        assertThat(dns.calls()).isEqualTo(2);
        await().until(() -> timer.waiting() == 1);
    }

    @Test
    void anAddressOfOursIsTriedAsideUntilItIsKnown() throws IOException {
        DomainResolver resolver = resolver();
        dns.fail(ONE);
        resolver.prepare(Set.of(ONE));
        for (int i = 2; i < 5; i++) {
            await().until(() -> timer.waiting() == 1);
            timer.advance(RETRY);
            int expected = i;
            await().until(() -> dns.calls() == expected);
        }
        dns.answer(ONE, "a.example");
        await().until(() -> timer.waiting() == 1);
        timer.advance(RETRY);
        awaitHosted(resolver, ONE, "a.example");
    }

    @Test
    void anAddressThatOnlyAClientNamedIsNotTriedAsideForEver() {
        DomainResolver resolver = resolver();
        dns.fail(ONE);
        assertNotKnownYet(resolver, ONE);
        await().until(() -> dns.underWay() == 0 && dns.calls() == 1);
        resolver.prepare(Set.of()); // waits for nothing
        assertThat(timer.waiting()).isZero();
    }

    @Test
    void aResolverThatNobodyUsesIsCollected() {
        WeakReference<DomainResolver> reference = new WeakReference<>(preparedResolver());
        await().until(() -> {
            System.gc();
            return reference.refersTo(null);
        });
        assertThat(timer.waiting()).isEqualTo(1);
        timer.advance(REFRESH);
        assertThat(dns.calls()).isEqualTo(1);
    }

    private DomainResolver preparedResolver() {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "a.example");
        resolver.prepare(Set.of(ONE));
        return resolver;
    }

    @Test
    void anAddressThatAppearsAfterTheServerHasBoundIsLookedUpForItsFirstClient() throws IOException {
        DomainResolver resolver = resolver();
        dns.answer(ONE, "a.example").hang(TWO, "b.example");
        resolver.prepare(Set.of(ONE));
        assertNotKnownYet(resolver, TWO);
        dns.release();
        awaitHosted(resolver, TWO, "b.example");
        dns.answer(TWO, "a.example");
        await().until(() -> timer.waiting() == 2);
        timer.advance(REFRESH);
        awaitHosted(resolver, TWO, "a.example");
    }

    @Test
    void anUnknownAddressCanBeTakenForOneThatIsNotHosted() throws IOException {
        DomainResolver resolver = resolver(OPTIONS.withUnknownAddress(UnknownAddress.NOT_HOSTED));
        dns.hang(ONE, "a.example");
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.NotHosted("reverse look-up: the name of 192.0.2.1 is not known yet"));
        dns.release();
        awaitHosted(resolver, ONE, "a.example");
    }

    /** A client on a thread of its own: the domain it comes to, or that it is refused. */
    private static CompletableFuture<String> client(DomainResolver resolver) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return ((DomainChoice.Hosted) resolver.resolve(connectionTo(ONE)))
                                .domain()
                                .name();
                    } catch (IOException e) {
                        return "refused";
                    }
                },
                client -> new Thread(client).start());
    }

    @Test
    void aClientWithPatienceGetsTheFirstAnswer() throws Exception {
        DomainResolver resolver = resolver(OPTIONS.withPatience(Duration.ofDays(1)));
        dns.hang(ONE, "a.example");
        CompletableFuture<String> client = client(resolver);
        await().until(() -> dns.underWay() == 1);
        dns.release();
        assertThat(client.get(20, TimeUnit.SECONDS)).isEqualTo("a.example");
        assertThat(dns.calls()).isEqualTo(1);
    }

    @Test
    void thePatienceOfAClientHasABound() {
        dns.hang(ONE);
        DomainResolver refusing = resolver(OPTIONS.withPatience(Duration.ofMillis(50)));
        long begun = System.nanoTime();
        assertTimeoutPreemptively(AT_ONCE, () -> assertNotKnownYet(refusing, ONE));
        assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(50_000_000L);
        DomainResolver passing =
                resolver(OPTIONS.withPatience(Duration.ofMillis(50)).withUnknownAddress(UnknownAddress.NOT_HOSTED));
        assertTimeoutPreemptively(
                AT_ONCE,
                () -> assertThat(passing.resolve(connectionTo(ONE))).isInstanceOf(DomainChoice.NotHosted.class));
    }

    @Test
    void nobodyWaitsForAnAddressThatIsKnownOrWhoseLookupHasFailed() throws IOException {
        DomainResolver resolver = resolver(OPTIONS.withPatience(Duration.ofDays(1)));
        dns.answer(ONE, "a.example").fail(TWO);
        resolver.prepare(Set.of(ONE, TWO));
        assertTimeoutPreemptively(AT_ONCE, () -> assertNotKnownYet(resolver, TWO));
        dns.hang(ONE);
        clock.advance(REFRESH);
        assertTimeoutPreemptively(AT_ONCE, () -> assertHosted(resolver, ONE, "a.example"));
    }

    @Test
    void onlySoManyClientsWait() throws Exception {
        DomainResolver resolver =
                resolver(OPTIONS.withPatience(Duration.ofDays(1)).withMaxWaiting(1));
        dns.hang(ONE, "a.example");
        List<CompletableFuture<String>> clients = List.of(client(resolver), client(resolver));
        assertThat(CompletableFuture.anyOf(clients.toArray(CompletableFuture[]::new))
                        .get(20, TimeUnit.SECONDS))
                .isEqualTo("refused");
        dns.release();
        assertThat(List.of(
                        clients.get(0).get(20, TimeUnit.SECONDS), clients.get(1).get(20, TimeUnit.SECONDS)))
                .containsExactlyInAnyOrder("refused", "a.example");

        dns.answer(TWO, "b.example");
        assertThat(resolver.resolve(connectionTo(TWO)))
                .as("the place of who waited is free again")
                .isInstanceOfSatisfying(
                        DomainChoice.Hosted.class,
                        hosted -> assertThat(hosted.domain()).isEqualTo(Domain.of("b.example")));
    }

    @Test
    void aClientThatIsInterruptedDoesNotWaitOn() throws Exception {
        DomainResolver resolver = resolver(OPTIONS.withPatience(Duration.ofDays(1)));
        dns.hang(ONE);
        AtomicReference<Throwable> end = new AtomicReference<>();
        AtomicBoolean interrupted = new AtomicBoolean();
        Thread client = new Thread(() -> {
            try {
                resolver.resolve(connectionTo(ONE));
            } catch (IOException e) {
                end.set(e);
                interrupted.set(Thread.currentThread().isInterrupted());
            }
        });
        client.start();
        await().until(() -> dns.underWay() == 1);
        client.interrupt();
        client.join(20_000);
        assertThat(end.get()).isInstanceOf(InterruptedIOException.class);
        assertThat(interrupted).as("whoever owns the thread has to know").isTrue();
    }

    @Test
    void withConfirmationOnlyNamesThatLeadBackCount() throws IOException {
        DomainResolver resolver = resolver(OPTIONS.withConfirmation(
                (name, address) -> name.equals(Domain.of("mail.b.example")) && address.equals(ONE)));
        dns.answer(ONE, "a.example", "not a name", "mail.b.example.").answer(TWO, "mail.b.example");
        resolver.prepare(Set.of(ONE, TWO));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(
                        Domain.of("b.example"), "reverse look-up: 192.0.2.1 is mail.b.example."));
        assertThat(resolver.resolve(connectionTo(TWO))).isInstanceOf(DomainChoice.NotHosted.class);
    }

    @Test
    void aNameThatCannotBeConfirmedNowMakesTheLookupFail() throws IOException {
        AtomicBoolean away = new AtomicBoolean();
        DomainResolver resolver = resolver(OPTIONS.withConfirmation((name, address) -> {
            if (away.get() && name.equals(Domain.of("a.example"))) {
                throw new IOException("SERVFAIL");
            }
            return true;
        }));
        dns.answer(ONE, "a.example", "b.example");
        resolver.prepare(Set.of(ONE));
        away.set(true);
        clock.advance(REFRESH);
        resolver.prepare(Set.of(ONE));
        assertThat(dns.calls()).isEqualTo(2);
        assertHosted(resolver, ONE, "a.example");
    }

    @Test
    void theLogTellsOnceThatLookupsFailAndOnceThatTheyWorkAgain() {
        try (LogRecorder log = new LogRecorder()) {
            DomainResolver resolver = resolver();
            InetAddress own = InetAddresses.forString("192.0.2.77"); // look-ups of other tests may still be under way
            dns.fail(own);
            for (int i = 0; i < 5; i++) {
                resolver.prepare(Set.of(own));
                clock.advance(RETRY);
            }
            assertThat(log.texts("192.0.2.77 fails"))
                    .hasSize(5)
                    .satisfiesOnlyOnce(text -> assertThat(text).startsWith("WARN"));
            dns.answer(own, "a.example");
            resolver.prepare(Set.of(own));
            assertThat(log.texts("192.0.2.77 can be looked up again")).hasSize(1);
        }
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
        DomainResolver resolver = resolver(OPTIONS.withStripping(LabelStripping.of(Set.of("MX1"))));
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
            assertThatIllegalArgumentException().isThrownBy(() -> options.withMinTimeToLive(period));
            assertThatIllegalArgumentException().isThrownBy(() -> options.withMaxTimeToLive(period));
            assertThatIllegalArgumentException().isThrownBy(() -> options.withMaxNegativeTimeToLive(period));
            assertThatIllegalArgumentException().isThrownBy(() -> options.withRefresh(period));
            assertThatIllegalArgumentException().isThrownBy(() -> options.withRetry(period));
            assertThatIllegalArgumentException().isThrownBy(() -> options.withDeadline(period));
        }
        assertThat(options.refresh()).isEqualTo(Duration.ofMinutes(5));
        assertThat(options.retry()).isEqualTo(Duration.ofSeconds(10));
        assertThat(options.deadline()).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.minTimeToLive()).isEqualTo(Duration.ofMinutes(1));
        assertThat(options.maxTimeToLive()).isEqualTo(Duration.ofHours(1));
        assertThat(options.maxNegativeTimeToLive()).isEqualTo(Duration.ofMinutes(5));
        assertThat(options.patience()).isZero();
        assertThat(options.maxWaiting()).isEqualTo(100);
        assertThat(options.maxNames()).isEqualTo(32);
        assertThat(options.unknownAddress()).isEqualTo(UnknownAddress.REFUSE);
        assertThat(options.confirmation()).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> options.withPatience(Duration.ofNanos(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> options.withMaxWaiting(0));
        assertThatIllegalArgumentException().isThrownBy(() -> options.withMaxNames(0));
    }
}
