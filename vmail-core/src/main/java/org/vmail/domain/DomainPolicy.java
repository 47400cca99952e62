package org.vmail.domain;

import java.util.Optional;
import org.vmail.address.Domain;

/**
 * Decides when the login names one domain, hosted or not, and the connection is for another. Implementations are
 * thread-safe.
 */
@FunctionalInterface
public interface DomainPolicy {
    /**
     * Decides between two different domains.
     *
     * @param login what the login says
     * @param connection what the connection says
     * @return the domain whose user is meant, or empty to refuse the login
     */
    Optional<Domain> decide(Domain login, Domain connection);

    /**
     * The login's domain counts: what Linuxconf did, and the default.
     *
     * @return a policy
     */
    static DomainPolicy loginWins() {
        return StandardPolicy.LOGIN_WINS;
    }

    /**
     * The connection's domain counts: who connects to a domain's own address is a user of that domain.
     *
     * @return a policy
     */
    static DomainPolicy connectionWins() {
        return StandardPolicy.CONNECTION_WINS;
    }

    /**
     * Such a login is refused.
     *
     * @return a policy
     */
    static DomainPolicy mustAgree() {
        return StandardPolicy.MUST_AGREE;
    }
}
