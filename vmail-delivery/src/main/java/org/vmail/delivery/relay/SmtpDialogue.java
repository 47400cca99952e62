package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.primitives.Longs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.relay.NextHop.Result;

/**
 * What we say to a smart host to hand one message over, from its greeting to our QUIT. Used once, by one thread.
 *
 * <p>Commands for recipients are sent in groups if the server has PIPELINING (RFC 2920), and DATA only when a recipient was
 * accepted, so that no server takes a message for nobody.
 */
final class SmtpDialogue {
    private static final Logger LOG = LoggerFactory.getLogger(SmtpDialogue.class);
    private static final CharMatcher ASCII = CharMatcher.ascii();
    private static final CharMatcher CONTROL = CharMatcher.javaIsoControl();

    /** Their replies fit into the buffers of any system, so that neither side waits for the other (RFC 2920, section 3.1). */
    private static final int GROUP = 50;

    private static final Duration GOODBYE = Duration.ofSeconds(5);
    private static final int SERVICE_READY = 220;
    private static final int START_MAIL_INPUT = 354;
    private static final EnhancedStatus CONNECTION_LOST = new EnhancedStatus(4, 4, 2);
    private static final EnhancedStatus NEEDS_SMTPUTF8 = new EnhancedStatus(5, 6, 7);

    /** TLS could not be begun; nothing has been said within it. */
    static final class TlsException extends IOException {
        private static final long serialVersionUID = 1;

        TlsException(IOException cause) {
            super("TLS cannot be begun: " + cause.getMessage(), cause);
        }
    }

    private final SmartHost host;
    private final SmtpWire wire;
    private final OutboundMessage message;
    private final List<Optional<Result>> results;
    private Map<String, String> extensions = Map.of();

    SmtpDialogue(SmartHost host, SmtpWire wire, OutboundMessage message) {
        this.host = host;
        this.wire = wire;
        this.message = message;
        this.results = new ArrayList<>(Collections.nCopies(message.recipients().size(), Optional.empty()));
    }

    /**
     * Hands the message over.
     *
     * @throws IOException if it did not come to a result for anybody
     */
    List<Result> run(boolean withTls) throws IOException {
        open(withTls);
        try {
            transfer();
        } catch (IOException e) {
            if (results.stream().noneMatch(Optional::isPresent)) {
                throw e;
            }
            LOG.warn("{} was lost with a message from {} under way: {}", host, message.reversePath(), e.toString());
        }
        Result lost = new Result(
                new Outcome.Deferred(CONNECTION_LOST, "the connection to the next host was lost"), Optional.empty());
        return results.stream().map(result -> result.orElse(lost)).toList();
    }

    private void open(boolean withTls) throws IOException {
        boolean implicit = host.tls() instanceof SmartHost.Tls.Implicit;
        if (implicit) {
            startTls();
        }
        SmtpReply greeting = wire.readReply(host.replyTimeout());
        if (greeting.code() != SERVICE_READY) {
            throw new IOException("it does not want us: " + greeting.text());
        }
        greet();
        boolean encrypted = implicit || (withTls && startTlsIfOffered());
        if (!encrypted && host.tls() instanceof SmartHost.Tls.Required) {
            throw new IOException("it does not offer STARTTLS");
        }
        if (host.credentials().isPresent()) {
            logIn(host.credentials().get(), encrypted);
        }
    }

    /** Returns whether it was; a server that offers it and refuses it is as good as one that does not offer it. */
    private boolean startTlsIfOffered() throws IOException {
        if (!extensions.containsKey("STARTTLS")) {
            return false;
        }
        SmtpReply reply = ask("STARTTLS");
        if (!reply.isPositive() && host.tls() instanceof SmartHost.Tls.IfOffered && !reply.isClosing()) {
            LOG.warn("{} gets mail in the clear, as it refuses STARTTLS: {}", host, reply.text());
            return false;
        }
        expect(reply, "STARTTLS");
        startTls();
        greet(); // what it said before may have been changed on the way (RFC 3207, section 4.2)
        return true;
    }

