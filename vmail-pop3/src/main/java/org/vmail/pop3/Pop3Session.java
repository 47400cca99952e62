package org.vmail.pop3;

import com.google.common.base.Ascii;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.vmail.address.MailAddress;
import org.vmail.chain.LoginRoute.Destination;
import org.vmail.domain.DomainChoice;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Conversation;
import org.vmail.net.internal.HttpRequest;
import org.vmail.net.internal.Wire;
import org.vmail.pop3.Maildrops.Opening;

/**
 * One POP3 session (RFC 1939): a greeting, then a command and a reply at a time, until QUIT or until the client, the time
 * or the server is gone. Only QUIT after a login removes messages. If the account is another server's, what follows the
 * login is between the client and that server.
 */
final class Pop3Session implements Conversation, Authentication.Entrance {
    private static final Logger LOG = LoggerFactory.getLogger(Pop3Session.class);

    private final Pop3Service service;
    private final Pop3Options options;
    private final ClientConnection connection;
    private final Dialogue dialogue;
    private final Wire wire;
    private final Replies replies;
    private final Authentication authentication;
    private Optional<Opening.Opened> opened = Optional.empty();
    private Optional<Transaction> transaction = Optional.empty();
    private Optional<ChainedClient> chained = Optional.empty();
    private Optional<MailAddress> account = Optional.empty();
    /** What the next command hears instead of its reply; it is the last one. */
    private Optional<String> refusal = Optional.empty();

    private boolean greeted;
    private boolean utf8;

    /**
     * A session whose greeting is still to come.
     *
     * @param begun when the client connected, in nanoseconds: a TLS handshake is part of the time to log in
     */
    Pop3Session(Pop3Service service, ClientConnection connection, DomainChoice choice, long begun) {
        this.service = service;
        this.options = service.options();
        this.connection = connection;
        this.dialogue = new Dialogue(options, connection, choice, begun);
        this.wire = dialogue.wire();
        this.replies = dialogue.replies();
        this.authentication = new Authentication(service, dialogue, this);
    }

    @Override
    public Optional<Duration> proceed() throws IOException {
        try {
            if (!greeted) {
                greeted = true;
                replies.ok(options.greeting()
                        + authentication
                                .apopChallenge()
                                .map(challenge -> " " + challenge)
                                .orElse(""));
            }
            dialogue.resume();
            while (dialogue.pausedFor().isEmpty() && !dialogue.isOver()) {
                step();
            }
            wire.flush();
            return dialogue.pausedFor();
        } catch (RuntimeException e) {
            dialogue.end("internal error");
            releaseMaildrop();
            apologise();
            throw e;
        }
    }

