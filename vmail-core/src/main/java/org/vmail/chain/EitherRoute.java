package org.vmail.chain;

import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import org.vmail.domain.DomainChoice;

/** Two routes, of which the second is asked about what the first would serve here. */
record EitherRoute(LoginRoute first, LoginRoute second) implements LoginRoute {
    @Override
    public Destination route(Request request) throws IOException {
        Destination destination = first.route(request);
        return destination instanceof Destination.Here ? second.route(request) : destination;
    }

    @Override
    public Collection<Upstream> upstreams(DomainChoice connection) {
        Set<Upstream> both = new LinkedHashSet<>(first.upstreams(connection));
        both.addAll(second.upstreams(connection));
        return both;
    }
}
