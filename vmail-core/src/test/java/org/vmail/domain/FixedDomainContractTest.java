package org.vmail.domain;

import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.SIX;
import static org.vmail.domain.Targets.TWO;

import java.net.InetAddress;
import java.util.List;
import org.vmail.address.Domain;

class FixedDomainContractTest extends DomainResolverContract {
    @Override
    protected DomainResolver resolver() {
        return DomainResolver.fixed(Domain.of("a.example"));
    }

    @Override
    protected List<InetAddress> targets() {
        return List.of(ONE, TWO, SIX);
    }
}
