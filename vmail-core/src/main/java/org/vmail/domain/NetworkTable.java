package org.vmail.domain;

import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Ints;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import org.vmail.net.Network;

/** Values of networks. A look-up takes as many steps as the table has lengths of prefixes. Immutable. */
final class NetworkTable<T> {
    private final ImmutableMap<Network, T> values;
    private final int[] lengths4;
    private final int[] lengths6;

    NetworkTable(Map<Network, T> values) {
        this.values = ImmutableMap.copyOf(values);
        this.lengths4 = lengths(4);
        this.lengths6 = lengths(16);
    }

    /** The narrowest network that holds an address, and its value. */
    Optional<Map.Entry<Network, T>> find(InetAddress address) {
        int[] lengths = Network.of(address).address().getAddress().length == 4 ? lengths4 : lengths6;
        for (int length : lengths) {
            Network network = Network.around(address, length);
            T value = values.get(network);
            if (value != null) {
                return Optional.of(Map.entry(network, value));
            }
        }
        return Optional.empty();
    }

    /** What logs say of a target in a network. */
    static String text(Network network, InetAddress target) {
        return network.equals(Network.of(target))
                ? target.getHostAddress()
                : network + ", which holds " + target.getHostAddress();
    }

    private int[] lengths(int octets) {
        return Ints.toArray(values.keySet().stream()
                .filter(network -> network.address().getAddress().length == octets)
                .map(Network::prefixLength)
                .distinct()
                .sorted(Comparator.reverseOrder())
                .toList());
    }
}
