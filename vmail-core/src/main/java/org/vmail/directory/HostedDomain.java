package org.vmail.directory;

import com.google.common.collect.ImmutableSet;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;

/** A domain that is hosted here, and its settings. Immutable; each {@code with…} method returns a changed copy. */
public final class HostedDomain {
    private final Domain name;
    private final ImmutableSet<Domain> aliases;
    private final Optional<Fallback> fallback;

    private HostedDomain(Domain name, ImmutableSet<Domain> aliases, Optional<Fallback> fallback) {
        this.name = name;
        this.aliases = aliases;
        this.fallback = fallback;
    }

    /**
     * A domain with the default settings: no other name, no fallback.
     *
     * @param name its main name
     * @return the domain
     */
    public static HostedDomain of(Domain name) {
        return new HostedDomain(name, ImmutableSet.of(), Optional.empty());
    }

    /**
     * Sets further names for the same users.
     *
     * @param names alias domains; default none
     * @return the changed copy
     */
    public HostedDomain withAliases(Collection<Domain> names) {
        return new HostedDomain(name, ImmutableSet.copyOf(names), fallback);
    }

    /**
     * Sets where mail for unknown names goes.
     *
     * @param catchAll default none, and such mail is refused
     * @return the changed copy
     */
    public HostedDomain withFallback(Fallback catchAll) {
        return new HostedDomain(name, aliases, Optional.of(catchAll));
    }

    /**
     * The name that its accounts are kept under.
     *
     * @return the main name
     */
    public Domain name() {
        return name;
    }

    /**
     * Its other names.
     *
     * @return the alias domains
     */
    public Set<Domain> aliases() {
        return aliases;
    }

    /**
     * Where mail for unknown names goes.
     *
     * @return the fallback, or empty if such mail is refused
     */
    public Optional<Fallback> fallback() {
        return fallback;
    }
}
