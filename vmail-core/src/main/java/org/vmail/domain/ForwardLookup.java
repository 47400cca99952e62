package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;
import org.vmail.address.Domain;

/**
 * Says whether a name leads to an address, so that who owns the reverse zone alone cannot name an address as he likes.
 * Implementations are thread-safe and may block; they are called aside, never on the thread of a client.
 */
@FunctionalInterface
public interface ForwardLookup {
    /**
     * Looks a name up.
     *
     * @param name a name that the address is said to have
     * @param address an address of this machine
     * @return whether it is among the addresses of the name
     * @throws IOException if that cannot be told now
     */
    boolean leadsTo(Domain name, InetAddress address) throws IOException;

    /**
     * The system's resolver, then the DNS servers that the system is configured with.
     *
     * @return the look-up that goes with {@link ReverseLookup#system}
     */
    static ForwardLookup system() {
        return new SystemForwardLookup();
    }

    /**
     * Given DNS servers and nothing else.
     *
     * @param servers whom to ask
     * @return the look-up that goes with {@link ReverseLookup#dns}
     */
    static ForwardLookup dns(DnsServers servers) {
        return new DnsLookup(servers.client());
    }
}
