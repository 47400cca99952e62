package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Set;
import org.vmail.net.ConnectionInfo;

/** Two resolvers, the second asked when the first knows nothing. */
record EitherResolver(DomainResolver first, DomainResolver second) implements DomainResolver {
    @Override
    public DomainChoice resolve(ConnectionInfo connection) throws IOException {
        DomainChoice choice = first.resolve(connection);
        if (!(choice instanceof DomainChoice.NotHosted)) {
            return choice;
        }
        DomainChoice next = second.resolve(connection);
        return next.withRule(
                next instanceof DomainChoice.NotHosted
                        ? choice.rule() + "; " + next.rule()
                        : next.rule() + "; before that: " + choice.rule());
    }

    @Override
    public void prepare(Set<InetAddress> targets) {
        first.prepare(targets);
        second.prepare(targets);
    }
}
