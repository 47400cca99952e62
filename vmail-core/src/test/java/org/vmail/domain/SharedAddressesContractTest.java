package org.vmail.domain;

import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.SIX;
import static org.vmail.domain.Targets.TWO;

import java.net.InetAddress;
import java.util.List;

class SharedAddressesContractTest extends DomainResolverContract {
    @Override
    protected DomainResolver resolver() {
        return DomainResolver.sharedAddresses(List.of(TWO));
    }

    @Override
    protected List<InetAddress> targets() {
        return List.of(ONE, TWO, SIX);
    }
}
