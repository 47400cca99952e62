package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.base.Ascii;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.vmail.address.MailAddress;
import org.vmail.auth.LoginThrottle.Attempt;
import org.vmail.auth.Password;
import org.vmail.auth.SaslMechanism;
import org.vmail.auth.internal.ChannelBindings;
import org.vmail.auth.internal.LoginResult;
import org.vmail.auth.internal.Logins;
import org.vmail.auth.internal.SaslBase64;
import org.vmail.auth.internal.SaslExchange;
import org.vmail.auth.internal.SaslStep;
import org.vmail.auth.internal.Utf8;
import org.vmail.domain.DomainChoice;
import org.vmail.internal.Printable;
import org.vmail.net.internal.ChannelBinding;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Conversation;
import org.vmail.net.internal.HttpRequest;
import org.vmail.net.internal.Wire;
import org.vmail.pop3.Maildrops.Opening;

/**
 * One POP3 session (RFC 1939): a greeting, then a command and a reply at a time, until QUIT or until the client, the time
 * or the server is gone. Only QUIT after a login removes messages.
 */
final class Pop3Session implements Conversation {
    private static final Logger LOG = LoggerFactory.getLogger(Pop3Session.class);

    /** Where the session stands; each state carries what belongs to it. */
    private sealed interface State {
        record Authorization(Optional<String> user) implements State {}

        record Authenticating(SaslMechanism mechanism, SaslExchange exchange) implements State {}

        /** The exchange is decided; the client has to acknowledge what the mechanism said last (RFC 5034, section 4). */
        record Acknowledging(SaslMechanism mechanism, LoginResult.Accepted accepted) implements State {}

        record LoggedIn(Transaction transaction) implements State {}

        record Ended(String reason) implements State {}
    }

    /** What is done once a pause is over. */
    private interface Action {
        void run() throws IOException;
    }

    /** A pause, and what comes after it. */
    private record Pause(Duration duration, Action then) {}

    /** Asks somebody who may not be able to answer now. */
    private interface Check<T> {
        T run() throws IOException;
    }

    /** What is done with the answer. */
    private interface Then<T> {
        void take(T answer) throws IOException;
    }

    private static final State NO_USER = new State.Authorization(Optional.empty());

    private final Pop3Service service;
    private final Pop3Options options;
    private final ClientConnection connection;
    private final Wire wire;
    private final Replies replies;
    private final long begun;
    private final Optional<String> apopChallenge;
    private DomainChoice choice;
    private State state = NO_USER;
    private Optional<Pause> pause = Optional.empty();
    private Optional<Attempt> attempt = Optional.empty();
    private Optional<Opening.Opened> opened = Optional.empty();
    private Optional<Transaction> transaction = Optional.empty();
    private String rule;
    private String endReason = "the connection broke";
    private boolean greeted;
    private boolean utf8;
    private int failedLogins;
    private int badCommands;

    /**
     * A session whose greeting is still to come.
     *
     * @param begun when the client connected, in nanoseconds: a TLS handshake is part of the time to log in
     */
    Pop3Session(Pop3Service service, ClientConnection connection, DomainChoice choice, long begun) {
        this.begun = begun;
        this.service = service;
        this.options = service.options();
        this.connection = connection;
        this.choice = choice;
        this.rule = choice.rule();
        this.wire = new Wire(connection);
        this.replies = new Replies(wire);
        this.apopChallenge = options.apop() ? Optional.of(ApopChallenge.next()) : Optional.empty();
    }

    @Override
    public Optional<Duration> proceed() throws IOException {
        try {
            if (!greeted) {
                greeted = true;
                replies.ok(options.greeting()
                        + apopChallenge.map(challenge -> " " + challenge).orElse(""));
            }
            Optional<Pause> over = pause;
            pause = Optional.empty();
            if (over.isPresent()) {
                over.get().then().run();
            }
            while (pause.isEmpty() && !(state instanceof State.Ended)) {
                step();
            }
            wire.flush();
            return pause.map(Pause::duration);
        } catch (RuntimeException e) {
            end("internal error");
            releaseMaildrop();
            apologise();
            throw e;
        }
    }

