package org.vmail.pop3.matrix;

import org.vmail.domain.DomainPolicy;

/** What counts when login and connection disagree. */
enum Policy implements Word {
    LOGIN_WINS(DomainPolicy.loginWins()),
    CONNECTION_WINS(DomainPolicy.connectionWins()),
    MUST_AGREE(DomainPolicy.mustAgree());

    @SuppressWarnings("ImmutableEnumChecker") // one of an enum
    private final DomainPolicy policy;

    Policy(DomainPolicy policy) {
        this.policy = policy;
    }

    @Override
    public String text() {
        return policy.toString();
    }

    DomainPolicy policy() {
        return policy;
    }
}
