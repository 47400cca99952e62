package org.vmail.examples.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.domain.DnsServers;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.HostedDomains;
import org.vmail.domain.LabelStripping;
import org.vmail.domain.ReverseLookup;
import org.vmail.domain.ReverseLookupOptions;
import org.vmail.net.Network;

/** How the domain of a connection is chosen. {@link DomainSettingsFile} reads it. */
record DomainSettings(
        List<Evidence> order,
        boolean mustAgree,
        Map<Network, Domain> addresses,
        Set<Network> shared,
        Map<Integer, Domain> ports,
        LabelStripping serverNames,
        Optional<ReverseLookupOptions> reverseLookup,
        Optional<DnsServers> dns) {
    /** What there can be to go by. */
    enum Evidence {
        SERVER_NAME,
        ADDRESSES,
        SHARED,
        PORTS,
        REVERSE_LOOKUP
    }

    /**
     * The rules, put together.
     *
     * @param system where names of addresses come from, unless the settings name servers
     */
    DomainResolver resolver(HostedDomains hosted, ReverseLookup system) {
        List<DomainResolver> evidence = new ArrayList<>();
        order.forEach(kind -> resolver(kind, hosted, system).ifPresent(evidence::add));
        if (evidence.isEmpty()) {
            return DomainResolver.sharedNetworks(Set.of());
        }
        return mustAgree
                ? DomainResolver.mustAgree(hosted, evidence)
                : evidence.stream().reduce(DomainResolver::or).orElseThrow().withMainNames(hosted);
    }

    /** Empty if there is nothing to go by, so that the log does not speak of it. */
    private Optional<DomainResolver> resolver(Evidence kind, HostedDomains hosted, ReverseLookup system) {
        return switch (kind) {
            case SERVER_NAME -> Optional.of(DomainResolver.serverName(hosted, serverNames));
            case ADDRESSES ->
                addresses.isEmpty() ? Optional.empty() : Optional.of(DomainResolver.networkTable(addresses));
            case SHARED -> shared.isEmpty() ? Optional.empty() : Optional.of(DomainResolver.sharedNetworks(shared));
            case PORTS -> ports.isEmpty() ? Optional.empty() : Optional.of(DomainResolver.portTable(ports));
            case REVERSE_LOOKUP ->
                reverseLookup.map(options -> DomainResolver.reverseLookup(
                        hosted, dns.map(ReverseLookup::dns).orElse(system), options));
        };
    }
}
