package org.vmail.domain;

import com.google.common.collect.Sets;
import java.io.IOException;
import java.net.InetAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.vmail.address.Domain;
import org.vmail.internal.Printable;
import org.vmail.net.ConnectionInfo;

/** Matches the names of the target IP against the hosted domains. */
final class ReverseLookupResolver implements DomainResolver {
    private final ServerNames servers;
    private final CachedLookup lookup;
    private final UnknownAddress unknownAddress;
    private final Set<InetAddress> prepared;

    ReverseLookupResolver(HostedDomains hosted, CachedLookup lookup, ReverseLookupOptions options) {
        this.servers = new ServerNames(hosted, options.stripping());
        this.lookup = lookup;
        this.unknownAddress = options.unknownAddress();
        this.prepared = options.prepared();
    }

    @Override
    public DomainChoice resolve(ConnectionInfo connection) throws IOException {
        InetAddress target = connection.local().getAddress();
        Optional<List<String>> names = lookup.names(target);
        return names.isPresent() ? choice(target, names.get()) : unknown(target);
    }

    @Override
    public void prepare(Set<InetAddress> targets) {
        lookup.load(Sets.union(targets, prepared));
    }

    private DomainChoice unknown(InetAddress target) throws IOException {
        return switch (unknownAddress) {
            case REFUSE -> throw new IOException("The name of " + target.getHostAddress() + " is not known yet");
            case NOT_HOSTED ->
                new DomainChoice.NotHosted(
                        "reverse look-up: the name of " + target.getHostAddress() + " is not known yet");
        };
    }

    private DomainChoice choice(InetAddress target, List<String> names) throws IOException {
        Set<Domain> found = new LinkedHashSet<>();
        String decisive = "";
        for (String name : names) {
            Optional<Domain> domain = servers.domainOf(name);
            if (domain.isPresent()) {
                decisive = found.isEmpty() ? name : decisive;
                found.add(domain.get());
            }
        }
        if (found.isEmpty()) {
            return new DomainChoice.NotHosted(rule(target, names));
        }
        String rule = rule(target, decisive);
        String others = found.stream().skip(1).map(Domain::name).collect(Collectors.joining(", "));
        return new DomainChoice.Hosted(
                found.iterator().next(), others.isEmpty() ? rule : rule + ", and behind it also of " + others);
    }

    private static String rule(InetAddress target, List<String> names) {
        return switch (names.size()) {
            case 0 -> "reverse look-up: " + target.getHostAddress() + " has no name";
            case 1 -> rule(target, names.get(0)) + ", which is not hosted here";
            default ->
                rule(target, names.get(0)) + " and has " + (names.size() - 1)
                        + " more names, none of which is hosted here";
        };
    }

    private static String rule(InetAddress target, String name) {
        return "reverse look-up: " + target.getHostAddress() + " is " + Printable.of(name);
    }
}
