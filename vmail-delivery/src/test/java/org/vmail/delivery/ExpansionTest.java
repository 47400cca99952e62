package org.vmail.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmail.delivery.EnhancedStatus.MISCONFIGURED;
import static org.vmail.delivery.EnhancedStatus.SYSTEM_FAILURE;
import static org.vmail.delivery.EnhancedStatus.UNKNOWN_DOMAIN;
import static org.vmail.delivery.EnhancedStatus.UNKNOWN_USER;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.directory.Fallback;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.InMemoryDirectoryBuilder;
import org.vmail.net.LogRecorder;

/** Whom one recipient stands for. */
class ExpansionTest {
    private static final int LIMIT = 10;

    private final InMemoryDirectoryBuilder directory = Directory.inMemory()
            .account("joe@a.example", "x")
            .account("ann@a.example", "x")
            .account("bob@b.example", "x");
    private LogRecorder log;

    @BeforeEach
    void record() {
        log = new LogRecorder();
    }

    @AfterEach
    void stop() {
        log.close();
    }

    @Test
    void nestedAliasesAreFollowed() {
        directory
                .alias("all@a.example", "staff@a.example", "bob@b.example")
                .alias("staff@a.example", "joe@a.example", "ann@a.example");

        assertThat(mailboxes("all@a.example"))
                .containsExactlyInAnyOrder("joe@a.example", "ann@a.example", "bob@b.example");
    }

    @Test
    void aMailboxThatIsReachedTwiceIsThereOnce() {
        directory
                .alias("all@a.example", "staff@a.example", "joe@a.example", "JOE@a.example")
                .alias("staff@a.example", "joe@a.example");

        assertThat(mailboxes("all@a.example")).containsExactly("joe@a.example");
    }

    @Test
    void loopsEnd() {
        directory
                .alias("one@a.example", "two@a.example", "joe@a.example")
                .alias("two@a.example", "ONE@a.example", "ann@a.example");

        assertThat(mailboxes("one@a.example")).containsExactlyInAnyOrder("joe@a.example", "ann@a.example");
        assertThat(mailboxes("two@a.example")).containsExactlyInAnyOrder("joe@a.example", "ann@a.example");
    }

    @Test
    void anAliasThatNamesItselfKeepsItsCopy() {
        directory.alias("joe@a.example", "joe@a.example", "ann@a.example");

        assertThat(mailboxes("joe@a.example")).containsExactlyInAnyOrder("joe@a.example", "ann@a.example");
    }

    @Test
    void anAliasThatNamesItselfUnderAnAliasDomainKeepsItsCopy() {
        directory
                .domain(HostedDomain.of(Domain.of("a.example")).withAliases(List.of(Domain.of("alias.example"))))
                .alias("joe@a.example", "joe@alias.example");

        assertThat(mailboxes("joe@a.example")).containsExactly("joe@a.example");
        assertThat(mailboxes("joe@alias.example")).containsExactly("joe@a.example");
    }

    @Test
    void aMemberWhoDoesNotExistIsLeftOut() {
        directory.alias("all@a.example", "ghost@a.example", "joe@a.example");

        assertThat(mailboxes("all@a.example")).containsExactly("joe@a.example");
    }

    @Test
    void anAliasWithNobodyIsAnUnknownUser() {
        directory.alias("all@a.example", "ghost@a.example");

        assertRefused("all@a.example", UNKNOWN_USER);
        assertRefused("ghost@a.example", UNKNOWN_USER);
    }

    @Test
    void aFallbackToAMissingAccountIsAnUnknownUser() {
        directory.domain(
                HostedDomain.of(Domain.of("a.example")).withFallback(Fallback.parse("ghost", Domain.of("a.example"))));

        assertRefused("nobody@a.example", UNKNOWN_USER);
        assertRefused("ghost@a.example", UNKNOWN_USER);
    }

    @Test
    void fallbacksThatPointAtEachOtherEnd() {
        directory
                .domain(HostedDomain.of(Domain.of("a.example"))
                        .withFallback(Fallback.parse("@b.example", Domain.of("a.example"))))
                .domain(HostedDomain.of(Domain.of("b.example"))
                        .withFallback(Fallback.parse("@a.example", Domain.of("b.example"))));

        assertThat(mailboxes("bob@a.example")).containsExactly("bob@b.example");
        assertRefused("nobody@a.example", UNKNOWN_USER);
    }

    @Test
    void aFallbackCanBeAnAlias() {
        directory
                .alias("staff@a.example", "joe@a.example", "ann@a.example")
                .domain(HostedDomain.of(Domain.of("a.example"))
                        .withFallback(Fallback.parse("staff", Domain.of("a.example"))));

        assertThat(mailboxes("nobody@a.example")).containsExactlyInAnyOrder("joe@a.example", "ann@a.example");
    }

