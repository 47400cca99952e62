package org.vmail.domain;

import java.io.IOException;
import java.util.Optional;
import org.vmail.address.Domain;

/** The hosted domains, found by the names of servers. */
record ServerNames(HostedDomains hosted, LabelStripping stripping) {
    /** The main name of the domain that a server is for, if it is for one that is hosted. */
    Optional<Domain> domainOf(String server) throws IOException {
        if (server.indexOf('\\') >= 0) {
            return Optional
                    .empty(); // a label of the DNS with a dot or worse in it, which must not be taken apart there
        }
        String name = server.endsWith(".") ? server.substring(0, server.length() - 1) : server;
        for (String candidate : stripping.candidates(name)) {
            Optional<Domain> domain = Domain.parse(candidate);
            Optional<Domain> main = domain.isPresent() ? hosted.mainName(domain.get()) : Optional.empty();
            if (main.isPresent()) {
                return main;
            }
        }
        return Optional.empty();
    }
}
