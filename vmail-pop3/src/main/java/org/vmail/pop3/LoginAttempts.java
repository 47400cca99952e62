package org.vmail.pop3;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.vmail.address.MailAddress;
import org.vmail.auth.LoginThrottle.Attempt;
import org.vmail.internal.Printable;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Wire;

/**
 * The logins of a session, one at a time, whoever checks them: who guesses waits before anything is looked at, and a login that
 * comes to nothing is counted, logged and answered.
 */
final class LoginAttempts {
    private static final Logger LOG = LoggerFactory.getLogger(LoginAttempts.class);
    /** What a client hears who may not learn whether the login or the password is wrong. */
    static final String WRONG = "[AUTH] the login or the password is wrong";

    /** Asks somebody who may not be able to answer now. */
    interface Check<T> {
        T run() throws IOException;
    }

    /** What is done with the answer. */
    interface Then<T> {
        void take(T answer) throws IOException;
    }

    private final Pop3Service service;
    private final Pop3Options options;
    private final Dialogue dialogue;
    private final ClientConnection connection;
    private final Runnable whenOver;
    private Optional<Attempt> attempt = Optional.empty();
    private String rule;
    private int failedLogins;

    /**
     * The logins of a session that has none yet.
     *
     * @param whenOver what happens at the end of each of them
     */
    LoginAttempts(Pop3Service service, Dialogue dialogue, Runnable whenOver) {
        this.service = service;
        this.options = service.options();
        this.dialogue = dialogue;
        this.connection = dialogue.connection();
        this.whenOver = whenOver;
        this.rule = dialogue.choice().rule();
    }

    /** What decided the domain, as far as that is known. */
    String rule() {
        return rule;
    }

    /** More is known of that, also for the log of a login that comes to nothing. */
    void decidedBy(String known) {
        rule = known;
    }

    /** Begins a login, after the time that its network has to wait. */
    void begin(Dialogue.Action then) throws IOException {
        Attempt begun = service.throttle().begin(connection.info());
        attempt = Optional.of(begun);
        penalize(begun.delay(), then);
    }

    /** Looks at the secret, when it is time for the account. */
    <T> void decide(String login, Optional<MailAddress> account, Check<T> check, Then<T> then) throws IOException {
        Duration delay = attempt.flatMap(begun -> account.map(begun::delayFor)).orElse(Duration.ZERO);
        penalize(delay, () -> ask(login, check, then));
    }

    /** Asks, and ends the login if there is no answer. */
    <T> void ask(String login, Check<T> check, Then<T> then) throws IOException {
        T answer;
        try {
            answer = check.run();
        } catch (IOException e) {
            unavailable(login, e);
            return;
        }
        then.take(answer);
    }

    /** Lets a guesser wait. If the wait is cut short, nothing is looked at, or it would have been a free guess. */
    private void penalize(Duration delay, Dialogue.Action then) throws IOException {
        dialogue.pause(delay, () -> {
            if (!delay.isZero() && connection.isStopping()) {
                dialogue.end(Wire.EndReason.STOPPING.toString());
            } else if (!connection.isOpen()) {
                dialogue.end(dialogue.endReason());
            } else {
                then.run();
            }
        });
    }

    /** The secret was right. */
    void succeeded(MailAddress account) {
        attempt.ifPresent(begun -> begun.succeeded(account));
    }

    /** The secret was wrong. Whatever the reason, the client hears the same about an account of ours (RFC 3206, section 5). */
    void rejected(Optional<MailAddress> account, String login, String reason) throws IOException {
        rejected(account, login, reason, WRONG);
    }

    /** The same in the words of who has found it wrong. */
    void rejected(Optional<MailAddress> account, String login, String reason, String text) throws IOException {
        count(account, login, reason);
        dialogue.pause(options.failureDelay(), () -> {
            dialogue.replies().err(text);
            if (++failedLogins == options.maxLoginAttempts()) {
                dialogue.end("too many failed logins");
            }
        });
    }

    /** The secret was wrong, and nobody waits for the answer. */
    void count(Optional<MailAddress> account, String login, String reason) {
        attempt.ifPresent(begun -> account.ifPresentOrElse(begun::failed, begun::failed));
        failed(LoginFailure.REJECTED, login, reason);
    }

    private void unavailable(String login, IOException cause) throws IOException {
        end();
        LOG.debug("The cause of a login that is not possible now", cause);
        failed(LoginFailure.UNAVAILABLE, login, cause.toString());
        dialogue.pause(
                options.failureDelay(),
                () -> dialogue.replies().temporaryErr("cannot log you in now, try again later"));
    }

    /** Notes that a login comes to nothing, which is no guesser's doing. */
    void failed(LoginFailure failure, String login, String reason) {
        LOG.atLevel(failure == LoginFailure.UNAVAILABLE ? Level.ERROR : Level.INFO)
                .log(
                        "Login failed: client={} target={} login={} reason=[{}] rule=[{}]",
                        connection.clientText(),
                        connection.targetText(),
                        Printable.quoted(login),
                        reason,
                        rule);
        service.listener().loginFailed(connection.info(), failure, Printable.of(login), reason);
    }

    /** Ends the login, if there is one. */
    void end() {
        attempt.ifPresent(Attempt::close);
        attempt = Optional.empty();
        whenOver.run();
    }
}
