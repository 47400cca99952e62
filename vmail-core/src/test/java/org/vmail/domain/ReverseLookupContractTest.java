package org.vmail.domain;

import static org.vmail.domain.Targets.ONE;
import static org.vmail.domain.Targets.SIX;
import static org.vmail.domain.Targets.TWO;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

class ReverseLookupContractTest extends DomainResolverContract {
    @Override
    protected DomainResolver resolver() {
        return DomainResolver.reverseLookup(
                Optional::of,
                new ScriptedLookup().answer(ONE, "a.example").answer(TWO).answer(SIX, "mail."),
                ReverseLookupOptions.defaults());
    }

    @Override
    protected List<InetAddress> targets() {
        return List.of(ONE, TWO, SIX);
    }
}
