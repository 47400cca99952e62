package org.vmail.net.internal;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * Whom limits count as one client: an IPv4 address, or the /64 of an IPv6 address, for one customer has all of that.
 *
 * @param first the first address of the network
 */
public record ClientNetwork(InetAddress first) {
    private static final int IPV6_PREFIX_OCTETS = 8;

    /**
     * The network of a client.
     *
     * @param client its address
     * @return the network
     */
    public static ClientNetwork of(InetAddress client) {
        if (!(client instanceof Inet6Address)) {
            return new ClientNetwork(client);
        }
        byte[] octets = client.getAddress();
        Arrays.fill(octets, IPV6_PREFIX_OCTETS, octets.length, (byte) 0);
        try {
            return new ClientNetwork(InetAddress.getByAddress(octets));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("16 octets are always an address", e);
        }
    }
}
