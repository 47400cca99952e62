package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.net.InetAddresses;
import com.google.common.primitives.Longs;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.ReversePath;
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
    private static final CharMatcher ASCII = CharMatcher.ascii();
    private static final CharMatcher HOST_TEXT = CharMatcher.inRange('a', 'z')
            .or(CharMatcher.inRange('A', 'Z'))
            .or(CharMatcher.inRange('0', '9'))
            .or(CharMatcher.anyOf("-.:[]_"));

    /** As RFC 5322, section 3.3, wants it written: the JDK's formatter of RFC 1123 writes the obsolete zone GMT. */
    private static final DateTimeFormatter DATE_TIME =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.US);

    private static final CharMatcher DIGITS = CharMatcher.inRange('0', '9');
    private static final int MAX_SIZE_DIGITS = 20;
    private static final int MAX_HOST_NAME = 255;

    /** A message whose envelope is being given. */
    private static final class Mail {
        private final ReversePath reversePath;
        private final List<MailAddress> recipients = new ArrayList<>();

        Mail(ReversePath reversePath) {
            this.reversePath = reversePath;
        }
    }

    private final Deliverer deliverer;
    private final LmtpOptions options;
    private final Clock clock;
    private final ClientConnection connection;
    private final Wire wire;
    private Optional<String> clientName = Optional.empty();
    private Optional<Mail> mail = Optional.empty();
    private Optional<String> ended = Optional.empty();
    private int badCommands;
    private int messages;

    LmtpSession(Deliverer deliverer, LmtpOptions options, Clock clock, ClientConnection connection) {
        this.deliverer = deliverer;
        this.options = options;
        this.clock = clock;
        this.connection = connection;
        this.wire = new Wire(connection);
    }

    @Override
    public Optional<Duration> proceed() throws IOException {
        connection.establish(); // there is no login
        try {
            reply("220 " + options.hostName() + " LMTP vmail ready");
            while (ended.isEmpty()) {
                step();
            }
            wire.flush();
            return Optional.empty();
        } catch (RuntimeException e) {
            ended = Optional.of("internal error");
            reply("421 4.3.0 internal error, try again later");
            wire.flush();
            throw e;
        }
    }

    @Override
    public void end() {
        LOG.atLevel(connection.isProxyCheck(wire.octetsIn()) ? Level.DEBUG : Level.INFO)
                .log(
                        "Session ended: client={} name={} messages={} end=[{}]",
                        connection.clientText(),
                        clientName.orElse("none"),
                        messages,
                        ended.orElse("the connection broke"));
    }

    private void step() throws IOException {
        Wire.Line line = wire.readLine(options.maxLineOctets(), options.commandTimeout());
        if (line instanceof Wire.Line.Text text) {
            command(text.text());
        } else if (line instanceof Wire.Line.End end) {
            end(end.reason());
        } else {
            bad("500 5.5.2 line too long");
        }
    }

    /** The client is told before it is left, if it is still there (RFC 5321, section 3.8). */
    private void end(Wire.EndReason reason) throws IOException {
        ended = Optional.of(reason.toString());
        switch (reason) {
            case TIMED_OUT -> reply("421 4.4.2 timed out");
            case STOPPING -> reply("421 4.3.2 the server is closing, try again later");
            case FLOODED -> reply("421 4.5.0 endless line");
            case CLOSED -> LOG.debug("The client has closed");
        }
    }

    private void command(String line) throws IOException {
        Optional<LmtpCommand> command = LmtpCommand.parse(line);
        if (command.isEmpty() && HttpRequest.isLine(line)) {
            ended = Optional.of("the client speaks HTTP");
            return;
        }
        if (command.isEmpty()) {
            // Among them HELO and EHLO, which must not be answered as LHLO is (RFC 2033, section 4.1).
            bad("500 5.5.1 unknown command");
            return;
        }
        String argument = command.get().argument();
        switch (command.get().verb()) {
            case LHLO -> lhlo(argument);
            case MAIL -> mail(argument);
            case RCPT -> rcpt(argument);
            case DATA -> data(argument);
            case RSET -> {
                mail = Optional.empty();
                reply("250 2.0.0 ok");
            }
            case NOOP -> reply("250 2.0.0 ok");
            case VRFY -> reply("252 2.1.5 send some mail, and RCPT will tell");
            case QUIT -> {
                reply("221 2.0.0 goodbye");
                ended = Optional.of("quit");
            }
        }
    }

    private void lhlo(String argument) throws IOException {
        if (argument.isEmpty() || argument.length() > MAX_HOST_NAME || !HOST_TEXT.matchesAllOf(argument)) {
            bad("501 5.5.4 LHLO needs a host name");
            return;
        }
        clientName = Optional.of(argument);
        mail = Optional.empty();
        reply("250-" + options.hostName());
        reply("250-PIPELINING");
        reply("250-ENHANCEDSTATUSCODES");
        reply("250-8BITMIME");
        reply("250 SIZE " + options.maxMessageOctets());
    }

    private void mail(String argument) throws IOException {
        Optional<PathArgument> path = PathArgument.parse("FROM:", argument);
        if (clientName.isEmpty() || mail.isPresent()) {
            reply(mail.isPresent() ? "503 5.5.1 one MAIL at a time" : "503 5.5.1 LHLO comes first");
        } else if (path.isEmpty()) {
            bad("501 5.5.4 use MAIL FROM:<address>");
        } else if (!ASCII.matchesAllOf(path.get().address())) {
            reply("553 5.6.7 the address needs SMTPUTF8, which is not offered");
        } else {
            Optional<ReversePath> reversePath = ReversePath.parse(path.get().address());
            Optional<String> problem = mailParameters(path.get().parameters());
            if (reversePath.isEmpty()) {
                bad("501 5.1.7 bad sender address");
            } else if (problem.isPresent()) {
                reply(problem.get());
            } else {
                mail = Optional.of(new Mail(reversePath.get()));
                reply("250 2.1.0 ok");
            }
        }
    }

    /** Returns the reply to parameters that cannot be accepted. */
    private Optional<String> mailParameters(List<String> parameters) {
        for (String parameter : parameters) {
            String upper = Ascii.toUpperCase(parameter);
            if (upper.startsWith("SIZE=")) {
                String octets = upper.substring("SIZE=".length());
                if (octets.isEmpty() || octets.length() > MAX_SIZE_DIGITS || !DIGITS.matchesAllOf(octets)) {
                    return Optional.of("501 5.5.4 bad SIZE");
                }
                Long size = Longs.tryParse(octets);
                if (size == null || size > options.maxMessageOctets()) {
                    return Optional.of("552 5.3.4 the message is too large");
                }
            } else if (!upper.equals("BODY=7BIT") && !upper.equals("BODY=8BITMIME")) {
                return Optional.of("555 5.5.4 unknown parameter");
            }
        }
        return Optional.empty();
    }

    private void rcpt(String argument) throws IOException {
        Optional<PathArgument> path = PathArgument.parse("TO:", argument);
        if (mail.isEmpty()) {
            reply("503 5.5.1 MAIL comes first");
        } else if (path.isEmpty()) {
            bad("501 5.5.4 use RCPT TO:<address>");
        } else if (!path.get().parameters().isEmpty()) {
            bad("555 5.5.4 unknown parameter");
        } else if (!ASCII.matchesAllOf(path.get().address())) {
            reply("553 5.6.7 the address needs SMTPUTF8, which is not offered");
        } else if (mail.get().recipients.size() >= options.maxRecipients()) {
            reply("452 4.5.3 too many recipients");
        } else {
            Optional<MailAddress> recipient = MailAddress.parse(path.get().address());
            if (recipient.isEmpty()) {
                reply("553 5.1.3 bad recipient address");
            } else {
                rcpt(mail.get(), recipient.get());
            }
        }
    }

    private void rcpt(Mail current, MailAddress recipient) throws IOException {
        Outcome outcome = deliverer.accepts(recipient);
        if (outcome instanceof Outcome.Accepted) {
            current.recipients.add(recipient);
        } else {
            LOG.info("Recipient not accepted: from={} to={} [{}]", current.reversePath, recipient, outcome.text());
        }
        reply(replyText(outcome));
    }

    private void data(String argument) throws IOException {
        if (!argument.isEmpty()) {
            bad("501 5.5.4 DATA has no argument");
        } else if (mail.isEmpty() || mail.get().recipients.isEmpty()) {
            reply("503 5.5.1 no valid recipients");
        } else {
            Envelope envelope = new Envelope(mail.get().reversePath, mail.get().recipients);
            mail = Optional.empty();
            reply("354 end the message with a dot on a line of its own");
            receive(envelope);
        }
    }

    private void receive(Envelope envelope) throws IOException {
        byte[] trace = received(envelope).getBytes(US_ASCII);
        try (Spool spool = new Spool(options, trace.length)) {
            spool.write(trace);
            if (!new DataReader().read(wire, options.dataTimeout(), spool)) {
                end(connection.isTimedOut() ? Wire.EndReason.TIMED_OUT : Wire.EndReason.CLOSED);
                return;
            }
            messages++;
            badCommands = 0;
            for (DeliveryResult result : results(envelope, spool)) {
                reply(replyText(result.outcome()) + " <" + result.recipient() + ">");
                wire.flush(); // each at once, lest one that is delivered look undelivered if the connection breaks now
            }
        }
    }

    private List<DeliveryResult> results(Envelope envelope, Spool spool) {
        if (spool.failure().isPresent()) {
            LOG.error(
                    "A message from {} cannot be held in {}",
                    envelope.reversePath(),
                    options.spoolFolder(),
                    spool.failure().get());
            return forAll(envelope, new Outcome.Deferred(new EnhancedStatus(4, 3, 1), "no room for the message now"));
        }
        if (spool.message().isTooLarge()) {
            return forAll(envelope, new Outcome.Refused(new EnhancedStatus(5, 3, 4), "the message is too large"));
        }
        try {
            return deliverer.deliver(envelope, spool.message());
        } catch (RuntimeException e) {
            LOG.error("Delivery failed; this is a bug in vmail or in what was plugged in", e);
            return forAll(
                    envelope, new Outcome.Deferred(EnhancedStatus.SYSTEM_FAILURE, "internal error, try again later"));
        }
    }

    private static List<DeliveryResult> forAll(Envelope envelope, Outcome outcome) {
        return envelope.recipients().stream()
                .map(recipient -> new DeliveryResult(recipient, outcome))
                .toList();
    }

    /** The trace field of this host (RFC 5321, section 4.4). */
    private String received(Envelope envelope) throws UnknownHostException {
        String time = DATE_TIME.format(clock.instant().atOffset(ZoneOffset.UTC));
        return "Received: from " + clientName.orElse("unknown") + " (["
                + addressLiteral(connection.info().remote().getAddress())
                + "])\r\n\tby " + options.hostName() + " with LMTP (vmail)"
                + (envelope.recipients().size() == 1
                        ? "\r\n\tfor <" + envelope.recipients().get(0) + ">"
                        : "")
                + ";\r\n\t" + time + "\r\n";
    }

    /** RFC 5321, section 4.1.3, without the brackets; it has no zone. */
    private static String addressLiteral(InetAddress address) throws UnknownHostException {
        String text = InetAddresses.toAddrString(InetAddress.getByAddress(address.getAddress()));
        return address instanceof Inet6Address ? "IPv6:" + text : text;
    }

    private static String replyText(Outcome outcome) {
        return LmtpReplies.code(outcome.status()) + " " + outcome.status() + " " + outcome.text();
    }

    private void reply(String text) throws IOException {
        wire.writeLine(text);
    }

    /** For what no client of this protocol sends; what only comes too early or is refused is no such thing. */
    private void bad(String text) throws IOException {
        reply(text);
        if (++badCommands == options.maxBadCommands()) {
            reply("421 4.7.0 too many bad commands");
            ended = Optional.of("too many bad commands");
        }
    }
}
