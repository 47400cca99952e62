package org.vmail.auth;

import java.io.IOException;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;

/** Checks passwords. Implementations are thread-safe. */
@FunctionalInterface
public interface Authenticator {
    /**
     * Checks the password of an account.
     *
     * @param address the account, which need not exist
     * @param password what the user typed
     * @return accepted or rejected; both, and every reason for the latter, take about the same time
     * @throws IOException if that cannot be told now; never to be taken for "rejected"
     */
    AuthenticationResult authenticate(MailAddress address, Password password) throws IOException;

    /**
     * Checks against the password hashes of a directory, in the schemes that {@link PasswordHasher} knows.
     *
     * @param directory the accounts
     * @return an authenticator
     */
    static Authenticator over(Directory directory) {
        return new DirectoryAuthenticator(directory);
    }
}