    private void startTls() throws IOException {
        SSLEngine engine = host.newEngine();
        try {
            wire.startTls(engine, Ascii.toLowerCase(host.protocol().name()), host.replyTimeout());
        } catch (IOException e) {
            throw new TlsException(e);
        }
    }

    private void greet() throws IOException {
        boolean lmtp = host.protocol() == SmartHost.Protocol.LMTP;
        SmtpReply reply = ask((lmtp ? "LHLO " : "EHLO ") + host.hostName());
        if (!reply.isPositive() && !reply.isClosing() && !lmtp) {
            extensions = Map.of();
            expect(ask("HELO " + host.hostName()), "HELO"); // RFC 5321, section 3.2
            return;
        }
        expect(reply, "our name");
        extensions = new HashMap<>();
        for (String line : reply.lines().subList(1, reply.lines().size())) {
            String text = line.strip();
            int end = text.indexOf(' ');
            String keyword = end < 0 ? text : text.substring(0, end);
            extensions.put(
                    keyword.toUpperCase(Locale.ROOT),
                    end < 0 ? "" : text.substring(end + 1).strip());
        }
    }

    /** A password is not sent where others may listen. */
    private void logIn(SmartHost.Credentials credentials, boolean encrypted) throws IOException {
        if (!encrypted && !wire.isLocal()) {
            throw new IOException("it has no TLS, and the password is not sent without");
        }
        List<String> mechanisms =
                List.of(Ascii.toUpperCase(extensions.getOrDefault("AUTH", "")).split(" +"));
        if (!mechanisms.contains("PLAIN")) {
            throw new IOException("it does not offer AUTH PLAIN");
        }
        expect(ask("AUTH PLAIN " + Base64.getEncoder().encodeToString(credentials.plainMessage())), "the login");
    }

    private void transfer() throws IOException {
        long limit = Optional.ofNullable(Longs.tryParse(extensions.getOrDefault("SIZE", "0")))
                .orElse(0L);
        if (limit > 0 && message.octets() > limit) {
            settle(refused(
                    EnhancedStatus.MESSAGE_TOO_LARGE,
                    "the message is too large for the next host, which takes " + limit + " octets"));
        } else if (!canTake(message.reversePath().address())) {
            settle(refused(NEEDS_SMTPUTF8, "the next host cannot take the sender's address"));
        } else {
            for (int i = 0; i < results.size(); i++) {
                if (!canTake(message.recipients().get(i).address())) {
                    results.set(i, Optional.of(refused(NEEDS_SMTPUTF8, "the next host cannot take this address")));
                }
            }
            List<Integer> accepted = pending().isEmpty() ? List.of() : envelope();
            if (!accepted.isEmpty()) {
                data(accepted);
            }
        }
        quit();
    }

    private boolean canTake(String address) {
        return ASCII.matchesAllOf(address) || extensions.containsKey("SMTPUTF8");
    }

    /** MAIL, and RCPT for each who has no result yet. Returns who was accepted. */
    private List<Integer> envelope() throws IOException {
        List<Integer> recipients = pending();
        List<Integer> accepted = new ArrayList<>();
        boolean pipelining = extensions.containsKey("PIPELINING");
        wire.send(mailCommand(), host.replyTimeout());
        Optional<SmtpReply> mail = pipelining ? Optional.empty() : Optional.of(reply());
        int group = pipelining ? GROUP : 1;
        for (int from = 0; from < recipients.size(); from += group) {
            if (mail.isPresent() && !mail.get().isPositive()) {
                break;
            }
            List<Integer> some = recipients.subList(from, Math.min(from + group, recipients.size()));
            StringBuilder commands = new StringBuilder();
            some.forEach(i -> commands.append(rcptCommand(message.recipients().get(i))));
            wire.write(ByteBuffer.wrap(commands.toString().getBytes(UTF_8)), host.replyTimeout());
            if (mail.isEmpty()) {
                mail = Optional.of(reply());
            }
            for (int i : some) {
                SmtpReply reply = reply();
                if (mail.get().isPositive() && reply.isPositive()) {
                    accepted.add(i);
                } else if (mail.get().isPositive()) {
                    results.set(i, Optional.of(reply.recipientResult()));
                }
            }
        }
        if (mail.isPresent() && !mail.get().isPositive()) {
            settle(mail.get().result());
        }
        return accepted;
    }

