package org.vmail.directory;

import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.vmail.address.Domain;

/** Domains by all of their names. Immutable. */
final class DomainNames {
    private final Map<Domain, HostedDomain> byName;

    private DomainNames(Map<Domain, HostedDomain> byName) {
        this.byName = byName;
    }

    static DomainNames of(Collection<HostedDomain> domains) {
        ImmutableMap.Builder<Domain, HostedDomain> byName = ImmutableMap.builder();
        for (HostedDomain domain : domains) {
            byName.put(domain.name(), domain);
            domain.aliases().forEach(alias -> byName.put(alias, domain));
        }
        return new DomainNames(byName.buildOrThrow()); // a name that is given twice is an IllegalArgumentException
    }

    Optional<HostedDomain> find(Domain name) {
        return Optional.ofNullable(byName.get(name));
    }

    Collection<HostedDomain> all() {
        return byName.values().stream().distinct().toList();
    }
}
