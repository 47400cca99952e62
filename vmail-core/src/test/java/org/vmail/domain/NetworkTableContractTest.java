package org.vmail.domain;

import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.SIX;
import static org.vmail.domain.Targets.TWO;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.vmail.address.Domain;
import org.vmail.net.Network;

class NetworkTableContractTest extends DomainResolverContract {
    @Override
    protected DomainResolver resolver() {
        return DomainResolver.networkTable(
                Map.of(Network.of("192.0.2.0/31"), Domain.of("a.example"), Network.of("::/0"), Domain.of("b.example")));
    }

    @Override
    protected List<InetAddress> targets() {
        return List.of(ONE, TWO, SIX);
    }
}
