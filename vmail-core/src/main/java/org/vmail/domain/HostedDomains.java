package org.vmail.domain;

import java.io.IOException;
import java.util.Optional;
import org.vmail.address.Domain;

/** Says which domains are hosted here. A {@code Directory} is one. Implementations are thread-safe, and
 * answer soon: the client of a connection waits. */
@FunctionalInterface
public interface HostedDomains {
    /**
     * Finds the main name of a hosted domain.
     *
     * @param name the main name or an alias name of a domain
     * @return the main name, or empty if no such domain is hosted here
     * @throws IOException if that cannot be told now
     */
    Optional<Domain> mainName(Domain name) throws IOException;
}
