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
     * The connection is for one hosted domain.
     *
     * @param domain its main name
     * @param rule what decided
     */
    record Hosted(Domain domain, String rule) implements DomainChoice {}

    /**
     * The connection is for the hosted domains, and the login will say for which.
     *
     * @param rule what decided
     */
    record Shared(String rule) implements DomainChoice {}

    /**
     * The connection is for none of the hosted domains: it belongs to the native daemon, if there is one.
     *
     * @param rule what was looked at
     */
    record NotHosted(String rule) implements DomainChoice {}
}
