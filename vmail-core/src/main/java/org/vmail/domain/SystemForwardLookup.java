package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;
import org.vmail.address.Domain;

/** Name service first, DNS second: the first cannot tell "no such name" from "no answer". Stateless. */
final class SystemForwardLookup implements ForwardLookup {
    @Override
    public boolean leadsTo(Domain name, InetAddress address) throws IOException {
        try {
            return Arrays.asList(InetAddress.getAllByName(name.name())).contains(address);
        } catch (UnknownHostException noneOrNoAnswer) {
            Optional<DnsLookup> dns = SystemDns.lookup();
            return dns.isPresent() && dns.get().leadsTo(name, address);
        }
    }
}
