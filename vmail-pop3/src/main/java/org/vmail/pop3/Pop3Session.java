package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.auth.Password;
import org.vmail.domain.DomainChoice;
import org.vmail.internal.Printable;
import org.vmail.mailbox.Maildrop;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.HttpRequest;
import org.vmail.net.internal.Wire;
import org.vmail.pop3.LoginService.Outcome;

/**
 * One POP3 session (RFC 1939): a greeting, then a command and a reply at a time, until QUIT or until the client, the time
 * or the server is gone. Only QUIT after a login removes messages.
 */
final class Pop3Session {
    private static final Logger LOG = LoggerFactory.getLogger(Pop3Session.class);
    private static final List<String> CAPABILITIES =
            List.of("TOP", "UIDL", "USER", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE", "IMPLEMENTATION vmail");

    /** Where the session stands; each state carries what belongs to it. */
    private sealed interface State {
        record Authorization(Optional<String> user) implements State {}

        record LoggedIn(Transaction transaction) implements State {}

        record Ended(String reason) implements State {}
    }

    private static final State NO_USER = new State.Authorization(Optional.empty());

    private final LoginService logins;
    private final Pop3Options options;
    private final ClientConnection connection;
    private final DomainChoice choice;
    private final Wire wire;
    private final Replies replies;
    private final long loginDeadline;
    private State state = NO_USER;
    private Optional<Maildrop> maildrop = Optional.empty();
    private Optional<Transaction> transaction = Optional.empty();
    private String account = "none";
    private String rule;
    private int failedLogins;
    private int badCommands;

    Pop3Session(LoginService logins, Pop3Options options, ClientConnection connection, DomainChoice choice) {
        this.logins = logins;
        this.options = options;
        this.connection = connection;
        this.choice = choice;
        this.rule = choice.rule();
        this.wire = new Wire(connection);
        this.replies = new Replies(wire);
        this.loginDeadline = System.nanoTime() + options.loginTimeout().toNanos();
    }

    void run() throws IOException {
        String reason = "the connection broke";
        try {
            replies.ok(options.greeting());
            while (!(state instanceof State.Ended)) {
                step();
            }
            reason = ((State.Ended) state).reason();
            wire.flush();
        } catch (RuntimeException e) {
            reason = "internal error";
            apologise();
            throw e;
        } finally {
            try {
                closeMaildrop();
            } finally {
                log(reason);
            }
        }
    }

    private void step() throws IOException {
        if (!(state instanceof State.LoggedIn) && System.nanoTime() - loginDeadline >= 0) {
            // One that is never silent would not be stopped by the time-out of a wait.
            end("the client did not log in in time");
            return;
        }
        Wire.Line line = wire.readLine(options.maxLineOctets(), timeout());
        if (line instanceof Wire.Line.Text text) {
            command(text.text());
        } else if (line instanceof Wire.Line.End end) {
            // Without a word, even at a time-out (RFC 1939, section 3).
            end(end.reason().toString());
        } else {
            bad("line too long");
        }
    }

    private void command(String line) throws IOException {
        Optional<Command> command = Command.parse(line);
        boolean loggedIn = state instanceof State.LoggedIn;
        if (command.isEmpty() && HttpRequest.isLine(line)) {
            end("the client speaks HTTP");
        } else if (command.isEmpty()) {
            bad("unknown command");
        } else if (!command.get().verb().isAllowed(loggedIn)) {
            bad(loggedIn ? "already logged in" : "log in first");
        } else if (!command.get().verb().takesArgument()
                && !command.get().arguments().isEmpty()) {
            bad("this command has no argument");
        } else if (state instanceof State.LoggedIn in) {
            transact(command.get(), in.transaction());
        } else {
            authorize(command.get());
        }
    }

    private void authorize(Command command) throws IOException {
        switch (command.verb()) {
            case CAPA -> capa();
            case QUIT -> {
                replies.ok("goodbye");
                end("quit");
            }
            case USER -> user(command);
            case PASS -> pass(command);
            default -> throw new IllegalStateException(command + " is not for this state");
        }
    }

    private void transact(Command command, Transaction open) throws IOException {
        switch (command.verb()) {
            case CAPA -> capa();
            case DELE -> open.dele(command);
            case LIST -> open.list(command);
            case NOOP -> open.noop();
            case QUIT -> {
                open.quit();
                end("quit");
            }
            case RETR -> open.retr(command);
            case RSET -> open.rset();
            case STAT -> open.stat();
            case TOP -> open.top(command);
            case UIDL -> open.uidl(command);
            default -> throw new IllegalStateException(command + " is not for this state");
        }
    }

    private void capa() throws IOException {
        replies.beginMultiline("capabilities follow");
        for (String capability : CAPABILITIES) {
            replies.line(capability);
        }
        replies.endMultiline();
    }

    private void user(Command command) throws IOException {
        state = NO_USER;
        if (command.argument().isBlank()) {
            bad("USER needs a name");
            return;
        }
        // Octets of UTF-8 (RFC 6856, section 2.2). The answer does not tell whether there is such a user.
        state = new State.Authorization(
                Optional.of(new String(command.argument().getBytes(ISO_8859_1), UTF_8)));
        replies.ok("now the password");
    }

    private void pass(Command command) throws IOException {
        Optional<String> user = state instanceof State.Authorization before ? before.user() : Optional.empty();
        if (user.isEmpty()) {
            bad("USER comes first");
            return;
        }
        state = NO_USER;
        Outcome outcome;
        try {
            outcome = logins.login(
                    user.get(), Password.ofOctets(command.argument().getBytes(ISO_8859_1)), choice);
        } catch (IOException e) {
            LOG.error(
                    "Login not possible now: client={} login={}: {}",
                    connection.clientText(),
                    Printable.quoted(user.get()),
                    e.toString());
            LOG.debug("The cause of that", e);
            answerLate("[SYS/TEMP] cannot log you in now, try again later");
            return;
        }
        rule = outcome.rule();
        if (outcome instanceof Outcome.LoggedIn in) {
            maildrop = Optional.of(in.maildrop());
            account = in.account().toString();
            Transaction opened = new Transaction(in.account(), in.maildrop(), replies);
            transaction = Optional.of(opened);
            state = new State.LoggedIn(opened);
            replies.ok("maildrop has " + opened.contents());
        } else if (outcome instanceof Outcome.InUse inUse) {
            LOG.info("The maildrop of {} is in use: client={}", inUse.account(), connection.clientText());
            replies.err("[IN-USE] the maildrop is open in another session");
        } else if (outcome instanceof Outcome.Failed failed) {
            loginFailed(user.get(), failed);
        }
    }

    /** Whatever the reason, the client hears the same (RFC 3206, section 5). */
    private void loginFailed(String login, Outcome.Failed failed) throws IOException {
        LOG.info(
                "Login failed: client={} target={} login={} reason=[{}] rule=[{}]",
                connection.clientText(),
                connection.targetText(),
                Printable.quoted(login),
                failed.reason(),
                failed.rule());
        answerLate("[AUTH] the login or the password is wrong");
        if (++failedLogins == options.maxLoginAttempts()) {
            end("too many failed logins");
        }
    }

    private void answerLate(String text) throws IOException {
        connection.pause(options.failureDelay());
        replies.err(text);
    }

    private void bad(String text) throws IOException {
        replies.err(text);
        if (++badCommands == options.maxBadCommands()) {
            end("too many bad commands");
        }
    }

    private Duration timeout() {
        return state instanceof State.LoggedIn
                ? options.commandTimeout()
                : Duration.ofNanos(Math.max(0, loginDeadline - System.nanoTime()));
    }

    /** A bug is none of the client's business, but a reply is, unless it would land in the middle of a message. */
    private void apologise() throws IOException {
        if (!replies.inMultiline()) {
            replies.temporaryErr("internal error, try again later");
            wire.flush();
        }
    }

    private void end(String reason) {
        state = new State.Ended(reason);
    }

    private void closeMaildrop() throws IOException {
        if (maildrop.isPresent()) {
            maildrop.get().close();
        }
    }

    private void log(String reason) {
        LOG.info(
                "Session ended: client={} target={} account={} rule=[{}] {} end=[{}]",
                connection.clientText(),
                connection.targetText(),
                account,
                rule,
                transaction.map(Transaction::summary).orElse("nothing was opened"),
                reason);
    }
}