    @Override
    public void end() {
        noteUnfinishedExchange();
        if (state instanceof State.Ended ended) {
            endReason = ended.reason();
        }
        endAttempt();
        releaseMaildrop();
        SessionSummary summary = summary();
        LOG.atLevel(connection.isProxyCheck(summary.octetsIn()) ? Level.DEBUG : Level.INFO)
                .log(
                        "Session ended: client={} target={} account={} rule=[{}] messages={} retrieved={} removed={} in={} out={} end=[{}]",
                        connection.clientText(),
                        connection.targetText(),
                        summary.account().map(MailAddress::toString).orElse("none"),
                        summary.rule(),
                        summary.messages(),
                        summary.retrieved(),
                        summary.removed(),
                        summary.octetsIn(),
                        summary.octetsOut(),
                        summary.reason());
        service.listener().ended(connection.info(), summary);
    }

    private SessionSummary summary() {
        return new SessionSummary(
                opened.map(Opening.Opened::account),
                rule,
                transaction.map(Transaction::size).orElse(0),
                transaction.map(Transaction::retrieved).orElse(0),
                transaction.map(Transaction::removed).orElse(0),
                wire.octetsIn(),
                wire.octetsOut(),
                Duration.ofNanos(System.nanoTime() - begun),
                endReason);
    }

    private void step() throws IOException {
        if (!isLoggedIn() && timeToLogIn().isZero()) {
            // One that is never silent would not be stopped by the time-out of a wait.
            end("the client did not log in in time");
            return;
        }
        int maxOctets =
                isLoggedIn() ? options.maxLineOctets() : Math.max(options.maxLineOctets(), options.maxSaslOctets());
        Wire.Line line = wire.readLine(maxOctets, isLoggedIn() ? options.commandTimeout() : timeToLogIn());
        if (line instanceof Wire.Line.End end) {
            // Without a word, even at a time-out (RFC 1939, section 3).
            end(end.reason().toString());
        } else if (state instanceof State.Authenticating authenticating) {
            respond(authenticating, line);
        } else if (state instanceof State.Acknowledging acknowledging) {
            acknowledge(acknowledging, line);
        } else if (line instanceof Wire.Line.Text text) {
            command(text.text());
        } else {
            bad("line too long");
        }
    }

    private void command(String line) throws IOException {
        Optional<Command> command = Command.parse(line);
        boolean loggedIn = isLoggedIn();
        if (command.isEmpty() && HttpRequest.isLine(line)) {
            end("the client speaks HTTP");
        } else if (line.length() + 2 > options.maxLineOctets()
                && command.filter(known -> known.verb() == Verb.AUTH).isEmpty()) {
            bad("line too long");
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
            case APOP -> apop(command);
            case AUTH -> auth(command);
            case CAPA -> capa();
            case LANG -> lang(command);
            case PASS -> pass(command);
            case QUIT -> {
                replies.ok("goodbye");
                end("quit");
            }
            case STLS -> stls();
            case USER -> user(command);
            case UTF8 -> utf8();
            default -> throw new IllegalStateException(command + " is not for this state");
        }
    }

