package org.vmail.auth;

import org.vmail.directory.Account;

/** Whether somebody is who they say. */
public sealed interface AuthenticationResult {
    /**
     * The password is the account's.
     *
     * @param account the account
     */
    record Accepted(Account account) implements AuthenticationResult {}

    /**
     * It is not, or there is no such account; the client must not learn which.
     *
     * @param reason which, for the log, in one line without secrets
     */
    record Rejected(String reason) implements AuthenticationResult {}
}
