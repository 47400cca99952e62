package org.vmail.domain;

import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.SIX;
import static org.vmail.domain.Targets.TWO;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.vmail.address.Domain;

class EitherResolverContractTest extends DomainResolverContract {
    @Override
    protected DomainResolver resolver() {
        return DomainResolver.addressTable(Map.of(ONE, Domain.of("a.example")))
                .or(DomainResolver.sharedAddresses(List.of(TWO)));
    }

    @Override
    protected List<InetAddress> targets() {
        return List.of(ONE, TWO, SIX);
    }
}
