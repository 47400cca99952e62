package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;

/** Name service first, DNS second. Stateless. */
final class SystemReverseLookup implements ReverseLookup {
    @Override
    public ReverseAnswer names(InetAddress address) throws IOException {
        // A copy without a host name: the JDK would give back the name that the address was made from.
        InetAddress bare = InetAddress.getByAddress(address.getAddress());
        String name = bare.getHostName();
        if (!name.equals(bare.getHostAddress())) {
            return ReverseAnswer.of(name);
        }
        Optional<DnsLookup> dns = SystemDns.lookup();
        return dns.isPresent() ? dns.get().names(bare) : ReverseAnswer.of();
    }
}
