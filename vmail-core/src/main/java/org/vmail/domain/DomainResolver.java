package org.vmail.domain;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.net.ConnectionInfo;

/**
 * Says which domain a connection is for, before a byte of it is read.
 *
 * <p>Resolvers compose: {@code addressTable(known).or(reverseLookup(directory))} asks the second only about connections
 * that the first knows nothing of. Implementations are thread-safe and answer at once; what takes time is fetched aside.
 */
@FunctionalInterface
public interface DomainResolver {
    /**
     * Chooses the domain of a connection.
     *
     * @param connection what is known of it
     * @return one domain, the shared domains, or none that is hosted here
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
     * @return both, in this order
     */
    default DomainResolver or(DomainResolver next) {
        return new EitherResolver(this, next);
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
     * Looks the target IP up in a table.
     *
     * @param table the main name of the hosted domain of each address
     * @return a resolver
     */
    static DomainResolver addressTable(Map<InetAddress, Domain> table) {
        ImmutableMap<InetAddress, Domain> known = ImmutableMap.copyOf(table);
        return connection -> {
            InetAddress target = connection.local().getAddress();
            Domain domain = known.get(target);
            return domain == null
                    ? new DomainChoice.NotHosted("address table has no " + target.getHostAddress())
                    : new DomainChoice.Hosted(domain, "address table has " + target.getHostAddress());
        };
    }

    /**
     * Gives the connections to some target IPs to all hosted domains: the login says which.
     *
     * @param addresses the shared addresses
     * @return a resolver
     */
    static DomainResolver sharedAddresses(Collection<InetAddress> addresses) {
        ImmutableSet<InetAddress> shared = ImmutableSet.copyOf(addresses);
        return connection -> {
            InetAddress target = connection.local().getAddress();
            return shared.contains(target)
                    ? new DomainChoice.Shared("shared address " + target.getHostAddress())
                    : new DomainChoice.NotHosted("shared addresses have no " + target.getHostAddress());
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