    @Test
    void aRecipientElsewhereIsRefused() {
        assertRefused("joe@elsewhere.example", UNKNOWN_DOMAIN);
    }

    @Test
    void aMemberElsewhereMakesMailWait() {
        directory.alias("all@a.example", "joe@a.example", "x@elsewhere.example");

        assertDeferred("all@a.example", MISCONFIGURED);
    }

    @Test
    void aRouterThatFailsMakesMailWaitWhateverElseIsKnown() {
        RecipientRouter router = recipient -> {
            if (recipient.localPart().equals("all")) {
                return new Routing.Alias(
                        Set.of(), List.of(MailAddress.of("joe@a.example"), MailAddress.of("away@a.example")));
            }
            if (recipient.localPart().equals("away")) {
                throw new IOException("cause-1234567");
            }
            return new Routing.Mailbox(recipient);
        };

        assertThat(Expansion.of(MailAddress.of("all@a.example"), router, LIMIT, Destination.Mailbox.class::isInstance)
                        .failure())
                .hasValueSatisfying(outcome -> {
                    assertThat(outcome).isInstanceOf(Outcome.Deferred.class);
                    assertThat(outcome.status()).isEqualTo(SYSTEM_FAILURE);
                    assertThat(outcome.text()).doesNotContain("1234567");
                });
    }

    @Test
    void aMisconfiguredMemberMakesMailWait() {
        RecipientRouter router = recipient -> recipient.localPart().equals("all")
                ? new Routing.Alias(
                        Set.of(new Destination.Mailbox(recipient)), List.of(MailAddress.of("bad@a.example")))
                : new Routing.Misconfigured("cause-1234567");

        Expansion expansion =
                Expansion.of(MailAddress.of("all@a.example"), router, LIMIT, Destination.Mailbox.class::isInstance);
        assertThat(expansion.failure()).hasValueSatisfying(outcome -> {
            assertThat(outcome.status()).isEqualTo(MISCONFIGURED);
            assertThat(outcome.text()).doesNotContain("1234567");
        });
        assertThat(log.texts("cause-1234567")).isNotEmpty();
    }

    @Test
    void aRecipientMayStandForAsManyAddressesAsTheLimitSays() {
        directory.alias("all@a.example", accounts(LIMIT)).alias("more@a.example", accounts(LIMIT + 1));

        assertThat(mailboxes("all@a.example")).hasSize(LIMIT);
        assertDeferred("more@a.example", MISCONFIGURED);
    }

    @Test
    void destinationsWithoutAddressesCountAsWell() {
        Set<Destination> many = new HashSet<>();
        for (int i = 0; i <= LIMIT; i++) {
            many.add(new Destination.Mailbox(MailAddress.of("u" + i + "@a.example")));
        }
        assertThat(Expansion.of(
                                MailAddress.of("all@a.example"),
                                recipient -> new Routing.Alias(many, List.of()),
                                LIMIT,
                                Destination.Mailbox.class::isInstance)
                        .failure())
                .hasValueSatisfying(outcome -> assertThat(outcome.status()).isEqualTo(MISCONFIGURED));
    }

    @Test
    void addressesOnTheWayAreInLowerCase() {
        directory.alias("all@a.example", "Joe@A.example", "JOE@a.example");

        assertThat(expand("ALL@a.example").addresses())
                .containsExactlyInAnyOrder(MailAddress.of("all@a.example"), MailAddress.of("joe@a.example"));
    }

    @Test
    void aLimitOfOneLetsAnAccountAndAnAliasOfOneThrough() {
        directory.alias("alias@a.example", "joe@a.example").alias("two@a.example", "joe@a.example", "ann@a.example");
        RecipientRouter router = RecipientRouter.over(directory.build());

        assertThat(Expansion.of(MailAddress.of("joe@a.example"), router, 1, Destination.Mailbox.class::isInstance)
                        .failure())
                .isEmpty();
        assertThat(Expansion.of(MailAddress.of("alias@a.example"), router, 1, Destination.Mailbox.class::isInstance)
                        .failure())
                .isEmpty();
        assertThat(Expansion.of(MailAddress.of("two@a.example"), router, 1, Destination.Mailbox.class::isInstance)
                        .failure())
                .isPresent();
    }