    private String mailCommand() {
        StringBuilder command = new StringBuilder("MAIL FROM:").append(message.reversePath());
        if (extensions.containsKey("SIZE")) {
            command.append(" SIZE=").append(message.octets());
        }
        // RFC 6152, section 3, wants a message to be converted or returned if it is missing. Such servers are clean all
        // the
        // same, and a message that is returned is worse than one whose octets nobody promised to keep.
        if (message.eightBit() && extensions.containsKey("8BITMIME")) {
            command.append(" BODY=8BITMIME");
        }
        boolean utf8 = !ASCII.matchesAllOf(message.reversePath().address())
                || message.recipients().stream().anyMatch(path -> !ASCII.matchesAllOf(path.address()));
        if (utf8 && extensions.containsKey("SMTPUTF8")) {
            command.append(" SMTPUTF8");
        }
        return command.toString();
    }

    private static String rcptCommand(ForwardPath path) {
        if (CONTROL.matchesAnyOf(path.address())) {
            throw new IllegalArgumentException("A path is part of one line");
        }
        return "RCPT TO:" + path + "\r\n";
    }

    private void data(List<Integer> accepted) throws IOException {
        SmtpReply reply = ask("DATA");
        if (reply.isPositive()) {
            throw new ProtocolException("it takes a message before it was sent");
        }
        if (reply.code() != START_MAIL_INPUT) {
            settle(reply.result());
            return;
        }
        try (InputStream in = message.content().open()) {
            DotStuffing out = new DotStuffing(new OutputStream() {
                @Override
                public void write(int octet) throws IOException {
                    write(new byte[] {(byte) octet}, 0, 1);
                }

                @Override
                public void write(byte[] octets, int offset, int length) throws IOException {
                    wire.write(ByteBuffer.wrap(octets, offset, length), host.replyTimeout());
                }
            });
            byte[] buffer = new byte[16 * 1024];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                out.write(buffer, 0, count);
            }
            out.finish();
        }
        if (host.protocol() == SmartHost.Protocol.LMTP) {
            for (int i : accepted) { // one reply for each, in their order (RFC 2033, section 4.2)
                results.set(
                        i, Optional.of(wire.readReply(host.endOfDataTimeout()).result()));
            }
        } else {
            settle(wire.readReply(host.endOfDataTimeout()).result());
        }
    }

    /** Everybody has a result, so it does not matter whether it is heard, or for how long the server thinks about it. */
    private void quit() {
        try {
            wire.send("QUIT", host.replyTimeout());
            wire.readReply(GOODBYE);
        } catch (IOException alreadyGone) {
            LOG.debug("{} left without a goodbye: {}", host, alreadyGone.toString());
        }
    }

    private List<Integer> pending() {
        List<Integer> pending = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            if (results.get(i).isEmpty()) {
                pending.add(i);
            }
        }
        return pending;
    }

    /** Gives a result to all who have none. */
    private void settle(Result result) {
        pending().forEach(i -> results.set(i, Optional.of(result)));
    }

    private static Result refused(EnhancedStatus status, String text) {
        return new Result(new Outcome.Refused(status, text), Optional.empty());
    }

    private SmtpReply ask(String command) throws IOException {
        wire.send(command, host.replyTimeout());
        return reply();
    }

    private SmtpReply reply() throws IOException {
        return wire.readReply(host.replyTimeout());
    }

    private static void expect(SmtpReply reply, String what) throws IOException {
        if (!reply.isPositive()) {
            throw new IOException("it refuses " + what + ": " + reply.text());
        }
    }
}