    @Override
    public void end() {
        authentication.end();
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
                account,
                authentication.rule(),
                transaction.map(Transaction::size).orElse(0),
                transaction.map(Transaction::retrieved).orElse(0),
                transaction.map(Transaction::removed).orElse(0),
                wire.octetsIn() + chained.map(ChainedClient::octetsIn).orElse(0L),
                wire.octetsOut() + chained.map(ChainedClient::octetsOut).orElse(0L),
                dialogue.duration(),
                dialogue.endReason());
    }

    private void step() throws IOException {
        if (!isLoggedIn() && dialogue.timeToLogIn().isZero()) {
            // One that is never silent would not be stopped by the time-out of a wait.
            dialogue.end("the client did not log in in time");
            return;
        }
        int maxOctets =
                isLoggedIn() ? options.maxLineOctets() : Math.max(options.maxLineOctets(), options.maxSaslOctets());
        Wire.Line line = wire.readLine(maxOctets, isLoggedIn() ? options.commandTimeout() : dialogue.timeToLogIn());
        if (line instanceof Wire.Line.End end) {
            // Without a word, even at a time-out (RFC 1939, section 3).
            dialogue.end(end.reason().toString());
        } else if (refusal.isPresent()) {
            replies.err(refusal.get());
            dialogue.end("refused within TLS");
        } else if (authentication.awaitsResponse()) {
            authentication.respond(line);
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
            dialogue.end("the client speaks HTTP");
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
        } else if (transaction.isPresent()) {
            transact(command.get(), transaction.get());
        } else {
            authorize(command.get());
        }
    }

    private void authorize(Command command) throws IOException {
        switch (command.verb()) {
            case APOP -> authentication.apop(command);
            case AUTH -> authentication.auth(command);
            case CAPA -> capa();
            case LANG -> lang(command);
            case PASS -> authentication.pass(command);
            case QUIT -> {
                replies.ok("goodbye");
                dialogue.end("quit");
            }
            case STLS -> stls();
            case USER -> authentication.user(command);
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
                dialogue.end("quit");
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
        List<String> lines = capabilities()
                .lines(
                        authentication.clearTextAllowed(),
                        authentication.offeredMechanisms(),
                        !isLoggedIn() && mayStartTls());
        replies.beginMultiline("capabilities follow");
        for (String line : lines) {
            replies.line(line);
        }
        replies.endMultiline();
    }

    private Capabilities capabilities() {
        return new Capabilities(
                options, isLoggedIn() ? List.of() : service.upstreams().capabilities(dialogue.choice()));
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
            dialogue.end("the client sent something behind STLS");
        } else {
            replies.ok("begin TLS now");
            wire.flush();
            connection.startTls(service.tls().get(), Pop3Service.ALPN, dialogue.timeToLogIn());
            service.listener().encrypted(connection.info());
            // Nothing that was said in clear text counts any more (RFC 2595, section 4).
            dialogue.forgetBadCommands();
            chooseAgain();
            authentication.forget();
        }
    }

    /** The client may have named a server. What is wrong with that is said in the next reply: none is awaited before. */
    private void chooseAgain() {
        try {
            dialogue.choose(service.chooseAgain(connection, dialogue.choice()));
            if (dialogue.choice() instanceof DomainChoice.Disputed disputed) {
                service.logRefusal(connection, disputed, Level.INFO);
                refusal = Optional.of(Pop3Service.DOMAIN_DISPUTED);
            }
        } catch (IOException e) {
            LOG.warn("The domain of a connection to {} is not known: {}", connection.targetText(), e.toString());
            refusal = Optional.of(Pop3Service.DOMAIN_UNKNOWN);
        }
    }

    private void utf8() throws IOException {
        if (capabilities().has("UTF8")) {
            utf8 = true;
            replies.ok("UTF8 enabled");
        } else {
            bad("UTF8 is not available");
        }
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

    @Override
    public void serve(Opening.Opened maildrop, String mechanism) throws IOException {
        opened = Optional.of(maildrop);
        account = Optional.of(maildrop.account());
        Transaction begunNow = new Transaction(maildrop, replies, new Rendering(options, utf8), service.listener());
        transaction = Optional.of(begunNow);
        dialogue.forgetBadCommands(); // they have a bound of their own from here on
        connection.establish();
        service.listener().loggedIn(connection.info(), maildrop.account(), mechanism, authentication.rule());
        replies.ok("maildrop has " + begunNow.contents());
    }

    @Override
    public void chain(Upstreams.LoggedIn upstream, Destination.There where, String mechanism) throws IOException {
        try (upstream) {
            ChainedClient client = new ChainedClient(connection, wire);
            chained = Optional.of(client);
            account = Optional.of(where.account());
            LOG.info(
                    "Chained to {}: client={} target={} account={} rule=[{}]",
                    where.upstream(),
                    connection.clientText(),
                    connection.targetText(),
                    where.account(),
                    where.rule());
            connection.establish();
            service.listener()
                    .chainedAfterLogin(
                            connection.info(), where.account(), where.upstream(), mechanism, authentication.rule());
            replies.ok(upstream.text());
            wire.flush();
            connection.endInputOnStop();
            upstream.splice(client);
            dialogue.end("chained until it ended");
        }
    }

    @Override
    public boolean isUtf8() {
        return utf8;
    }

    private void bad(String text) throws IOException {
        dialogue.bad(text, isLoggedIn() ? options.maxBadCommands() : options.maxBadCommandsBeforeLogin());
    }

    private boolean isLoggedIn() {
        return transaction.isPresent();
    }

    private boolean mayStartTls() {
        return service.tls().isPresent() && !connection.info().encrypted();
    }

    /** A bug is none of the client's business, but a reply is, unless it would land in the middle of something else. */
    private void apologise() throws IOException {
        if (!replies.inMultiline() && chained.isEmpty()) {
            replies.temporaryErr("internal error, try again later");
            wire.flush();
        }
    }

    private void releaseMaildrop() {
        opened.ifPresent(Opening.Opened::close);
    }
}
