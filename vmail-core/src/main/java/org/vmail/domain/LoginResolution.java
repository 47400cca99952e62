package org.vmail.domain;

import java.util.Optional;
import org.vmail.address.Login;
import org.vmail.address.MailAddress;

/** Which account a login means, and which rule said so. */
public sealed interface LoginResolution {
    /**
     * The login means this account, which need not exist.
     *
     * @param address the account, under the main name of its domain
     * @param rule what decided, in one line without secrets
     */
    record Resolved(MailAddress address, String rule) implements LoginResolution {}

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
