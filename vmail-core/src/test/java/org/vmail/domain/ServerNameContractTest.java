package org.vmail.domain;

import static org.vmail.domain.Targets.ONE;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

class ServerNameContractTest extends DomainResolverContract {
    @Override
    protected DomainResolver resolver() {
        return DomainResolver.serverName(Optional::of);
    }

    @Override
    protected List<InetAddress> targets() {
        return List.of(ONE);
    }
}
