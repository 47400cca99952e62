package org.vmail.auth.internal;

import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;

/** Whether somebody is logged in. */
public sealed interface LoginResult {
    /**
     * What decided the domain, in one line without secrets.
     *
     * @return the rule, for the log
     */
    String rule();

    /**
     * The client is who it says.
     *
     * @param account the account
     * @param rule what decided the domain
     */
    record Accepted(Account account, String rule) implements LoginResult {}

    /**
     * It is not, or there is no such account; the client must not learn which.
     *
     * @param login what the client called itself, not fit for a log as it is; empty if it did not come to that
     * @param account what that resolves to, which need not exist
     * @param reason why, for the log, in one line without secrets
     * @param rule what decided the domain, or what the connection is for
     */
    record Rejected(String login, Optional<MailAddress> account, String reason, String rule) implements LoginResult {}
}
