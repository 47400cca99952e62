package org.vmail.chain;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.Login;
import org.vmail.address.LoginSplitter;
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
        return bareLogin(request)
                .<Destination>map(login -> there(
                        login.at(main),
                        "the login has no domain; " + request.choice().rule()))
                .orElseGet(Destination.Here::new);
    }

    /** On a connection for a hosted domain a login without a domain is refused for other reasons than that. */
    private static Optional<Login.Bare> bareLogin(Request request) {
        return request.choice() instanceof DomainChoice.Hosted
                ? Optional.empty()
                : LoginSplitter.standard()
                        .split(request.login())
                        .filter(Login.Bare.class::isInstance)
                        .map(Login.Bare.class::cast);
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
