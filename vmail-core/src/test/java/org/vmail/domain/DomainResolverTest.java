package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.SIX;
import static org.vmail.domain.Targets.TWO;
import static org.vmail.domain.Targets.connectionTo;

import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.Network;

class DomainResolverTest {
    private static final Domain A = Domain.of("a.example");
    private static final Domain B = Domain.of("b.example");
    private static final HostedDomains HOSTED = name -> Optional.ofNullable(
            Map.of(A, A, B, B, Domain.of("alias.example"), A).get(name));
    private static final DomainResolver AWAY = connection -> {
        throw new IOException("away");
    };

    @Test
    void everyConnectionIsForTheFixedDomain() throws IOException {
        DomainResolver resolver = DomainResolver.fixed(A);
        assertThat(resolver.resolve(connectionTo(ONE))).isEqualTo(new DomainChoice.Hosted(A, "fixed domain"));
        assertThat(resolver.resolve(connectionTo(SIX))).isEqualTo(new DomainChoice.Hosted(A, "fixed domain"));
    }

    @Test
    void theTableOfAddressesSelectsTheDomain() throws IOException {
        DomainResolver resolver = DomainResolver.addressTable(Map.of(ONE, A, SIX, B));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(A, "address table has 192.0.2.1"));
        assertThat(resolver.resolve(connectionTo(SIX)))
                .isEqualTo(new DomainChoice.Hosted(B, "address table has 2001:db8:0:0:0:0:0:1"));
        assertThat(resolver.resolve(connectionTo(TWO)))
                .isEqualTo(new DomainChoice.NotHosted("address table has no 192.0.2.2"));
    }

    @Test
    void theTableGoesByAddressAndNotByName() throws IOException {
        InetAddress named = InetAddress.getByAddress("pop.a.example", ONE.getAddress());
        InetAddress mapped = InetAddresses.forString("::ffff:192.0.2.1");
        DomainResolver resolver = DomainResolver.addressTable(Map.of(named, A));
        assertThat(resolver.resolve(connectionTo(ONE))).isInstanceOf(DomainChoice.Hosted.class);
        assertThat(resolver.resolve(connectionTo(mapped))).isInstanceOf(DomainChoice.Hosted.class);
    }

    @Test
    void aLaterChangeOfTheMapChangesNothing() throws IOException {
        Map<InetAddress, Domain> table = new HashMap<>(Map.of(ONE, A));
        DomainResolver resolver = DomainResolver.addressTable(table);
        table.clear();
        assertThat(resolver.resolve(connectionTo(ONE))).isInstanceOf(DomainChoice.Hosted.class);
    }

    @Test
    void sharedAddressesAreForAllHostedDomains() throws IOException {
        DomainResolver resolver = DomainResolver.sharedAddresses(List.of(ONE, ONE));
        assertThat(resolver.resolve(connectionTo(ONE))).isEqualTo(new DomainChoice.Shared("shared address 192.0.2.1"));
        assertThat(resolver.resolve(connectionTo(TWO)))
                .isEqualTo(new DomainChoice.NotHosted("shared addresses have no 192.0.2.2"));
    }

    @Test
    void resolversAreAskedInOrderUntilOneKnows() throws IOException {
        DomainResolver resolver = DomainResolver.addressTable(Map.of(ONE, A))
                .or(DomainResolver.addressTable(Map.of(ONE, B, TWO, B)))
                .or(DomainResolver.sharedAddresses(List.of(TWO, SIX)));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(A, "address table has 192.0.2.1"));
        assertThat(resolver.resolve(connectionTo(TWO)))
                .isEqualTo(new DomainChoice.Hosted(
                        B, "address table has 192.0.2.2; before that: address table has no 192.0.2.2"));
        assertThat(resolver.resolve(connectionTo(SIX)).rule())
                .as("what decided, and what was looked at before")
                .isEqualTo(
                        "shared address 2001:db8:0:0:0:0:0:1; before that: address table has no 2001:db8:0:0:0:0:0:1;"
                                + " address table has no 2001:db8:0:0:0:0:0:1");
    }

    @Test
    void ofSeveralNetworksTheNarrowestCounts() throws IOException {
        DomainResolver resolver = DomainResolver.networkTable(Map.of(
                Network.of("192.0.2.0/24"), A,
                Network.of("192.0.2.2/31"), B,
                Network.of("192.0.2.2"), A,
                Network.of("2001:db8::/32"), B));
        assertThat(resolver.resolve(connectionTo(InetAddresses.forString("192.0.2.9"))))
                .isEqualTo(new DomainChoice.Hosted(A, "address table has 192.0.2.0/24, which holds 192.0.2.9"));
        assertThat(resolver.resolve(connectionTo(InetAddresses.forString("192.0.2.3"))))
                .isEqualTo(new DomainChoice.Hosted(B, "address table has 192.0.2.2/31, which holds 192.0.2.3"));
        assertThat(resolver.resolve(connectionTo(TWO)))
                .isEqualTo(new DomainChoice.Hosted(A, "address table has 192.0.2.2"));
        assertThat(resolver.resolve(connectionTo(SIX))).isInstanceOf(DomainChoice.Hosted.class);
        assertThat(resolver.resolve(connectionTo(InetAddresses.forString("192.0.3.1"))))
                .isEqualTo(new DomainChoice.NotHosted("address table has no 192.0.3.1"));
    }

    @Test
    void theNarrowestNetworkIsFoundInAnyTable() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Map<Network, Domain> table = new HashMap<>();
        for (int i = 0; i < 300; i++) {
            Network network = Network.around(address(random), random.nextInt(33));
            table.put(network, Domain.of("n" + i + ".example"));
        }
        DomainResolver resolver = DomainResolver.networkTable(table);
        for (int i = 0; i < 2000; i++) {
            InetAddress target = address(random);
            Optional<Domain> expected = table.keySet().stream()
                    .filter(network -> network.contains(target))
                    .max(Comparator.comparingInt(Network::prefixLength))
                    .map(table::get);
            DomainChoice choice = resolver.resolve(connectionTo(target));
            assertThat(choice instanceof DomainChoice.Hosted hosted ? Optional.of(hosted.domain()) : Optional.empty())
                    .as("seed %d: %s", seed, target)
                    .isEqualTo(expected);
        }
    }

    private static InetAddress address(Random random) {
        return InetAddresses.fromInteger(random.nextInt() & 0x0fff_00ff);
    }

    @Test
    void aWholeNetworkCanBeShared() throws IOException {
        DomainResolver resolver = DomainResolver.sharedNetworks(List.of(Network.of("192.0.2.0/31")));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Shared("shared address 192.0.2.0/31, which holds 192.0.2.1"));
        assertThat(resolver.resolve(connectionTo(TWO))).isInstanceOf(DomainChoice.NotHosted.class);
    }

    @Test
    void thePortOfTheListenerSelectsTheDomain() throws IOException {
        assertThat(DomainResolver.portTable(Map.of(110, A)).resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(A, "port table has 110"));
        assertThat(DomainResolver.portTable(Map.of(10110, A)).resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.NotHosted("port table has no 110"));
    }

    @ParameterizedTest
    @CsvSource({
        "a.example, a.example",
        "A.Example, a.example",
        "a.example., a.example",
        "pop.a.example, a.example",
        "POP3.b.example, b.example",
        "mail.alias.example, a.example"
    })
    void theNameThatTheClientAskedForInTlsSelectsTheDomain(String name, String domain) throws IOException {
        assertThat(DomainResolver.serverName(HOSTED).resolve(encrypted(name)))
                .isEqualTo(new DomainChoice.Hosted(Domain.of(domain), "server name " + name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"other.example", "www.a.example", "192.0.2.1", "a.example\r\nLogged in", "../a.example", ""})
    void aServerNameOfNoHostedDomainIsNotHosted(String name) throws IOException {
        DomainChoice choice = DomainResolver.serverName(HOSTED).resolve(encrypted(name));
        assertThat(choice).isInstanceOf(DomainChoice.NotHosted.class);
        assertThat(choice.rule())
                .startsWith("server name ")
                .endsWith(" is not hosted here")
                .doesNotContainPattern("\\p{Cc}");
    }

    @Test
    void theNameThatAProxyTellsCountsAndTheOneOfOurOwnHandshakeBeforeIt() throws IOException {
        DomainResolver byName = DomainResolver.serverName(HOSTED);
        assertThat(byName.resolve(Targets.proxied(ONE, Optional.empty(), "pop.a.example")))
                .isEqualTo(new DomainChoice.Hosted(A, "server name pop.a.example"));
        assertThat(byName.resolve(Targets.proxied(ONE, Optional.of("b.example"), "pop.a.example")))
                .isEqualTo(new DomainChoice.Hosted(B, "server name b.example"));
    }

    @Test
    void behindAProxyOurOwnPortCounts() throws IOException {
        assertThat(DomainResolver.portTable(Map.of(10110, A, 110, B))
                        .resolve(Targets.proxied(ONE, Optional.empty(), "x.example")))
                .isEqualTo(new DomainChoice.Hosted(A, "port table has 10110"));
    }

    @Test
    void withoutTlsThereIsNoServerName() throws IOException {
        DomainResolver byName = DomainResolver.serverName(HOSTED);
        assertThat(byName.resolve(connectionTo(ONE))).isEqualTo(new DomainChoice.NotHosted("no server name"));
        assertThat(byName.or(DomainResolver.fixed(B)).resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(B, "fixed domain; before that: no server name"));
        assertThat(byName.or(DomainResolver.fixed(B)).resolve(encrypted("a.example")))
                .as("the same connection after STLS")
                .isEqualTo(new DomainChoice.Hosted(A, "server name a.example"));
    }

    @Test
    void theLabelsBeforeTheDomainInAServerNameAreASetting() throws IOException {
        DomainResolver deep = DomainResolver.serverName(HOSTED, LabelStripping.upTo(2));
        assertThat(deep.resolve(encrypted("pop.eu.a.example"))).isInstanceOf(DomainChoice.Hosted.class);
        assertThat(deep.resolve(encrypted("x.pop.eu.a.example"))).isInstanceOf(DomainChoice.NotHosted.class);
        DomainResolver none = DomainResolver.serverName(HOSTED, LabelStripping.none());
        assertThat(none.resolve(encrypted("pop.a.example"))).isInstanceOf(DomainChoice.NotHosted.class);
    }

    private static ConnectionInfo encrypted(String serverName) {
        return Targets.encrypted(ONE, serverName);
    }

    @Test
    void evidenceThatAgreesIsNamedWhole() throws IOException {
        DomainResolver resolver = mustAgree(
                DomainResolver.addressTable(Map.of(ONE, A)),
                DomainResolver.serverName(HOSTED),
                DomainResolver.sharedAddresses(List.of(ONE)),
                DomainResolver.portTable(Map.of(110, Domain.of("alias.example"))));
        assertThat(resolver.resolve(encrypted("pop.a.example")))
                .isEqualTo(new DomainChoice.Hosted(
                        A,
                        "address table has 192.0.2.1, for a.example; server name pop.a.example, for a.example;"
                                + " shared address 192.0.2.1;"
                                + " port table has 110, for its alias alias.example, for a.example"));
    }

    @Test
    void evidenceThatContradictsItselfIsForNobody() throws IOException {
        DomainResolver resolver =
                mustAgree(DomainResolver.addressTable(Map.of(ONE, A)), DomainResolver.serverName(HOSTED));
        DomainChoice disputed = new DomainChoice.Disputed("evidence must agree: address table has 192.0.2.1,"
                + " for a.example; server name pop.b.example, for b.example");
        assertThat(resolver.resolve(encrypted("pop.b.example"))).isEqualTo(disputed);
        assertThat(resolver.or(DomainResolver.fixed(B)).resolve(encrypted("pop.b.example")))
                .as("the next resolver is not asked")
                .isEqualTo(disputed);
        assertThat(resolver.resolve(connectionTo(ONE)))
                .as("what knows nothing contradicts nobody")
                .isInstanceOf(DomainChoice.Hosted.class);
    }

    @Test
    void sharedAgreesWithADomainAndWinsOverNothing() throws IOException {
        DomainResolver shared = DomainResolver.sharedAddresses(List.of(ONE));
        DomainResolver nothing = DomainResolver.addressTable(Map.of());
        assertThat(mustAgree(nothing, shared).resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Shared("address table has no 192.0.2.1; shared address 192.0.2.1"));
        assertThat(mustAgree(shared, nothing, DomainResolver.fixed(A)).resolve(connectionTo(ONE)))
                .isInstanceOf(DomainChoice.Hosted.class);
        assertThat(mustAgree(nothing).resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.NotHosted("address table has no 192.0.2.1"));
        assertThat(mustAgree(nothing, connection -> new DomainChoice.Disputed("x"), DomainResolver.fixed(A))
                        .resolve(connectionTo(ONE)))
                .isInstanceOf(DomainChoice.Disputed.class);
    }

    @Test
    void evidenceThatCannotBeToldNowLeavesTheChoiceOpen() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> mustAgree(DomainResolver.fixed(A), AWAY).resolve(connectionTo(ONE)));
        assertThatIllegalArgumentException().isThrownBy(() -> DomainResolver.mustAgree(HOSTED, List.of()));
    }

    private static DomainResolver mustAgree(DomainResolver... evidence) {
        return DomainResolver.mustAgree(HOSTED, List.of(evidence));
    }

    @Test
    void aDomainThatWasGivenByAnAliasNameIsCalledByItsMainName() throws IOException {
        Domain alias = Domain.of("alias.example");
        assertThat(DomainResolver.fixed(alias).withMainNames(HOSTED).resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(A, "fixed domain, for its alias alias.example"));
        assertThat(DomainResolver.fixed(A).withMainNames(HOSTED).resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(A, "fixed domain"));
        Domain unknown = Domain.of("unknown.example");
        assertThat(DomainResolver.fixed(unknown).withMainNames(HOSTED).resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.Hosted(unknown, "fixed domain"));
    }

    @Test
    void whereNoneKnowsTheRuleNamesAllThatWereAsked() throws IOException {
        DomainResolver resolver = DomainResolver.addressTable(Map.of()).or(DomainResolver.sharedAddresses(List.of()));
        assertThat(resolver.resolve(connectionTo(ONE)))
                .isEqualTo(new DomainChoice.NotHosted(
                        "address table has no 192.0.2.1; shared addresses have no 192.0.2.1"));
    }

    @Test
    void aResolverThatCannotTellIsNoReasonToAskTheNext() throws IOException {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> AWAY.or(DomainResolver.fixed(A)).resolve(connectionTo(ONE)));
        assertThat(DomainResolver.fixed(A).or(AWAY).resolve(connectionTo(ONE))).isInstanceOf(DomainChoice.Hosted.class);
    }

    @Test
    void allOfThemPrepareForTheSameAddresses() {
        List<Set<InetAddress>> prepared = new ArrayList<>();
        DomainResolver recorder = new DomainResolver() {
            @Override
            public DomainChoice resolve(ConnectionInfo connection) {
                return new DomainChoice.NotHosted("never asked");
            }

            @Override
            public void prepare(Set<InetAddress> targets) {
                prepared.add(targets);
            }
        };
        DomainResolver.fixed(A).or(recorder).or(mustAgree(recorder)).prepare(Set.of(ONE, SIX));
        assertThat(prepared).containsExactly(Set.of(ONE, SIX), Set.of(ONE, SIX));
    }
}