    @Test
    void aRouterThatInventsAddressesForEverIsStopped() {
        RecipientRouter counting = new RecipientRouter() {
            private int count;

            @Override
            public Routing route(MailAddress recipient) {
                return new Routing.Alias(Set.of(), List.of(MailAddress.of("x" + ++count + "@a.example")));
            }
        };

        assertThat(Expansion.of(MailAddress.of("a@a.example"), counting, LIMIT, Destination.Mailbox.class::isInstance)
                        .failure())
                .hasValueSatisfying(outcome -> assertThat(outcome).isInstanceOf(Outcome.Deferred.class));
    }

    /** Any graph of aliases ends, and leads to the accounts that can be reached. */
    @RepeatedTest(200)
    void anyGraphOfAliasesLeadsToTheAccountsThatCanBeReached(RepetitionInfo repetition) {
        long seed = 822L * repetition.getCurrentRepetition();
        Random random = new Random(seed);
        int size = 1 + random.nextInt(12);
        InMemoryDirectoryBuilder graph = Directory.inMemory();
        List<List<Integer>> members = IntStream.range(0, size)
                .mapToObj(
                        i -> random.ints(1 + random.nextInt(4), 0, size).boxed().toList())
                .toList();
        Set<Integer> accounts = new HashSet<>();
        Set<Integer> aliases = new HashSet<>();
        graph.account("outside@a.example", "x");
        for (int i = 0; i < size; i++) {
            if (random.nextBoolean()) {
                accounts.add(i);
                graph.account(name(i), "x");
            }
            if (random.nextInt(3) > 0) {
                aliases.add(i);
                graph.alias(
                        name(i),
                        members.get(i).stream().map(ExpansionTest::name).toArray(String[]::new));
            }
        }
        RecipientRouter router = RecipientRouter.over(graph.build());
        List<MailAddress> recipients =
                random.ints(10, 0, size).mapToObj(i -> MailAddress.of(name(i))).toList();

        for (int i = 0; i < size; i++) {
            Set<String> reached = new HashSet<>();
            reach(i, members, aliases, accounts, reached, new HashSet<>());
            Expansion expansion =
                    Expansion.of(MailAddress.of(name(i)), router, 1000, Destination.Mailbox.class::isInstance);
            assertThat(Set.copyOf(mailboxes(expansion).stream().toList()))
                    .as("seed %d, recipient %d", seed, i)
                    .isEqualTo(reached);
            assertThat(expansion.failure().isPresent()).isEqualTo(reached.isEmpty());
        }
        assertThat(Deliverer.over(router, new RecordingTarget())
                        .deliver(new Envelope(ReversePath.none(), recipients), MessageSource.of(new byte[0])))
                .as("seed %d: one result for each recipient, in order", seed)
                .extracting(DeliveryResult::recipient)
                .containsExactlyElementsOf(recipients);
    }

    /** The model: an alias hides the account of its name unless it names itself. */
    private static void reach(
            int node,
            List<List<Integer>> members,
            Set<Integer> aliases,
            Set<Integer> accounts,
            Set<String> reached,
            Set<Integer> visited) {
        if (!visited.add(node)) {
            return;
        }
        if (!aliases.contains(node)) {
            if (accounts.contains(node)) {
                reached.add(name(node));
            }
            return;
        }
        for (int member : members.get(node)) {
            if (member == node && accounts.contains(node)) {
                reached.add(name(node));
            }
            reach(member, members, aliases, accounts, reached, visited);
        }
    }

    private static String name(int i) {
        return "n" + i + "@a.example";
    }

    private String[] accounts(int count) {
        return IntStream.range(0, count)
                .mapToObj(ExpansionTest::name)
                .peek(name -> directory.account(name, "x"))
                .toArray(String[]::new);
    }

    private List<String> mailboxes(String recipient) {
        Expansion expansion = expand(recipient);
        assertThat(expansion.failure()).isEmpty();
        return mailboxes(expansion);
    }

    private void assertRefused(String recipient, EnhancedStatus status) {
        assertThat(expand(recipient).failure()).hasValueSatisfying(outcome -> {
            assertThat(outcome).isInstanceOf(Outcome.Refused.class);
            assertThat(outcome.status()).isEqualTo(status);
        });
    }

    private void assertDeferred(String recipient, EnhancedStatus status) {
        assertThat(expand(recipient).failure()).hasValueSatisfying(outcome -> {
            assertThat(outcome).isInstanceOf(Outcome.Deferred.class);
            assertThat(outcome.status()).isEqualTo(status);
        });
    }

    private Expansion expand(String recipient) {
        return Expansion.of(
                MailAddress.of(recipient),
                RecipientRouter.over(directory.build()),
                LIMIT,
                Destination.Mailbox.class::isInstance);
    }

    private static List<String> mailboxes(Expansion expansion) {
        return expansion.targets().stream()
                .map(target ->
                        ((Destination.Mailbox) target.destination()).account().toString())
                .toList();
    }
}
