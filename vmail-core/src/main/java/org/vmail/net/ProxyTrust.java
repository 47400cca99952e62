package org.vmail.net;

import static com.google.common.base.Preconditions.checkArgument;

import java.net.InetAddress;
import java.util.Collection;
import java.util.List;

/**
 * Whose word counts about clients, and what they may say. A proxy that is trusted can claim to speak for any client, so only
 * the proxies themselves should be: 192.0.2.7, and not the network that clients are in, too. Immutable; each
 * {@code with…} method returns a changed copy.
 */
public final class ProxyTrust {
    private final List<Network> networks;
    private final boolean tlsOfProxy;

    private ProxyTrust(List<Network> networks, boolean tlsOfProxy) {
        checkArgument(!networks.isEmpty(), "A listener that trusts no proxy could serve nobody");
        this.networks = networks;
        this.tlsOfProxy = tlsOfProxy;
    }

    /**
     * Trusts the proxies in some networks, but not to have protected a connection.
     *
     * @param networks where the proxies are; at least one
     * @return the trust
     */
    public static ProxyTrust in(Collection<Network> networks) {
        return new ProxyTrust(List.copyOf(networks), false);
    }

    /**
     * Lets TLS that ends at the proxy count as if it ended here: passwords are taken, and TLS is not offered any more. From
     * the proxy to this server they travel in clear text then, so that should be one machine, or a network that nobody else
     * is in. A proxy tells of TLS in version 2 of the PROXY protocol only ({@code send-proxy-v2-ssl} in HAProxy).
     *
     * @return the changed copy
     */
    public ProxyTrust withTlsOfProxy() {
        return new ProxyTrust(networks, true);
    }

    /**
     * Whether an address is a proxy's.
     *
     * @param peer who has connected
     * @return whether it is in one of the networks
     */
    public boolean trusts(InetAddress peer) {
        return networks.stream().anyMatch(network -> network.contains(peer));
    }

    /**
     * Whether TLS that ends at the proxy counts.
     *
     * @return whether such connections are protected
     */
    public boolean trustsTls() {
        return tlsOfProxy;
    }
}
