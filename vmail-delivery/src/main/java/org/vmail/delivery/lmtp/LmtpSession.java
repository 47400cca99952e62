package org.vmail.delivery.lmtp;

import com.google.common.base.CharMatcher;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.vmail.address.MailAddress;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.lmtp.Verb.Phase;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Conversation;
import org.vmail.net.internal.HttpRequest;
import org.vmail.net.internal.Wire;

/**
 * One LMTP session (RFC 2033): LHLO, then any number of messages, each with a reply per recipient that was accepted, until
 * QUIT or until the client, the time or the server is gone.
 */
final class LmtpSession implements Conversation {
    private static final Logger LOG = LoggerFactory.getLogger(LmtpSession.class);
    private static final CharMatcher HOST_TEXT = CharMatcher.inRange('a', 'z')
            .or(CharMatcher.inRange('A', 'Z'))
            .or(CharMatcher.inRange('0', '9'))
            .or(CharMatcher.anyOf("-.:[]_"));
    private static final int MAX_HOST_NAME = 255;

    private final LmtpService service;
    private final LmtpOptions options;
    private final ClientConnection connection;
    private final Dialogue dialogue;
    private final Reception reception;
    private Optional<String> clientName = Optional.empty();
    private ToldClient told = ToldClient.NOBODY;
    private Optional<Transaction> transaction = Optional.empty();
    private int messages;
    private long began;

    LmtpSession(LmtpService service, ClientConnection connection) {
        this.service = service;
        this.options = service.options();
        this.connection = connection;
        this.dialogue = new Dialogue(options, connection);
        this.reception = new Reception(service, dialogue);
    }

    @Override
    public Optional<Duration> proceed() throws IOException {
        connection.establish(); // there is no login
        began = System.nanoTime();
        service.listener().connected(connection.info());
        try {
            greet();
            while (!dialogue.isOver()) {
                step();
            }
            dialogue.wire().flush();
            return Optional.empty();
        } catch (RuntimeException e) {
            dialogue.end("internal error");
            dialogue.reply("421 4.3.0 internal error, try again later");
            dialogue.wire().flush();
            throw e;
        }
    }

    @Override
    public void end() {
        reset();
        String reason = dialogue.ended().orElse("the connection broke");
        LOG.atLevel(connection.isProxyCheck(dialogue.wire().octetsIn()) ? Level.DEBUG : Level.INFO)
                .log(
                        "Session ended: client={} name={} messages={} end=[{}]",
                        connection.clientText(),
                        clientName.orElse("none"),
                        messages,
                        reason);
        service.listener()
                .ended(
                        connection.info(),
                        new LmtpSummary(
                                clientName,
                                messages,
                                dialogue.wire().octetsIn(),
                                dialogue.wire().octetsOut(),
                                Duration.ofNanos(System.nanoTime() - began),
                                reason));
    }

    private void step() throws IOException {
        Optional<TimeLimit> limit = transaction.map(Transaction::limit);
        if (limit.filter(TimeLimit::isOver).isPresent()) {
            // One that is never silent would not be stopped by the time-out of a wait.
            dialogue.leave(Wire.EndReason.TIMED_OUT);
            return;
        }
        Duration timeout =
                limit.map(all -> all.forPart(options.commandTimeout())).orElse(options.commandTimeout());
        Wire.Line line = dialogue.wire().readLine(options.maxLineOctets(), timeout);
        if (line instanceof Wire.Line.Text text) {
            command(text.text());
        } else if (line instanceof Wire.Line.End end) {
            dialogue.leave(end.reason());
        } else {
            dialogue.reply("500 5.5.2 line too long");
        }
    }

    private void command(String line) throws IOException {
        Optional<Command> command = Command.parse(line).filter(known -> isOffered(known.verb()));
        if (command.isEmpty() && HttpRequest.isLine(line)) {
            dialogue.end("the client speaks HTTP");
        } else if (command.isEmpty()) {
            // Among them HELO and EHLO, which must not be answered as LHLO is (RFC 2033, section 4.1).
            dialogue.reply("500 5.5.1 unknown command");
        } else if (command.get().verb().isAllowed(phase())) {
            carryOut(command.get());
        } else {
            dialogue.reply(phase().refusal());
        }
    }

