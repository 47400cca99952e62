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
     * Checks against the password hashes of a directory, in the schemes that {@link PasswordHasher} knows, and remembers for a
     * while which passwords were right.
     *
     * @param directory the accounts, which are looked up for every check
     * @return an authenticator
     */
    static Authenticator over(Directory directory) {
        return over(directory, AuthenticatorOptions.defaults());
    }

    /**
     * The same with other than the default options.
     *
     * @param directory the accounts, which are looked up for every check
     * @param options how long passwords that were right are remembered
     * @return an authenticator
     */
    static Authenticator over(Directory directory, AuthenticatorOptions options) {
        return new DirectoryAuthenticator(directory, options, System::nanoTime);
    }
}
