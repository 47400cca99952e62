package org.vmail.domain;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Maps;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.internal.Printable;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.Network;
import org.vmail.net.ProxiedConnection;

/**
 * Says which domain a connection is for, before a byte of it is read.
 *
 * <p>Each resolver looks at one piece of evidence, and resolvers compose:
 * {@code addressTable(known).or(reverseLookup(directory))} asks the second only about connections that the first knows
 * nothing of, so the order is the precedence; {@link #mustAgree} asks all of them. A server asks again when a TLS handshake has told it the name that the client asked
 * for. Implementations are thread-safe and answer at once, or within a bound that is theirs to document: a connection waits
 * for them on its thread. What takes time is fetched aside.
 */
@FunctionalInterface
public interface DomainResolver {
    /**
     * Chooses the domain of a connection.
     *
     * @param connection what is known of it
     * @return one domain, the shared domains, none that is hosted here, or a contradiction
     * @throws IOException if that cannot be told now; never to be taken for "none"
     */
    DomainChoice resolve(ConnectionInfo connection) throws IOException;

    /**
     * Learns what is to be known about the addresses of this machine. A server calls it once, after binding and before it
     * accepts; it may wait for a bounded time.
     *
     * @param targets the addresses that clients can connect to
     */
    default void prepare(Set<InetAddress> targets) {}

    /**
     * Asks another resolver about connections that this one knows nothing of.
     *
     * @param next asked second, and only if this one says {@link DomainChoice.NotHosted}
     * @return both, in this order; the rule of what the second says names what the first has looked at, too
     */
    default DomainResolver or(DomainResolver next) {
        return new EitherResolver(this, next);
    }

    /**
     * Takes what this resolver says for any name of a hosted domain, so that logs and listeners see its main name.
     *
     * @param hosted the main names
     * @return a resolver that says main names
     */
    default DomainResolver withMainNames(HostedDomains hosted) {
        return new MainNames(this, hosted);
    }

    /**
     * Lets several pieces of evidence decide together. If they name two domains, the connection is
     * {@link DomainChoice.Disputed}; if some name one, it is for that domain; else it is shared if one says so. What knows
     * nothing of a connection contradicts nobody.
     *
     * @param hosted the main names: two names of one domain agree
     * @param evidence at least one resolver, all of which are asked
     * @return all of them; its rule names every piece of evidence
     * @throws IllegalArgumentException if there is no evidence
     */
    static DomainResolver mustAgree(HostedDomains hosted, List<DomainResolver> evidence) {
        checkArgument(!evidence.isEmpty(), "There must be evidence to agree");
        return new AgreeingResolver(evidence.stream()
                .map(resolver -> resolver.withMainNames(hosted))
                .collect(ImmutableList.toImmutableList()));
    }

    /**
     * Gives every connection to one domain.
     *
     * @param domain the main name of a hosted domain
     * @return a resolver
     */
    static DomainResolver fixed(Domain domain) {
        DomainChoice choice = new DomainChoice.Hosted(domain, "fixed domain");
        return connection -> choice;
    }

    /**
     * Looks the target IP up in a table of single addresses.
     *
     * @param table the main name of the hosted domain of each address
     * @return a resolver
     * @see #networkTable
     */
    static DomainResolver addressTable(Map<InetAddress, Domain> table) {
        Map<Network, Domain> networks = new HashMap<>();
        table.forEach((address, domain) -> networks.put(Network.of(address), domain));
        return networkTable(networks);
    }

    /**
     * Looks the target IP up in a table of networks. Of several networks that hold it the narrowest counts.
     *
     * @param table the main name of the hosted domain of each network
     * @return a resolver
     */
    static DomainResolver networkTable(Map<Network, Domain> table) {
        NetworkTable<Domain> known = new NetworkTable<>(table);
        return connection -> {
            InetAddress target = connection.local().getAddress();
            return known.find(target)
                    .<DomainChoice>map(entry -> new DomainChoice.Hosted(
                            entry.getValue(), "address table has " + NetworkTable.text(entry.getKey(), target)))
                    .orElseGet(() -> new DomainChoice.NotHosted("address table has no " + target.getHostAddress()));
        };
    }

