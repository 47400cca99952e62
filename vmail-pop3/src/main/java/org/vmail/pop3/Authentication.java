package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
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
import org.vmail.net.internal.ChannelBinding;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Wire;
import org.vmail.pop3.Maildrops.Opening;

/**
 * How a client of a session becomes somebody: USER and PASS, APOP and SASL. What it ends with is an open maildrop here or, by
 * way of {@link ChainedLogins}, a login on another server, for the {@link Entrance}.
 */
final class Authentication {
    private static final Logger LOG = LoggerFactory.getLogger(Authentication.class);

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

    private static final State NO_USER = new State.Named(Optional.empty());

    private final Pop3Service service;
    private final Pop3Options options;
    private final Dialogue dialogue;
    private final ClientConnection connection;
    private final Replies replies;
    private final Entrance entrance;
    private final LoginAttempts attempts;
    private final ChainedLogins chained;
    private final Optional<String> apopChallenge;
    private State state = NO_USER;

    Authentication(Pop3Service service, Dialogue dialogue, Entrance entrance) {
        this.service = service;
        this.options = service.options();
        this.dialogue = dialogue;
        this.connection = dialogue.connection();
        this.replies = dialogue.replies();
        this.entrance = entrance;
        this.attempts = new LoginAttempts(service, dialogue, () -> state = NO_USER);
        this.chained = new ChainedLogins(service, dialogue, attempts, entrance);
        this.apopChallenge =
                options.apop() && !chained.needPasswords() ? Optional.of(ApopChallenge.next()) : Optional.empty();
    }

    /** What of a greeting a client needs to log in. */
    Optional<String> apopChallenge() {
        return apopChallenge;
    }

    /** What decided the domain, as far as that is known. */
    String rule() {
        return attempts.rule();
    }

    /** Forgets who the client has said to be. */
    void forget() {
        state = NO_USER;
        attempts.decidedBy(dialogue.choice().rule());
    }

    /** Ends what is under way. */
    void end() {
        noteUnfinishedExchange();
        attempts.end();
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
            attempts.begin(() -> password("USER", user.get(), password));
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
            attempts.begin(() -> login(
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
        attempts.begin(() -> {
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
        attempts.ask(
                "", () -> exchanging.exchange().consider(response.get()), step -> go(exchanging.mechanism(), step));
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
            state = NO_USER; // all that the mechanism is for is said
            password(mechanism.wireName(), credentials.login(), credentials.password());
        } else {
            String login = check.account().map(MailAddress::toString).orElse("");
            attempts.decide(login, check.account(), check.decision()::make, done -> done(mechanism, done));
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
                    .ifPresent(rejected -> attempts.count(rejected.account(), rejected.login(), rejected.reason()));
        } else if (state instanceof State.Acknowledging acknowledging) {
            attempts.failed(
                    LoginFailure.ABANDONED,
                    acknowledging.accepted().account().address().toString(),
                    "the proof was right, and the client broke off");
        }
    }

    /** Has a password checked by whoever serves the account. */
    private void password(String mechanism, String login, Password password) throws IOException {
        attempts.ask(login, () -> destination(login), destination -> {
            if (destination instanceof Destination.There there
                    && there.upstream().masterUser().isEmpty()) {
                chained.logIn(mechanism, there, login, password);
            } else if (destination instanceof Destination.Nowhere nowhere) {
                login(
                        login,
                        () -> new LoginResult.Rejected(login, meant(login), nowhere.reason(), attempts.rule()),
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
    private void login(String login, LoginAttempts.Check<LoginResult> check, LoginAttempts.Then<LoginResult> then)
            throws IOException {
        attempts.ask(login, () -> meant(login), meant -> attempts.decide(login, meant, check, then));
    }

    private Optional<MailAddress> meant(String login) throws IOException {
        return service.logins().meant(login, dialogue.choice());
    }

    private Destination destination(String login) throws IOException {
        return chained.destination(login, service.logins().resolve(login, dialogue.choice()));
    }

    private void settle(String mechanism, LoginResult result) throws IOException {
        settle(mechanism, result, () -> chained.destination((LoginResult.Accepted) result));
    }

    private void settle(String mechanism, LoginResult result, LoginAttempts.Check<Destination> where)
            throws IOException {
        state = NO_USER;
        attempts.decidedBy(result.rule());
        if (result instanceof LoginResult.Accepted accepted) {
            MailAddress account = accepted.account().address();
            attempts.ask(account.toString(), where, destination -> accepted(mechanism, account, destination));
        } else {
            LoginResult.Rejected rejected = (LoginResult.Rejected) result;
            attempts.rejected(rejected.account(), rejected.login(), rejected.reason());
        }
        end();
    }

    private void accepted(String mechanism, MailAddress account, Destination destination) throws IOException {
        if (destination instanceof Destination.There there) {
            chained.logInProved(mechanism, there, account);
        } else if (destination instanceof Destination.Nowhere nowhere) {
            attempts.rejected(Optional.of(account), account.toString(), nowhere.reason());
        } else {
            attempts.succeeded(account);
            // Before the answer: a client that is told OK owns the maildrop.
            attempts.ask(
                    account.toString(),
                    () -> service.maildrops().open(account),
                    opening -> enter(mechanism, account, opening));
        }
    }

    private void enter(String mechanism, MailAddress account, Opening opening) throws IOException {
        if (opening instanceof Opening.Opened open) {
            entrance.serve(open, mechanism);
        } else if (opening instanceof Opening.InUse) {
            attempts.failed(LoginFailure.IN_USE, account.toString(), "the maildrop is open in another session");
            replies.err("[IN-USE] the maildrop is open in another session");
        } else {
            attempts.failed(LoginFailure.TOO_SOON, account.toString(), "the login delay has not passed");
            replies.err("[LOGIN-DELAY] you logged in a short time ago, wait");
        }
    }

    private void refuseClearText(String what) throws IOException {
        attempts.failed(LoginFailure.CLEAR_TEXT, "", what + " without TLS");
        bad("[AUTH] this way of logging in needs TLS");
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
                && (givesPassword(mechanism) || !chained.needPasswords());
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
