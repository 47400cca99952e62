package org.vmail.domain;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.vmail.address.Domain;
import org.vmail.net.ConnectionInfo;

/** Several resolvers that must not contradict each other. */
record AgreeingResolver(ImmutableList<DomainResolver> evidence) implements DomainResolver {
    @Override
    public DomainChoice resolve(ConnectionInfo connection) throws IOException {
        List<DomainChoice> choices = new ArrayList<>();
        for (DomainResolver resolver : evidence) {
            choices.add(resolver.resolve(connection));
        }
        Set<Domain> domains = new LinkedHashSet<>();
        for (DomainChoice choice : choices) {
            if (choice instanceof DomainChoice.Hosted hosted) {
                domains.add(hosted.domain());
            }
        }
        if (domains.size() > 1) {
            return new DomainChoice.Disputed("evidence must agree: " + rules(choices));
        }
        return decisive(choices).withRule(rules(choices));
    }

    @Override
    public void prepare(Set<InetAddress> targets) {
        evidence.forEach(resolver -> resolver.prepare(targets));
    }

    /** One that is disputed already, else one domain, else all of them, else none. */
    private static DomainChoice decisive(List<DomainChoice> choices) {
        DomainChoice decisive = choices.get(0);
        for (DomainChoice choice : choices) {
            decisive = weight(choice) > weight(decisive) ? choice : decisive;
        }
        return decisive;
    }

    private static int weight(DomainChoice choice) {
        if (choice instanceof DomainChoice.Disputed) {
            return 3;
        }
        if (choice instanceof DomainChoice.Hosted) {
            return 2;
        }
        return choice instanceof DomainChoice.Shared ? 1 : 0;
    }

    private static String rules(List<DomainChoice> choices) {
        return choices.stream()
                .map(choice -> choice instanceof DomainChoice.Hosted hosted
                        ? hosted.rule() + ", for " + hosted.domain()
                        : choice.rule())
                .collect(Collectors.joining("; "));
    }
}
