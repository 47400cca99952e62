package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;

/**
 * Finds the names of an address. Implementations are thread-safe and may block; they are called aside, never on the thread
 * of a client.
 */
@FunctionalInterface
public interface ReverseLookup {
    /**
     * Looks an address up.
     *
     * @param address an address of this machine
     * @return its names, or that it has none
     * @throws IOException if that cannot be told now, for example because no name server answers
     */
    ReverseAnswer names(InetAddress address) throws IOException;

    /**
     * The system's resolver, so that {@code /etc/hosts} counts, then the DNS servers that the system is configured with:
     * the JDK's system look-up cannot tell an address without a name from a name server that does not answer, and gives
     * up a name that does not lead back to the address.
     *
     * @return the default look-up
     */
    static ReverseLookup system() {
        return new SystemReverseLookup();
    }

    /**
     * Given DNS servers and nothing else. If an address has several names, they come in alphabetical order: servers turn
     * them round from one answer to the next, and the domain must not turn with them.
     *
     * @param servers whom to ask
     * @return a look-up that knows how long its answers are true
     */
    static ReverseLookup dns(DnsServers servers) {
        return new DnsLookup(servers.client());
    }
}