    private void transact(Command command, Transaction open) throws IOException {
        switch (command.verb()) {
            case CAPA -> capa();
            case DELE -> open.dele(command);
            case LANG -> lang(command);
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

    /** Each says in its RFC in which states it is announced; all but STLS are in both. */
    private void capa() throws IOException {
        List<String> capabilities =
                new ArrayList<>(List.of("TOP", "UIDL", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE"));
        if (clearTextAllowed()) {
            capabilities.add("USER");
        }
        List<SaslMechanism> mechanisms = offeredMechanisms();
        if (!mechanisms.isEmpty()) {
            capabilities.add("SASL "
                    + String.join(
                            " ",
                            mechanisms.stream().map(SaslMechanism::wireName).toList()));
        }
        if (!isLoggedIn() && mayStartTls()) {
            capabilities.add("STLS");
        }
        capabilities.add("UTF8 USER");
        capabilities.add("LANG");
        options.expire().ifPresent(expire -> capabilities.add("EXPIRE " + expire));
        if (!options.loginDelay().isZero()) {
            capabilities.add("LOGIN-DELAY " + options.loginDelay().toSeconds());
        }
        capabilities.add("IMPLEMENTATION vmail");

        replies.beginMultiline("capabilities follow");
        for (String capability : capabilities) {
            replies.line(capability);
        }
        replies.endMultiline();
    }

    private void stls() throws IOException {
        if (connection.info().encrypted()) {
            bad("TLS is active already");
        } else if (service.tls().isEmpty()) {
            bad("TLS is not available");
        } else if (utf8) {
            bad("STLS comes before UTF8"); // RFC 6856, section 2.1
        } else if (wire.hasUnread()) {
            // What is sent behind STLS in clear text would be taken for what was said within TLS.
            replies.err("nothing may follow STLS");
            end("the client sent something behind STLS");
        } else {
            replies.ok("begin TLS now");
            wire.flush();
            connection.startTls(service.tls().get(), Pop3Service.ALPN, timeToLogIn());
            service.listener().encrypted(connection.info());
            // Nothing that was said in clear text counts any more (RFC 2595, section 4).
            state = NO_USER;
            badCommands = 0;
            chooseAgain();
        }
    }

    /** The client may have named a server. There is no reply in which it could hear that the domain is not known now. */
    private void chooseAgain() {
        try {
            choice = service.chooseAgain(connection, choice);
            rule = choice.rule();
        } catch (IOException e) {
            LOG.warn("The domain of a connection to {} is not known: {}", connection.targetText(), e.toString());
            end("the domain is not known within TLS");
        }
    }

    private void utf8() throws IOException {
        utf8 = true;
        replies.ok("UTF8 enabled");
    }

    /** There is one language, so nothing changes (RFC 6856, section 3). */
    private void lang(Command command) throws IOException {
        String wanted = Ascii.toLowerCase(command.argument().trim());
        if (wanted.isEmpty()) {
            replies.beginMultiline("languages follow");
            replies.line("en English");
            replies.endMultiline();
        } else if (wanted.equals("*") || wanted.equals("en") || wanted.startsWith("en-")) {
            replies.ok("en English it is");
        } else {
            replies.err("no such language");
        }
    }

    private void user(Command command) throws IOException {
        state = NO_USER;
        if (!clearTextAllowed()) {
            refuseClearText("USER");
        } else if (name(command.argument()).isEmpty()) {
            bad("USER needs a name, in UTF-8");
        } else {
            // The answer does not tell whether there is such a user.
            state = new State.Authorization(name(command.argument()));
            replies.ok("now the password");
        }
    }

    private void pass(Command command) throws IOException {
        Optional<String> user = state instanceof State.Authorization before ? before.user() : Optional.empty();
        state = NO_USER;
        if (!clearTextAllowed()) {
            refuseClearText("PASS");
        } else if (user.isEmpty()) {
            bad("USER comes first");
        } else {
            Password password = Password.ofOctets(command.argument().getBytes(ISO_8859_1));
            login("USER", user.get(), () -> service.logins().password(user.get(), password, choice));
        }
    }

    private void apop(Command command) throws IOException {
        state = NO_USER;
        int space = command.argument().lastIndexOf(' ');
        Optional<String> user =
                space < 0 ? Optional.empty() : name(command.argument().substring(0, space));
        if (apopChallenge.isEmpty()) {
            bad("APOP is not available");
        } else if (user.isEmpty()) {
            bad("APOP needs a name and a digest");
        } else {
            String digest = command.argument().substring(space + 1);
            login("APOP", user.get(), () -> service.logins().apop(user.get(), apopChallenge.get(), digest, choice));
        }
    }

    /** The name in an argument, or empty if it is none: names are in UTF-8 (RFC 6856, section 2.2), lines are octets. */
    private static Optional<String> name(String octets) {
        return Utf8.decode(octets.getBytes(ISO_8859_1))
                .filter(name -> !name.isBlank())
                .flatMap(Logins::prepared);
    }

    private void auth(Command command) throws IOException {
        state = NO_USER;
        List<String> arguments = command.arguments();
        if (arguments.isEmpty()) {
            listMechanisms();
            return;
        }
        Optional<SaslMechanism> mechanism =
                SaslMechanism.parse(arguments.get(0)).filter(this::isPossible);
        if (arguments.size() > 2) {
            bad("AUTH needs a mechanism and no more than an initial response");
        } else if (mechanism.isEmpty()) {
            bad("no such mechanism");
        } else if (!isSafe(mechanism.get())) {
            refuseClearText(mechanism.get().wireName());
        } else {
            begin(mechanism.get(), arguments.stream().skip(1).findFirst());
        }
    }

    private void begin(SaslMechanism mechanism, Optional<String> initialResponse) throws IOException {
        attempt(() -> {
            SaslExchange exchange = service.logins().begin(mechanism, choice, bindings());
            State.Authenticating authenticating = new State.Authenticating(mechanism, exchange);
            state = authenticating;
            if (initialResponse.isPresent()) {
                respond(authenticating, new Wire.Line.Text(initialResponse.get()));
            } else {
                replies.challenge(SaslBase64.encode(exchange.start().data()));
            }
        });
    }

    /** As RFC 1734 servers answered, and old clients ask before anything else. */
    private void listMechanisms() throws IOException {
        if (!options.workarounds().contains(Workaround.BARE_AUTH)) {
            bad("AUTH needs a mechanism");
            return;
        }
        replies.beginMultiline("mechanisms follow");
        for (SaslMechanism mechanism : offeredMechanisms()) {
            replies.line(mechanism.wireName());
        }
        replies.endMultiline();
    }

    private void respond(State.Authenticating authenticating, Wire.Line line) throws IOException {
        if (!(line instanceof Wire.Line.Text text) || text.text().length() + 2 > options.maxSaslOctets()) {
            abandonExchange("the response is too long");
            return;
        }
        if (text.text().equals("*")) {
            abandonExchange("authentication cancelled");
            return;
        }
        Optional<byte[]> response = SaslBase64.decode(text.text());
        if (response.isEmpty()) {
            abandonExchange("the response is not in base64");
            return;
        }
        ask("", () -> authenticating.exchange().consider(response.get()), step -> go(authenticating.mechanism(), step));
    }

    private void go(SaslMechanism mechanism, SaslStep step) throws IOException {
        if (step instanceof SaslStep.Challenge challenge) {
            replies.challenge(SaslBase64.encode(challenge.data()));
        } else if (step instanceof SaslStep.Malformed malformed) {
            LOG.debug("{}: {}", mechanism.wireName(), malformed.reason());
            abandonExchange("the response is malformed");
        } else if (step instanceof SaslStep.Check check) {
            String login = check.account().map(MailAddress::toString).orElse("");
            decide(login, check.account(), check.decision()::make, done -> done(mechanism, done));
        } else {
            done(mechanism, (SaslStep.Done) step);
        }
    }

    private void done(SaslMechanism mechanism, SaslStep.Done done) throws IOException {
        // What a mechanism says along with a rejection has no place in POP3.
        if (done.finalData().isPresent() && done.result() instanceof LoginResult.Accepted accepted) {
            state = new State.Acknowledging(mechanism, accepted);
            replies.challenge(SaslBase64.encode(done.finalData().get()));
        } else {
            settle(mechanism.wireName(), done.result());
        }
    }

    private void acknowledge(State.Acknowledging acknowledging, Wire.Line line) throws IOException {
        boolean empty = line instanceof Wire.Line.Text text
                && (text.text().isEmpty() || text.text().equals("="));
        if (empty) {
            settle(acknowledging.mechanism().wireName(), acknowledging.accepted());
        } else {
            abandonExchange("authentication cancelled");
        }
    }

    private void abandonExchange(String text) throws IOException {
        Optional<LoginResult.Rejected> decided = state instanceof State.Authenticating authenticating
                ? authenticating.exchange().rejection()
                : Optional.empty();
        if (decided.isPresent()) {
            state = NO_USER;
            rejected(decided.get());
            endAttempt();
            return;
        }
        noteUnfinishedExchange();
        state = NO_USER;
        endAttempt();
        bad(text);
    }

    /** Who leaves in the middle of an exchange has learned something already: that must be counted, and be seen. */
    private void noteUnfinishedExchange() {
        if (state instanceof State.Authenticating authenticating) {
            authenticating.exchange().rejection().ifPresent(this::countRejected);
        } else if (state instanceof State.Acknowledging acknowledging) {
            loginFailed(
                    LoginFailure.ABANDONED,
                    acknowledging.accepted().account().address().toString(),
                    "the proof was right, and the client broke off");
        }
    }

    /** Checks a login that comes in one command. */
    private void login(String mechanism, String login, Check<LoginResult> check) throws IOException {
        attempt(() -> ask(
                login,
                () -> service.logins().meant(login, choice),
                meant -> decide(login, meant, check, result -> settle(mechanism, result))));
    }

    /** Begins a login: who guesses has to wait, before anything is looked at. */
    private void attempt(Action then) throws IOException {
        Attempt begun = service.throttle().begin(connection.info().remote().getAddress());
        attempt = Optional.of(begun);
        penalize(begun.delay(), then);
    }

    /** Looks at the secret, when it is time for the account. */
    private <T> void decide(String login, Optional<MailAddress> account, Check<T> check, Then<T> then)
            throws IOException {
        Duration delay = attempt.flatMap(begun -> account.map(begun::delayFor)).orElse(Duration.ZERO);
        penalize(delay, () -> ask(login, check, then));
    }

    /** Lets a guesser wait. If the wait is cut short, nothing is looked at, or it would have been a free guess. */
    private void penalize(Duration delay, Action then) throws IOException {
        pause(delay, () -> {
            if (!delay.isZero() && connection.isStopping()) {
                end(Wire.EndReason.STOPPING.toString());
            } else if (!connection.isOpen()) {
                end(endReason);
            } else {
                then.run();
            }
        });
    }

    private <T> void ask(String login, Check<T> check, Then<T> then) throws IOException {
        T answer;
        try {
            answer = check.run();
        } catch (IOException e) {
            unavailable(login, e);
            return;
        }
        then.take(answer);
    }

    private void endAttempt() {
        attempt.ifPresent(Attempt::close);
        attempt = Optional.empty();
    }

    private void pause(Duration delay, Action then) throws IOException {
        if (delay.isZero()) {
            then.run();
        } else {
            pause = Optional.of(new Pause(delay, then));
        }
    }

    private void settle(String mechanism, LoginResult result) throws IOException {
        state = NO_USER;
        rule = result.rule();
        if (result instanceof LoginResult.Accepted accepted) {
            accepted(mechanism, accepted);
        } else {
            rejected((LoginResult.Rejected) result);
        }
        endAttempt();
    }

    private void accepted(String mechanism, LoginResult.Accepted accepted) throws IOException {
        MailAddress account = accepted.account().address();
        attempt.ifPresent(begun -> begun.succeeded(account));
        // Before the answer: a client that is told OK owns the maildrop.
        ask(account.toString(), () -> service.maildrops().open(account), opening -> enter(mechanism, account, opening));
    }

    private void enter(String mechanism, MailAddress account, Opening opening) throws IOException {
        if (opening instanceof Opening.Opened open) {
            opened = Optional.of(open);
            Transaction begunNow = new Transaction(open, replies, new Rendering(options, utf8), service.listener());
            transaction = Optional.of(begunNow);
            state = new State.LoggedIn(begunNow);
            badCommands = 0; // they have a bound of their own from here on
            connection.establish();
            service.listener().loggedIn(connection.info(), account, mechanism, rule);
            replies.ok("maildrop has " + begunNow.contents());
        } else if (opening instanceof Opening.InUse) {
            loginFailed(LoginFailure.IN_USE, account.toString(), "the maildrop is open in another session");
            replies.err("[IN-USE] the maildrop is open in another session");
        } else {
            loginFailed(LoginFailure.TOO_SOON, account.toString(), "the login delay has not passed");
            replies.err("[LOGIN-DELAY] you logged in a short time ago, wait");
        }
    }

    /** Whatever the reason, the client hears the same (RFC 3206, section 5). */
    private void rejected(LoginResult.Rejected rejected) throws IOException {
        countRejected(rejected);
        pause(options.failureDelay(), () -> {
            replies.err("[AUTH] the login or the password is wrong");
            if (++failedLogins == options.maxLoginAttempts()) {
                end("too many failed logins");
            }
        });
    }

    private void countRejected(LoginResult.Rejected rejected) {
        attempt.ifPresent(begun -> begun.failed(rejected.account()));
        loginFailed(LoginFailure.REJECTED, rejected.login(), rejected.reason());
    }

    private void unavailable(String login, IOException cause) throws IOException {
        state = NO_USER;
        endAttempt();
        LOG.debug("The cause of a login that is not possible now", cause);
        loginFailed(LoginFailure.UNAVAILABLE, login, cause.toString());
        pause(options.failureDelay(), () -> replies.temporaryErr("cannot log you in now, try again later"));
    }

    private void refuseClearText(String what) throws IOException {
        loginFailed(LoginFailure.CLEAR_TEXT, "", what + " without TLS");
        bad("[AUTH] this way of logging in needs TLS");
    }

    private void loginFailed(LoginFailure failure, String login, String reason) {
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

    private void bad(String text) throws IOException {
        replies.err(text);
        int most = isLoggedIn() ? options.maxBadCommands() : options.maxBadCommandsBeforeLogin();
        if (++badCommands == most) {
            end("too many bad commands");
        }
    }

    private boolean isLoggedIn() {
        return state instanceof State.LoggedIn;
    }

    private boolean mayStartTls() {
        return service.tls().isPresent() && !connection.info().encrypted();
    }

    private boolean clearTextAllowed() {
        return connection.info().encrypted()
                || switch (options.clearTextLogin()) {
                    case NEVER -> false;
                    case LOOPBACK -> connection.info().isLoopback();
                    case ALWAYS -> true;
                };
    }

    private List<SaslMechanism> offeredMechanisms() {
        return Stream.of(SaslMechanism.values())
                .filter(this::isPossible)
                .filter(this::isSafe)
                .toList();
    }

    private boolean isPossible(SaslMechanism mechanism) {
        return options.saslMechanisms().contains(mechanism)
                && service.logins().mechanisms(bindings()).contains(mechanism);
    }

    private boolean isSafe(SaslMechanism mechanism) {
        return !mechanism.showsSecret() || clearTextAllowed();
    }

    /** None unless channel binding is offered: a client that could bind must not find that we could have, too. */
    private ChannelBindings bindings() {
        return options.saslMechanisms().contains(SaslMechanism.SCRAM_SHA_256_PLUS)
                ? new ChannelBindings(
                        connection.channelBinding(ChannelBinding.TLS_SERVER_END_POINT),
                        connection.channelBinding(ChannelBinding.TLS_EXPORTER))
                : ChannelBindings.none();
    }

    /** The time that is left until the client must have logged in; never negative. */
    private Duration timeToLogIn() {
        Duration left = options.loginTimeout().minusNanos(System.nanoTime() - begun);
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** A bug is none of the client's business, but a reply is, unless it would land in the middle of a message. */
    private void apologise() throws IOException {
        if (!replies.inMultiline()) {
            replies.temporaryErr("internal error, try again later");
            wire.flush();
        }
    }

    private void end(String reason) {
        noteUnfinishedExchange();
        state = new State.Ended(reason);
    }

    private void releaseMaildrop() {
        opened.ifPresent(Opening.Opened::close);
    }
}
