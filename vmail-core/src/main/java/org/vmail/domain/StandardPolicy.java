package org.vmail.domain;

import java.util.Optional;
import org.vmail.address.Domain;

/** The three usual answers; the text is what logs call them. */
enum StandardPolicy implements DomainPolicy {
    LOGIN_WINS("login wins") {
        @Override
        public Optional<Domain> decide(Domain login, Domain connection) {
            return Optional.of(login);
        }
    },
    CONNECTION_WINS("connection wins") {
        @Override
        public Optional<Domain> decide(Domain login, Domain connection) {
            return Optional.of(connection);
        }
    },
    MUST_AGREE("must agree") {
        @Override
        public Optional<Domain> decide(Domain login, Domain connection) {
            return Optional.empty();
        }
    };

    private final String text;

    StandardPolicy(String text) {
        this.text = text;
    }

    @Override
    public String toString() {
        return text;
    }
}
