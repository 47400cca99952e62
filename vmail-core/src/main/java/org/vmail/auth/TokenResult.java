package org.vmail.auth;

import java.util.Optional;

/** Whether a token is good, and for whom. */
public sealed interface TokenResult {
    /**
     * The token is good.
     *
     * @param login whom it is for, in a form that users log in with, such as {@code joe@a.example}. A login without a
     *     domain means the user of that name in the domain of the connection, whichever that is: name the domain, unless
     *     the same person has that name in all of them
     */
    record Valid(String login) implements TokenResult {}

    /**
     * It is not. What the client is told is the status, the scope and the configuration (RFC 7628, section 3.2.2).
     *
     * @param reason why, for the log, in one line without secrets
     * @param status an error code such as {@code invalid_token} or {@code insufficient_scope}
     * @param scope the scope that a token for this service needs, if that is to be told
     * @param openidConfiguration the URL of the provider's OpenID configuration, if that is to be told
     */
    record Invalid(String reason, String status, Optional<String> scope, Optional<String> openidConfiguration)
            implements TokenResult {
        /**
         * A token that is expired, forged or unknown.
         *
         * @param reason why, for the log, in one line without secrets
         * @return status {@code invalid_token}, and nothing else for the client
         */
        public static Invalid of(String reason) {
            return new Invalid(reason, "invalid_token", Optional.empty(), Optional.empty());
        }
    }
}