    /**
     * Gives the connections to some target IPs to all hosted domains: the login says which.
     *
     * @param addresses the shared addresses
     * @return a resolver
     * @see #sharedNetworks
     */
    static DomainResolver sharedAddresses(Collection<InetAddress> addresses) {
        return sharedNetworks(addresses.stream().map(Network::of).toList());
    }

    /**
     * Gives the connections to the target IPs of some networks to all hosted domains: the login says which.
     *
     * @param networks the shared networks
     * @return a resolver
     */
    static DomainResolver sharedNetworks(Collection<Network> networks) {
        NetworkTable<Boolean> shared = new NetworkTable<>(Maps.toMap(ImmutableSet.copyOf(networks), network -> true));
        return connection -> {
            InetAddress target = connection.local().getAddress();
            return shared.find(target)
                    .<DomainChoice>map(entry ->
                            new DomainChoice.Shared("shared address " + NetworkTable.text(entry.getKey(), target)))
                    .orElseGet(() -> new DomainChoice.NotHosted("shared addresses have no " + target.getHostAddress()));
        };
    }

    /**
     * Looks the port of this server's own socket up: a listener, and so a port, for each domain that has no address of its
     * own. Behind a proxy it is the port that the proxy connects to.
     *
     * @param table the main name of the hosted domain of each port
     * @return a resolver
     */
    static DomainResolver portTable(Map<Integer, Domain> table) {
        ImmutableMap<Integer, Domain> known = ImmutableMap.copyOf(table);
        return connection -> {
            int port = connection.listener().getPort();
            Domain domain = known.get(port);
            return domain == null
                    ? new DomainChoice.NotHosted("port table has no " + port)
                    : new DomainChoice.Hosted(domain, "port table has " + port);
        };
    }

    /**
     * Goes by the name that the client asked for in its TLS handshake (RFC 6066, section 3): a hosted domain, or one behind
     * one of the leading labels {@code mail}, {@code pop} and {@code pop3}.
     *
     * @param hosted the domains that count
     * @return a resolver
     */
    static DomainResolver serverName(HostedDomains hosted) {
        return serverName(hosted, ReverseLookupOptions.defaults().stripping());
    }

    /**
     * Goes by the name that the client asked for in its TLS handshake (RFC 6066, section 3), with us or with the proxy that
     * tells of it. A connection without one, such as any connection before TLS, is for none of the hosted domains as far as
     * this resolver knows.
     *
     * @param hosted the domains that count
     * @param stripping which leading labels the name may have
     * @return a resolver
     */
    static DomainResolver serverName(HostedDomains hosted, LabelStripping stripping) {
        ServerNames servers = new ServerNames(hosted, stripping);
        return connection -> {
            Optional<String> name =
                    connection.serverName().or(() -> connection.proxied().flatMap(ProxiedConnection::authority));
            if (name.isEmpty()) {
                return new DomainChoice.NotHosted("no server name");
            }
            Optional<Domain> domain = servers.domainOf(name.get());
            String rule = "server name " + Printable.of(name.get());
            return domain.isPresent()
                    ? new DomainChoice.Hosted(domain.get(), rule)
                    : new DomainChoice.NotHosted(rule + " is not hosted here");
        };
    }

    /**
     * Looks the target IP up in the reverse DNS through the system's resolver, as vpop3d did, with
     * {@link ReverseLookupOptions#defaults()}.
     *
     * @param hosted the domains that count
     * @return a resolver
     */
    static DomainResolver reverseLookup(HostedDomains hosted) {
        return reverseLookup(hosted, ReverseLookup.system(), ReverseLookupOptions.defaults());
    }

    /**
     * Looks the target IP up in reverse, as vpop3d did: the connection is for the first hosted domain among the names of
     * the address, or among what {@link ReverseLookupOptions#stripping()} makes of them.
     *
     * <p>A client does not wait for the look-up of an address of ours: these are looked up when the server binds, and again,
     * aside, when the answer is no longer true. The last good answer is kept while look-ups fail. What happens to a
     * connection to an address that has never been answered is an option; the default is an {@link IOException} at once.
     *
     * @param hosted the domains that count
     * @param lookup where names come from
     * @param options times, bounds and label rules
     * @return a resolver, whose threads exist only while look-ups are under way
     */
    static DomainResolver reverseLookup(HostedDomains hosted, ReverseLookup lookup, ReverseLookupOptions options) {
        return new ReverseLookupResolver(hosted, new CachedLookup(lookup, options), options);
    }
}
