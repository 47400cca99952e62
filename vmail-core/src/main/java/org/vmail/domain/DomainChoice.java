package org.vmail.domain;

import org.vmail.address.Domain;

/** What a connection alone says about its domain, and which rule said so. */
public sealed interface DomainChoice {
    /**
     * What was looked at and what came out of it, for logs: a wrong domain looks like a wrong password to a user, and
     * this tells the administrator the difference.
     *
     * @return one line without secrets
     */
    String rule();

    /**
     * The same choice for a reason that says more.
     *
     * @param rule what was looked at and what came out of it, one line without secrets
     * @return the changed copy
     */
    DomainChoice withRule(String rule);

    /**
     * The connection is for one hosted domain.
     *
     * @param domain its main name
     * @param rule what decided
     */
    record Hosted(Domain domain, String rule) implements DomainChoice {
        @Override
        public Hosted withRule(String newRule) {
            return new Hosted(domain, newRule);
        }
    }

    /**
     * The connection is for the hosted domains, and the login will say for which.
     *
     * @param rule what decided
     */
    record Shared(String rule) implements DomainChoice {
        @Override
        public Shared withRule(String newRule) {
            return new Shared(newRule);
        }
    }

    /**
     * The connection is for none of the hosted domains: it belongs to the native daemon, if there is one.
     *
     * @param rule what was looked at
     */
    record NotHosted(String rule) implements DomainChoice {
        @Override
        public NotHosted withRule(String newRule) {
            return new NotHosted(newRule);
        }
    }

    /**
     * The connection says that it is for two domains, where it must not: it is refused, and not given to the native daemon,
     * either. Where TLS begins with the first octet that is known for good only when the client has named a server.
     *
     * @param rule which evidence is for which domain
     */
    record Disputed(String rule) implements DomainChoice {
        @Override
        public Disputed withRule(String newRule) {
            return new Disputed(newRule);
        }
    }
}
