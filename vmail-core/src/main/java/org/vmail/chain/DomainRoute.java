package org.vmail.chain;

import java.util.Collection;
import java.util.List;
import org.vmail.address.Domain;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.LoginResolution;

/** Sends the accounts of one domain upstream, by their addresses. */
record DomainRoute(Domain domain, Upstream upstream) implements LoginRoute {
    @Override
    public Destination route(Request request) {
        return request.meaning() instanceof LoginResolution.Resolved resolved
                        && resolved.address().domain().equals(domain)
                ? new Destination.There(
                        upstream,
                        resolved.address().toString(),
                        resolved.address(),
                        domain + " is served by " + upstream + "; " + resolved.rule())
                : new Destination.Here();
    }

    @Override
    public Collection<Upstream> upstreams(DomainChoice connection) {
        return List.of(upstream);
    }
}
