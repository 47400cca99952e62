package org.vmail.auth.internal;

import java.io.IOException;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.auth.Password;

/** What the server does after a response of the client. Whoever gets an array owns it. */
public sealed interface SaslStep {
    /**
     * The client has to answer again.
     *
     * @param data what to send, before base64; may be empty
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Challenge(byte[] data) implements SaslStep {}

    /**
     * All is said, and a secret has to be checked, which may have to wait for what was tried before.
     *
     * @param account whose, as far as that can be told; it need not exist
     * @param credentials what the client sent, if that was a password: somebody else may check it instead
     * @param decision checks it, once
     */
    record Check(Optional<MailAddress> account, Optional<Credentials> credentials, Decision decision)
            implements SaslStep {}

    /**
     * A password, and whose it is said to be.
     *
     * @param login what the client sent, not fit for a log as it is
     * @param password the password
     */
    record Credentials(String login, Password password) {}

    /** The check of a secret. */
    @FunctionalInterface
    interface Decision {
        /**
         * Checks it.
         *
         * @return how the exchange ended
         * @throws IOException if that cannot be told now
         */
        Done make() throws IOException;
    }

    /**
     * The exchange is over.
     *
     * @param result how it ended
     * @param finalData what the mechanism tells the client along with that. After success it must reach the client, which
     *     checks the server by it: as a challenge that is answered with an empty response, where a protocol has no place
     *     for it in its reply. After a rejection it may be left out, and POP3 has no place for it
     */
    record Done(LoginResult result, Optional<byte[]> finalData) implements SaslStep {
        static Done of(LoginResult result) {
            return new Done(result, Optional.empty());
        }
    }

    /**
     * What the client sent is not of this mechanism; the exchange is over, and no password was tried.
     *
     * @param reason why, for the log, in one line without secrets
     */
    record Malformed(String reason) implements SaslStep {}
}
