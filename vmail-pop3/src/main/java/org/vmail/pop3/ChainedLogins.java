package org.vmail.pop3;

import java.io.IOException;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.auth.Password;
import org.vmail.auth.internal.LoginResult;
import org.vmail.chain.LoginRoute.Destination;
import org.vmail.domain.LoginResolution;

/**
 * Where the logins of a session are served, and those that another server has to accept (late chain): with the password that
 * the client gave, or by a master user for who has proved here who it is. That server's answer is the client's.
 */
final class ChainedLogins {
    private final Upstreams upstreams;
    private final Pop3Options options;
    private final Dialogue dialogue;
    private final LoginAttempts attempts;
    private final Authentication.Entrance entrance;

    ChainedLogins(Pop3Service service, Dialogue dialogue, LoginAttempts attempts, Authentication.Entrance entrance) {
        this.upstreams = service.upstreams();
        this.options = service.options();
        this.dialogue = dialogue;
        this.attempts = attempts;
        this.entrance = entrance;
    }

    /** Where a login is served of whom nothing is known but what it says. */
    Destination destination(String login, LoginResolution meaning) throws IOException {
        return upstreams.route(
                login, meaning, dialogue.choice(), dialogue.connection().info());
    }

    /** Where somebody is served who is known already. */
    Destination destination(LoginResult.Accepted accepted) throws IOException {
        MailAddress account = accepted.account().address();
        return destination(account.toString(), new LoginResolution.Resolved(account, accepted.rule()));
    }

    /** Whether somebody could come by a mechanism that works for the accounts here and for no other. */
    boolean needPasswords() {
        return options.onlyChainableLogins() && upstreams.needPasswords(dialogue.choice());
    }

    /** Has the password checked by the other server, when it is time for the account. */
    void logIn(String mechanism, Destination.There there, String login, Password password) throws IOException {
        attempts.decidedBy(there.rule());
        attempts.decide(
                login,
                Optional.of(there.account()),
                () -> upstreams.logIn(there, password, dialogue.connection(), entrance.isUtf8()),
                result -> settle(mechanism, there, result));
    }

    /** Logs somebody in who has proved here who it is; without a master user, nobody can be logged in elsewhere then. */
    void logInProved(String mechanism, Destination.There there, MailAddress account) throws IOException {
        if (there.upstream().masterUser().isEmpty()) {
            attempts.rejected(
                    Optional.of(account),
                    account.toString(),
                    account + " is on another server, which " + mechanism + " gives us no password for");
            return;
        }
        attempts.succeeded(account);
        attempts.ask(
                account.toString(),
                () -> upstreams.logInByMaster(there, dialogue.connection(), entrance.isUtf8()),
                result -> settle(mechanism, there, result));
    }

    private void settle(String mechanism, Destination.There there, Upstreams.Result result) throws IOException {
        attempts.decidedBy(there.rule());
        if (result instanceof Upstreams.LoggedIn in) {
            attempts.succeeded(there.account());
            attempts.end();
            entrance.chain(in, there, mechanism);
        } else {
            refuse(there.account(), (Upstreams.Refused) result);
            attempts.end();
        }
    }

    private void refuse(MailAddress account, Upstreams.Refused refused) throws IOException {
        if (refused.failure() == LoginFailure.REJECTED) {
            attempts.rejected(Optional.of(account), account.toString(), refused.reason(), refused.text());
        } else {
            attempts.failed(refused.failure(), account.toString(), refused.reason());
            dialogue.pause(options.failureDelay(), () -> dialogue.replies().err(refused.text()));
        }
    }
}
