package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.time.Duration;
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
import org.vmail.chain.LoginRoute.Destination;
import org.vmail.domain.LoginResolution;
import org.vmail.internal.Printable;
import org.vmail.net.internal.ChannelBinding;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Wire;
import org.vmail.pop3.Maildrops.Opening;

/**
 * How a client of a session becomes somebody: USER and PASS, APOP and SASL, the penalties for who guesses, and where an
 * account is served. What it ends with is an open maildrop here or a login on another server, for the {@link Entrance}.
 */
final class Authentication {
    private static final Logger LOG = LoggerFactory.getLogger(Authentication.class);
    private static final String WRONG = "[AUTH] the login or the password is wrong";

    /** What a login leads to. */
    interface Entrance {
        /** The session has this maildrop from now on, and has to close it. */
        void serve(Opening.Opened maildrop, String mechanism) throws IOException;

        /** The client is connected with this server from now on. */
        void chain(Upstreams.LoggedIn upstream, Destination.There where, String mechanism) throws IOException;

        /** Whether the client has asked for UTF8. */
        boolean isUtf8();
    }

    /** How far the client has come. */
    private sealed interface State {
        record Named(Optional<String> user) implements State {}

        record Exchanging(SaslMechanism mechanism, SaslExchange exchange) implements State {}

        /** The exchange is decided; the client has to acknowledge what the mechanism said last (RFC 5034, section 4). */
        record Acknowledging(SaslMechanism mechanism, LoginResult.Accepted accepted) implements State {}
    }

    /** Asks somebody who may not be able to answer now. */
    private interface Check<T> {
        T run() throws IOException;
    }

    /** What is done with the answer. */
    private interface Then<T> {
        void take(T answer) throws IOException;
    }

    private static final State NO_USER = new State.Named(Optional.empty());

    private final Pop3Service service;
    private final Pop3Options options;
    private final Dialogue dialogue;
    private final ClientConnection connection;
    private final Replies replies;
    private final Entrance entrance;
    private final Optional<String> apopChallenge;
    private State state = NO_USER;
    private Optional<Attempt> attempt = Optional.empty();
    private String rule;
    private int failedLogins;

    Authentication(Pop3Service service, Dialogue dialogue, Entrance entrance) {
        this.service = service;
        this.options = service.options();
        this.dialogue = dialogue;
        this.connection = dialogue.connection();
        this.replies = dialogue.replies();
        this.entrance = entrance;
        this.rule = dialogue.choice().rule();
        this.apopChallenge = options.apop() && !onlyChainable() ? Optional.of(ApopChallenge.next()) : Optional.empty();
    }

    /** What of a greeting a client needs to log in. */
    Optional<String> apopChallenge() {
        return apopChallenge;
    }

    /** What decided the domain, as far as that is known. */
    String rule() {
        return rule;
    }

    /** Forgets who the client has said to be. */
    void forget() {
        state = NO_USER;
        rule = dialogue.choice().rule();
    }

    /** Ends what is under way. */
    void end() {
        noteUnfinishedExchange();
        state = NO_USER;
        attempt.ifPresent(Attempt::close);
        attempt = Optional.empty();
    }

    /** Whether the next line is none of POP3's commands, but goes to {@link #respond}. */
    boolean awaitsResponse() {
        return !(state instanceof State.Named);
    }

    void respond(Wire.Line line) throws IOException {
        if (state instanceof State.Exchanging exchanging) {
            respond(exchanging, line);
        } else if (state instanceof State.Acknowledging acknowledging) {
            acknowledge(acknowledging, line);
        }
    }

    void user(Command command) throws IOException {
        state = NO_USER;
        if (!clearTextAllowed()) {
            refuseClearText("USER");
        } else if (name(command.argument()).isEmpty()) {
            bad("USER needs a name, in UTF-8");
        } else {
            // The answer does not tell whether there is such a user.
            state = new State.Named(name(command.argument()));
            replies.ok("now the password");
        }
    }

    void pass(Command command) throws IOException {
        Optional<String> user = state instanceof State.Named named ? named.user() : Optional.empty();
        state = NO_USER;
        if (!clearTextAllowed()) {
            refuseClearText("PASS");
        } else if (user.isEmpty()) {
            bad("USER comes first");
        } else {
            Password password = Password.ofOctets(command.argument().getBytes(ISO_8859_1));
            attempt(() -> password("USER", user.get(), password));
        }
    }

