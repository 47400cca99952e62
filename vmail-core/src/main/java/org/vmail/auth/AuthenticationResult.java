package org.vmail.auth;

import java.util.Optional;
import org.vmail.directory.Account;

/** Whether somebody is who they say. */
public sealed interface AuthenticationResult {
    /**
     * Whose password it is.
     *
     * @return the account; empty if the login is rejected
     */
    default Optional<Account> accepted() {
        return Optional.empty();
    }

    /**
     * Why the login is rejected: for the log, as the client must not learn it.
     *
     * @return one line without secrets; empty if the login is accepted
     */
    default Optional<String> rejection() {
        return Optional.empty();
    }

    /**
     * The password is the account's.
     *
     * @param account the account
     */
    record Accepted(Account account) implements AuthenticationResult {
        @Override
        public Optional<Account> accepted() {
            return Optional.of(account);
        }
    }

    /**
     * It is not, or there is no such account; the client must not learn which.
     *
     * @param reason which, for the log, in one line without secrets
     */
    record Rejected(String reason) implements AuthenticationResult {
        @Override
        public Optional<String> rejection() {
            return Optional.of(reason);
        }
    }
}
