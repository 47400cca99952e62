package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;
import org.vmail.address.Domain;
import org.vmail.dns.internal.DnsAnswer;
import org.vmail.dns.internal.DnsClient;

/** Asks DNS servers in both directions. */
record DnsLookup(DnsClient client) implements ReverseLookup, ForwardLookup {
    @Override
    public ReverseAnswer names(InetAddress address) throws IOException {
        DnsAnswer<String> answer = client.pointers(address);
        return new ReverseAnswer(answer.values().stream().distinct().sorted().toList(), answer.timeToLive());
    }

    @Override
    public boolean leadsTo(Domain name, InetAddress address) throws IOException {
        return client.addresses(name.name(), address.getAddress().length)
                .values()
                .contains(address);
    }
}
