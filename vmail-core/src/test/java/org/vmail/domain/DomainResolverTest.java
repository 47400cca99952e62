package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.SIX;
import static org.vmail.domain.Targets.TWO;
import static org.vmail.domain.Targets.connectionTo;

import com.google.common.net.InetAddresses;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmail.address.Domain;
import org.vmail.net.ConnectionInfo;

class DomainResolverTest {
    private static final Domain A = Domain.of("a.example");
    private static final Domain B = Domain.of("b.example");
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
                .isEqualTo(new DomainChoice.Hosted(B, "address table has 192.0.2.2"));
        assertThat(resolver.resolve(connectionTo(SIX))).isInstanceOf(DomainChoice.Shared.class);
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
        DomainResolver.fixed(A).or(recorder).or(recorder).prepare(Set.of(ONE, SIX));
        assertThat(prepared).containsExactly(Set.of(ONE, SIX), Set.of(ONE, SIX));
    }
}
