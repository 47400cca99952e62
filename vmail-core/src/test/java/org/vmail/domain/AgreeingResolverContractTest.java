package org.vmail.domain;

import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.SIX;
import static org.vmail.domain.Targets.TWO;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmail.address.Domain;

class AgreeingResolverContractTest extends DomainResolverContract {
    @Override
    protected DomainResolver resolver() {
        Domain a = Domain.of("a.example");
        return DomainResolver.mustAgree(
                Optional::of,
                List.of(
                        DomainResolver.addressTable(Map.of(ONE, a, TWO, a)),
                        DomainResolver.addressTable(Map.of(TWO, Domain.of("b.example")))));
    }

    @Override
    protected List<InetAddress> targets() {
        return List.of(ONE, TWO, SIX);
    }
}
