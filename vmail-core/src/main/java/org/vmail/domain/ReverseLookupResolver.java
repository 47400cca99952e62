package org.vmail.domain;

import com.google.common.base.Ascii;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.internal.Printable;
import org.vmail.net.ConnectionInfo;

/** Matches the names of the target IP against the hosted domains. */
record ReverseLookupResolver(HostedDomains hosted, CachedLookup lookup, ReverseLookupOptions options)
        implements DomainResolver {
    @Override
    public DomainChoice resolve(ConnectionInfo connection) throws IOException {
        InetAddress target = connection.local().getAddress();
        List<String> names = lookup.names(target)
                .orElseThrow(() -> new IOException("The name of " + target.getHostAddress() + " is not known yet"));
        for (String name : names) {
            Optional<Domain> domain = hostedDomain(name);
            if (domain.isPresent()) {
                return new DomainChoice.Hosted(domain.get(), rule(target, name));
            }
        }
        return new DomainChoice.NotHosted(
                names.isEmpty()
                        ? "reverse look-up: " + target.getHostAddress() + " has no name"
                        : rule(target, names.get(0)) + ", which is not hosted here");
    }

    @Override
    public void prepare(Set<InetAddress> targets) {
        lookup.load(targets);
    }

    private Optional<Domain> hostedDomain(String answer) throws IOException {
        String name = answer.endsWith(".") ? answer.substring(0, answer.length() - 1) : answer;
        Optional<Domain> whole = hosted(name);
        int dot = name.indexOf('.');
        if (whole.isPresent() || dot < 0) {
            return whole;
        }
        boolean strip = options.strippedLabels().contains(Ascii.toLowerCase(name.substring(0, dot)));
        return strip ? hosted(name.substring(dot + 1)) : whole;
    }

    private Optional<Domain> hosted(String name) throws IOException {
        Optional<Domain> domain = Domain.parse(name);
        return domain.isPresent() ? hosted.mainName(domain.get()) : Optional.empty();
    }

    private static String rule(InetAddress target, String name) {
        return "reverse look-up: " + target.getHostAddress() + " is " + Printable.of(name);
    }
}