    private void carryOut(Command command) throws IOException {
        String argument = command.argument();
        switch (command.verb()) {
            case BDAT -> bdat(argument);
            case DATA -> data(argument);
            case LHLO -> lhlo(argument);
            case MAIL -> mail(argument);
            case NOOP -> dialogue.reply(Reply.OK);
            case QUIT -> {
                dialogue.reply("221 2.0.0 goodbye");
                dialogue.end("quit");
            }
            case RCPT -> rcpt(argument);
            case RSET -> {
                reset();
                dialogue.reply(Reply.OK);
            }
            case STARTTLS -> startTls(argument);
            case VRFY -> dialogue.reply("252 2.1.5 send some mail, and RCPT will tell");
            case XCLIENT -> xclient(argument);
        }
    }

    private Phase phase() {
        if (transaction.isPresent()) {
            return transaction.get().chunks().isPresent() ? Phase.CHUNKS : Phase.ENVELOPE;
        }
        return clientName.isPresent() ? Phase.READY : Phase.GREETED;
    }

    private boolean isOffered(Verb verb) {
        return switch (verb) {
            case BDAT -> options.chunking();
            case STARTTLS -> service.tls().isPresent();
            case XCLIENT -> !options.xclientNetworks().isEmpty();
            default -> true;
        };
    }

    private void greet() throws IOException {
        dialogue.reply("220 " + options.hostName() + " LMTP vmail ready");
    }

    private void lhlo(String argument) throws IOException {
        if (argument.isEmpty() || argument.length() > MAX_HOST_NAME || !HOST_TEXT.matchesAllOf(argument)) {
            dialogue.reply("501 5.5.4 LHLO needs a host name");
            return;
        }
        clientName = Optional.of(argument);
        reset();
        dialogue.reply("250-" + options.hostName());
        for (String extension : extensions()) {
            dialogue.reply("250-" + extension);
        }
        dialogue.reply("250 SIZE " + options.maxMessageOctets());
    }

    private List<String> extensions() {
        List<String> extensions = new ArrayList<>(List.of("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME"));
        addIf(options.smtpUtf8(), "SMTPUTF8", extensions);
        addIf(options.dsn(), "DSN", extensions);
        addIf(options.chunking(), "CHUNKING", extensions);
        addIf(options.binaryMime(), "BINARYMIME", extensions);
        addIf(service.tls().isPresent() && !connection.info().encrypted(), "STARTTLS", extensions);
        addIf(mayTellOfClients(), "XCLIENT " + ToldClient.attributes(), extensions);
        return extensions;
    }

    private static void addIf(boolean offered, String extension, List<String> extensions) {
        if (offered) {
            extensions.add(extension);
        }
    }

    private void mail(String argument) throws IOException {
        if (messages == options.maxMessages()) {
            dialogue.reply("421 4.7.0 enough messages for one connection");
            dialogue.end("as many messages as a session may bring");
            return;
        }
        Parsed<MailArgument> mail = MailArgument.parse(argument, options);
        if (mail instanceof Parsed.Valid<MailArgument> valid) {
            transaction = Optional.of(new Transaction(valid.value(), options));
            dialogue.reply("250 2.1.0 ok");
        } else if (mail instanceof Parsed.Invalid<MailArgument> invalid) {
            dialogue.reply(invalid.reply());
        }
    }

    private void rcpt(String argument) throws IOException {
        Transaction current = transaction.orElseThrow();
        Parsed<RcptArgument> rcpt = RcptArgument.parse(argument, current.mail().smtpUtf8(), options);
        if (rcpt instanceof Parsed.Invalid<RcptArgument> invalid) {
            dialogue.reply(invalid.reply());
        } else if (current.recipients().size() >= options.maxRecipients()) {
            dialogue.reply("452 4.5.3 too many recipients");
        } else if (rcpt instanceof Parsed.Valid<RcptArgument> valid) {
            rcpt(current, valid.value());
        }
    }

    private void rcpt(Transaction current, RcptArgument rcpt) throws IOException {
        MailAddress recipient = rcpt.recipient();
        Outcome outcome = service.deliverer().accepts(recipient, current.mail().octets());
        if (outcome.isAccepted()) {
            current.recipients().add(rcpt);
        } else {
            LOG.info(
                    "Recipient not accepted: from={} to={} [{}]",
                    current.mail().reversePath(),
                    recipient,
                    outcome.text());
            service.listener()
                    .recipientRefused(
                            connection.info(), current.mail().reversePath(), new DeliveryResult(recipient, outcome));
        }
        dialogue.reply(Reply.of(outcome));
    }

