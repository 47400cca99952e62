package org.vmail.chain;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.HostedDomains;
import org.vmail.domain.LoginResolution;

/** Sends upstream whoever is of no hosted domain. */
record MainDomainRoute(Domain main, HostedDomains hosted, Upstream upstream) implements LoginRoute {
    @Override
    public Destination route(Request request) throws IOException {
        if (request.meaning() instanceof LoginResolution.Resolved resolved) {
            return hosted.mainName(resolved.address().domain()).isPresent()
                    ? new Destination.Here()
                    : there(resolved.address(), resolved.rule());
        }
        return ((LoginResolution.Refused) request.meaning())
                .bare()
                .<Destination>map(login -> there(
                        login.at(main),
                        "the login has no domain; " + request.choice().rule()))
                .orElseGet(Destination.Here::new);
    }

    private Destination there(MailAddress account, String rule) {
        String name = account.domain().equals(main) ? account.localPart() : account.toString();
        return new Destination.There(
                upstream, name, account, "not hosted here, so it is for " + upstream + "; " + rule);
    }

    @Override
    public Collection<Upstream> upstreams(DomainChoice connection) {
        return List.of(upstream);
    }
}
