package org.vmail.domain;

import static org.vmail.domain.Targets.ONE;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.vmail.address.Domain;

class PortTableContractTest extends DomainResolverContract {
    @Override
    protected DomainResolver resolver() {
        return DomainResolver.portTable(Map.of(110, Domain.of("a.example")));
    }

    @Override
    protected List<InetAddress> targets() {
        return List.of(ONE);
    }
}
