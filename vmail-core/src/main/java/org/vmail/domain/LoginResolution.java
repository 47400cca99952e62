package org.vmail.domain;

import java.util.Optional;
import org.vmail.address.Login;
import org.vmail.address.MailAddress;

/** Which account a login means, and which rule said so. */
public sealed interface LoginResolution {
    /**
     * The account that the login means, which need not exist.
     *
     * @return its address, under the main name of its domain; empty if the login is refused
     */
    default Optional<MailAddress> resolved() {
        return Optional.empty();
    }

    /**
     * What decided, or why there can be no account: for the log, and not for the client.
     *
     * @return one line without secrets
     */
    String reason();

    /**
     * The login means this account, which need not exist.
     *
     * @param address the account, under the main name of its domain
     * @param rule what decided, in one line without secrets
     */
    record Resolved(MailAddress address, String rule) implements LoginResolution {
        @Override
        public Optional<MailAddress> resolved() {
            return Optional.of(address);
        }

        @Override
        public String reason() {
            return rule;
        }
    }

    /**
     * The login can mean no account.
     *
     * @param bare the login, if it is in order and all that is missing is a domain
     * @param reason why, for the log and not for the client, in one line without secrets
     */
    record Refused(Optional<Login.Bare> bare, String reason) implements LoginResolution {
        /**
         * A login that cannot be mended by a domain.
         *
         * @param reason why
         */
        public Refused(String reason) {
            this(Optional.empty(), reason);
        }
    }
}
