package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/**
 * Finds the names of an address. Implementations are thread-safe and may block; they are called aside, never while a
 * client waits.
 */
@FunctionalInterface
public interface ReverseLookup {
    /**
     * Looks an address up.
     *
     * @param address an address of this machine
     * @return its names, best first, with or without the dot of the root; empty if it has none
     * @throws IOException if that cannot be told now, for example because no name server answers
     */
    List<String> names(InetAddress address) throws IOException;

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
}