    void apop(Command command) throws IOException {
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
            attempt(() -> login(
                    user.get(),
                    () -> service.logins().apop(user.get(), apopChallenge.get(), digest, dialogue.choice()),
                    result -> settle("APOP", result)));
        }
    }

    /** The name in an argument, or empty if it is none: names are in UTF-8 (RFC 6856, section 2.2), lines are octets. */
    private static Optional<String> name(String octets) {
        return Utf8.decode(octets.getBytes(ISO_8859_1))
                .filter(name -> !name.isBlank())
                .flatMap(Logins::prepared);
    }

    void auth(Command command) throws IOException {
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
            SaslExchange exchange = service.logins().begin(mechanism, dialogue.choice(), bindings());
            State.Exchanging exchanging = new State.Exchanging(mechanism, exchange);
            state = exchanging;
            if (initialResponse.isPresent()) {
                respond(exchanging, new Wire.Line.Text(initialResponse.get()));
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

    private void respond(State.Exchanging exchanging, Wire.Line line) throws IOException {
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
        ask("", () -> exchanging.exchange().consider(response.get()), step -> go(exchanging.mechanism(), step));
    }

    private void go(SaslMechanism mechanism, SaslStep step) throws IOException {
        if (step instanceof SaslStep.Challenge challenge) {
            replies.challenge(SaslBase64.encode(challenge.data()));
        } else if (step instanceof SaslStep.Malformed malformed) {
            LOG.debug("{}: {}", mechanism.wireName(), malformed.reason());
            abandonExchange("the response is malformed");
        } else if (step instanceof SaslStep.Check check) {
            check(mechanism, check);
        } else {
            done(mechanism, (SaslStep.Done) step);
        }
    }

    private void check(SaslMechanism mechanism, SaslStep.Check check) throws IOException {
        if (check.credentials().isPresent()) {
            SaslStep.Credentials credentials = check.credentials().get();
            password(mechanism.wireName(), credentials.login(), credentials.password());
        } else {
            String login = check.account().map(MailAddress::toString).orElse("");
            decide(login, check.account(), check.decision()::make, done -> done(mechanism, done));
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
        Optional<LoginResult.Rejected> decided = state instanceof State.Exchanging exchanging
                ? exchanging.exchange().rejection()
                : Optional.empty();
        if (decided.isPresent()) {
            settle(((State.Exchanging) state).mechanism().wireName(), decided.get());
            return;
        }
        end();
        bad(text);
    }

    /** Who leaves in the middle of an exchange has learned something already: that must be counted, and be seen. */
    private void noteUnfinishedExchange() {
        if (state instanceof State.Exchanging exchanging) {
            exchanging
                    .exchange()
                    .rejection()
                    .ifPresent(rejected -> count(rejected.account(), rejected.login(), rejected.reason()));
        } else if (state instanceof State.Acknowledging acknowledging) {
            loginFailed(
                    LoginFailure.ABANDONED,
                    acknowledging.accepted().account().address().toString(),
                    "the proof was right, and the client broke off");
        }
    }

    /** Begins a login: who guesses has to wait, before anything is looked at. */
    private void attempt(Dialogue.Action then) throws IOException {
        Attempt begun = service.throttle().begin(connection.info().remote().getAddress());
        attempt = Optional.of(begun);
        penalize(begun.delay(), then);
    }

    /** Has a password checked by whoever serves the account. */
    private void password(String mechanism, String login, Password password) throws IOException {
        ask(login, () -> destination(login), destination -> {
            if (destination instanceof Destination.There there
                    && there.upstream().masterUser().isEmpty()) {
                rule = there.rule(); // also for the log of a login that comes to nothing
                decide(
                        login,
                        Optional.of(there.account()),
                        () -> service.upstreams().logIn(there, password, connection, entrance.isUtf8()),
                        result -> settle(mechanism, there, result));
            } else if (destination instanceof Destination.Nowhere nowhere) {
                login(
                        login,
                        () -> new LoginResult.Rejected(login, meant(login), nowhere.reason(), rule),
                        result -> settle(mechanism, result));
            } else {
                login(
                        login,
                        () -> service.logins().password(login, password, dialogue.choice()),
                        result -> settle(mechanism, result, () -> destination));
            }
        });
    }

    /** Looks at the secret of an account that is known here. */
    private void login(String login, Check<LoginResult> check, Then<LoginResult> then) throws IOException {
        ask(login, () -> meant(login), meant -> decide(login, meant, check, then));
    }

    private Optional<MailAddress> meant(String login) throws IOException {
        return service.logins().meant(login, dialogue.choice());
    }

    /** Looks at the secret, when it is time for the account. */
    private <T> void decide(String login, Optional<MailAddress> account, Check<T> check, Then<T> then)
            throws IOException {
        Duration delay = attempt.flatMap(begun -> account.map(begun::delayFor)).orElse(Duration.ZERO);
        penalize(delay, () -> ask(login, check, then));
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

    private Destination destination(String login) throws IOException {
        return service.upstreams()
                .route(login, service.logins().resolve(login, dialogue.choice()), dialogue.choice(), connection.info());
    }

    /** Where somebody is served who is known already. */
    private Destination destination(LoginResult.Accepted accepted) throws IOException {
        MailAddress account = accepted.account().address();
        LoginResolution meaning = new LoginResolution.Resolved(account, accepted.rule());
        return service.upstreams().route(account.toString(), meaning, dialogue.choice(), connection.info());
    }

    private void settle(String mechanism, LoginResult result) throws IOException {
        settle(mechanism, result, () -> destination((LoginResult.Accepted) result));
    }

    private void settle(String mechanism, LoginResult result, Check<Destination> where) throws IOException {
        state = NO_USER;
        rule = result.rule();
        if (result instanceof LoginResult.Accepted accepted) {
            MailAddress account = accepted.account().address();
            ask(account.toString(), where, destination -> accepted(mechanism, account, destination));
        } else {
            LoginResult.Rejected rejected = (LoginResult.Rejected) result;
            rejected(rejected.account(), rejected.login(), rejected.reason(), WRONG);
        }
        end();
    }

    private void accepted(String mechanism, MailAddress account, Destination destination) throws IOException {
        if (destination instanceof Destination.Here) {
            attempt.ifPresent(begun -> begun.succeeded(account));
            // Before the answer: a client that is told OK owns the maildrop.
            ask(
                    account.toString(),
                    () -> service.maildrops().open(account),
                    opening -> enter(mechanism, account, opening));
        } else if (destination instanceof Destination.There there
                && there.upstream().masterUser().isPresent()) {
            attempt.ifPresent(begun -> begun.succeeded(account));
            ask(
                    account.toString(),
                    () -> service.upstreams().logInByMaster(there, connection, entrance.isUtf8()),
                    result -> settle(mechanism, there, result));
        } else {
            // Without the password nobody can be logged in elsewhere.
            String reason = destination instanceof Destination.Nowhere nowhere
                    ? nowhere.reason()
                    : account + " is on another server, which " + mechanism + " gives us no password for";
            rejected(Optional.of(account), account.toString(), reason, WRONG);
        }
    }

    private void enter(String mechanism, MailAddress account, Opening opening) throws IOException {
        if (opening instanceof Opening.Opened open) {
            entrance.serve(open, mechanism);
        } else if (opening instanceof Opening.InUse) {
            loginFailed(LoginFailure.IN_USE, account.toString(), "the maildrop is open in another session");
            replies.err("[IN-USE] the maildrop is open in another session");
        } else {
            loginFailed(LoginFailure.TOO_SOON, account.toString(), "the login delay has not passed");
            replies.err("[LOGIN-DELAY] you logged in a short time ago, wait");
        }
    }

    /** What another server has answered. */
    private void settle(String mechanism, Destination.There where, Upstreams.Result result) throws IOException {
        state = NO_USER;
        rule = where.rule();
        if (result instanceof Upstreams.LoggedIn in) {
            attempt.ifPresent(begun -> begun.succeeded(where.account()));
            end();
            entrance.chain(in, where, mechanism);
            return;
        }
        Upstreams.Refused refused = (Upstreams.Refused) result;
        String login = where.account().toString();
        if (refused.failure() == LoginFailure.REJECTED) {
            rejected(
                    Optional.of(where.account()),
                    login,
                    refused.reason(),
                    refused.text().orElse(WRONG));
        } else {
            loginFailed(refused.failure(), login, refused.reason());
            dialogue.pause(
                    options.failureDelay(), () -> replies.err(refused.text().orElse(WRONG)));
        }
        end();
    }

    /** Whatever the reason, the client hears the same about an account of ours (RFC 3206, section 5). */
    private void rejected(Optional<MailAddress> account, String login, String reason, String text) throws IOException {
        count(account, login, reason);
        dialogue.pause(options.failureDelay(), () -> {
            replies.err(text);
            if (++failedLogins == options.maxLoginAttempts()) {
                dialogue.end("too many failed logins");
            }
        });
    }

    private void count(Optional<MailAddress> account, String login, String reason) {
        attempt.ifPresent(begun -> begun.failed(account));
        loginFailed(LoginFailure.REJECTED, login, reason);
    }

    private void unavailable(String login, IOException cause) throws IOException {
        state = NO_USER;
        end();
        LOG.debug("The cause of a login that is not possible now", cause);
        loginFailed(LoginFailure.UNAVAILABLE, login, cause.toString());
        dialogue.pause(options.failureDelay(), () -> replies.temporaryErr("cannot log you in now, try again later"));
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
        dialogue.bad(text, options.maxBadCommandsBeforeLogin());
    }

    boolean clearTextAllowed() {
        return connection.info().encrypted()
                || switch (options.clearTextLogin()) {
                    case NEVER -> false;
                    case LOOPBACK -> connection.info().isLoopback();
                    case ALWAYS -> true;
                };
    }

    List<SaslMechanism> offeredMechanisms() {
        return Stream.of(SaslMechanism.values())
                .filter(this::isPossible)
                .filter(this::isSafe)
                .toList();
    }

    private boolean isPossible(SaslMechanism mechanism) {
        return options.saslMechanisms().contains(mechanism)
                && service.logins().mechanisms(bindings()).contains(mechanism)
                && (givesPassword(mechanism) || !onlyChainable());
    }

    /** Whether somebody could come by a mechanism that works for the accounts here and for no other. */
    private boolean onlyChainable() {
        return options.onlyChainableLogins() && service.upstreams().needPasswords(dialogue.choice());
    }

    private static boolean givesPassword(SaslMechanism mechanism) {
        return mechanism == SaslMechanism.PLAIN || mechanism == SaslMechanism.LOGIN;
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
}
