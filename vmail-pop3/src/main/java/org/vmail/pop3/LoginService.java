package org.vmail.pop3;

import java.io.IOException;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult;
import org.vmail.auth.Authenticator;
import org.vmail.auth.Password;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.LoginResolution;
import org.vmail.domain.LoginResolver;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;

/** From what a client sent to an open maildrop: which account, is it they, is the maildrop free. */
record LoginService(LoginResolver logins, Authenticator authenticator, MaildropStore maildrops) {
    sealed interface Outcome {
        /** What decided the domain, or why there is none. */
        String rule();

        record LoggedIn(MailAddress account, Maildrop maildrop, String rule) implements Outcome {}

        record InUse(MailAddress account, String rule) implements Outcome {}

        record Failed(String reason, String rule) implements Outcome {}
    }

    /** Logs in, or throws IOException if that cannot be told now. */
    Outcome login(String login, Password password, DomainChoice connection) throws IOException {
        LoginResolution resolution = logins.resolve(login, connection);
        if (!(resolution instanceof LoginResolution.Resolved resolved)) {
            return new Outcome.Failed(((LoginResolution.Refused) resolution).reason(), connection.rule());
        }
        AuthenticationResult result = authenticator.authenticate(resolved.address(), password);
        if (!(result instanceof AuthenticationResult.Accepted accepted)) {
            return new Outcome.Failed(((AuthenticationResult.Rejected) result).reason(), resolved.rule());
        }
        MailAddress account = accepted.account().address();
        // Before the answer to PASS: a client that is told OK owns the maildrop.
        return maildrops.open(account) instanceof OpenResult.Opened opened
                ? new Outcome.LoggedIn(account, opened.maildrop(), resolved.rule())
                : new Outcome.InUse(account, resolved.rule());
    }
}
