package org.vmail.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.net.InetAddresses;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ProxyTrustTest {
    private static final ProxyTrust TRUST =
            ProxyTrust.in(List.of(Network.of("192.0.2.7"), Network.of("2001:db8::/32")));

    @Test
    void onlyTheNetworksOfProxiesAreTrusted() {
        assertThat(TRUST.trusts(InetAddresses.forString("192.0.2.7"))).isTrue();
        assertThat(TRUST.trusts(InetAddresses.forString("2001:db8:1::1"))).isTrue();
        assertThat(TRUST.trusts(InetAddresses.forString("192.0.2.8"))).isFalse();
        assertThat(TRUST.trusts(InetAddresses.forString("2001:db9::1"))).isFalse();
        assertThat(TRUST.trusts(InetAddresses.forString("127.0.0.1"))).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> ProxyTrust.in(List.of()));
    }

    @Test
    void theTlsOfAProxyIsTrustedOnlyIfThatIsSaid() {
        assertThat(TRUST.trustsTls()).isFalse();
        assertThat(TRUST.withTlsOfProxy().trustsTls()).isTrue();
        assertThat(TRUST.withTlsOfProxy().trusts(InetAddresses.forString("192.0.2.8")))
                .isFalse();
        assertThat(TRUST.trustsTls()).as("the original is unchanged").isFalse();
    }

    @Test
    void aClientIsOnThisMachineIfItsProxyIsAsWell() {
        assertThat(isLoopback("127.0.0.1", "127.0.0.1", false)).isTrue();
        assertThat(isLoopback("::1", "127.0.0.1", false)).isTrue();
        assertThat(isLoopback("192.0.2.7", "127.0.0.1", false)).isFalse();
        assertThat(isLoopback("127.0.0.1", "192.0.2.7", false)).isFalse();
        assertThat(isLoopback("127.0.0.1", "127.0.0.1", true))
                .as("it does not tell for whom it speaks")
                .isFalse();
    }

    private static InetSocketAddress at(String address) {
        return new InetSocketAddress(InetAddresses.forString(address), 110);
    }

    private static boolean isLoopback(String client, String proxy, boolean own) {
        InetSocketAddress server = at("127.0.0.1");
        ProxiedConnection proxied = new ProxiedConnection(
                at(proxy), own, Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        return new ConnectionInfo(server, at(client), Optional.empty(), false, server, Optional.of(proxied))
                .isLoopback();
    }
}