    private void data(String argument) throws IOException {
        Transaction current = transaction.orElseThrow();
        if (!argument.isEmpty()) {
            dialogue.reply("501 5.5.4 DATA has no argument");
        } else if (current.recipients().isEmpty()) {
            dialogue.reply("503 5.5.1 no valid recipients");
        } else if (current.mail().binary()) {
            dialogue.reply("503 5.5.1 a binary message comes with BDAT");
        } else {
            dialogue.reply("354 end the message with a dot on a line of its own");
            messages += reception.data(current, received(current)) ? 1 : 0;
            reset();
        }
    }

    private void bdat(String argument) throws IOException {
        Optional<ChunkArgument> chunk = ChunkArgument.parse(argument);
        Optional<Transaction> current =
                transaction.filter(begun -> !begun.recipients().isEmpty());
        if (chunk.isEmpty()) {
            dialogue.reply("501 5.5.4 BDAT needs a size");
            // Where the chunk ends is not known, and what is in it must not be taken for commands.
            dialogue.end("BDAT without a size");
        } else if (current.isPresent()) {
            bdat(current.get(), chunk.get());
        } else if (reception.skip(chunk.get().octets())) {
            unwantedChunk(chunk.get().last());
        }
    }

    private void bdat(Transaction current, ChunkArgument chunk) throws IOException {
        if (!reception.chunk(current, received(current), chunk.octets())) {
            return;
        }
        if (chunk.last()) {
            reception.lastChunk(current);
            messages++;
            reset();
        } else {
            dialogue.reply(reception.chunkReply(current));
        }
    }

    /** Where nobody is accepted, nobody is answered for, and a last chunk has no other replies (RFC 2033, section 4.3). */
    private void unwantedChunk(boolean last) throws IOException {
        if (last) {
            reset();
        } else {
            dialogue.reply("503 5.5.1 no valid recipients");
        }
    }

    private void startTls(String argument) throws IOException {
        if (!argument.isEmpty()) {
            dialogue.reply("501 5.5.4 STARTTLS has no argument");
        } else if (connection.info().encrypted()) {
            dialogue.reply("503 5.5.1 TLS is active already");
        } else if (dialogue.wire().hasUnread()) {
            // What is sent behind STARTTLS in clear text would be taken for what was said within TLS (CVE-2011-0411).
            dialogue.reply("503 5.5.1 nothing may follow STARTTLS");
            dialogue.end("the client sent something behind STARTTLS");
        } else {
            dialogue.reply("220 2.0.0 begin TLS now");
            dialogue.wire().flush();
            connection.startTls(service.tls().orElseThrow(), LmtpService.ALPN, options.commandTimeout());
            // Nothing that was said in clear text counts any more (RFC 3207, section 4.2).
            clientName = Optional.empty();
            told = ToldClient.NOBODY;
            dialogue.forgetFaults();
            service.listener().encrypted(connection.info());
        }
    }

    /** Begins the session anew for another client; who may do so is decided by who has connected, and never by what was told. */
    private void xclient(String argument) throws IOException {
        if (!mayTellOfClients()) {
            dialogue.reply("550 5.7.0 XCLIENT is for others");
            return;
        }
        Optional<ToldClient> client = told.with(argument);
        if (client.isEmpty()) {
            dialogue.reply("501 5.5.4 bad XCLIENT attributes");
            return;
        }
        told = client.get();
        clientName = Optional.empty();
        LOG.info("A client speaks for another: client={} told={}", connection.clientText(), told);
        greet();
    }

    private boolean mayTellOfClients() {
        return options.xclientNetworks().stream()
                .anyMatch(network -> network.contains(connection.info().remote().getAddress()));
    }

    private ReceivedField received(Transaction current) {
        return new ReceivedField(
                clientName.orElse("unknown"),
                told,
                connection.info(),
                current,
                options.hostName(),
                service.clock().instant());
    }

    private void reset() {
        transaction.ifPresent(Transaction::drop);
        transaction = Optional.empty();
    }
}
