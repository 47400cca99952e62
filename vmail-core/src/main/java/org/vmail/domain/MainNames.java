package org.vmail.domain;

import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.net.ConnectionInfo;

/** A resolver whose domains may have been given by alias names. */
record MainNames(DomainResolver resolver, HostedDomains hosted) implements DomainResolver {
    @Override
    public DomainChoice resolve(ConnectionInfo connection) throws IOException {
        DomainChoice choice = resolver.resolve(connection);
        if (!(choice instanceof DomainChoice.Hosted named)) {
            return choice;
        }
        Optional<Domain> main = hosted.mainName(named.domain());
        return main.isEmpty() || main.get().equals(named.domain())
                ? choice
                : new DomainChoice.Hosted(main.get(), choice.rule() + ", for its alias " + named.domain());
    }

    @Override
    public void prepare(Set<InetAddress> targets) {
        resolver.prepare(targets);
    }
}
