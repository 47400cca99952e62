package org.vmail.delivery.relay;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.auth.Password;
import org.vmail.internal.Durations;
import org.vmail.net.TlsTrust;
import org.vmail.net.internal.OutboundConnection;

/**
 * A mail server that takes our mail for everybody elsewhere, by SMTP (RFC 5321) or LMTP (RFC 2033). Each message has a
 * connection of its own. Immutable and thread-safe; each {@code with…} method returns a changed copy.
 *
 * <p>PIPELINING, SIZE, 8BITMIME, SMTPUTF8 and STARTTLS are used if the server has them. An 8-bit message goes as it is to a
 * server without 8BITMIME; an address that is not ASCII is refused by a server without SMTPUTF8.
 */
public final class SmartHost implements NextHop {
    private static final Logger LOG = LoggerFactory.getLogger(SmartHost.class);
    private static final CharMatcher HOST_TEXT = CharMatcher.inRange('a', 'z')
            .or(CharMatcher.inRange('A', 'Z'))
            .or(CharMatcher.inRange('0', '9'))
            .or(CharMatcher.anyOf("-.:[]_"));

    private final Values values;

    /** What the server speaks. */
    public enum Protocol {
        /** Mail transfer: one reply for all recipients. */
        SMTP,
        /** Local mail transfer: a reply for each recipient. */
        LMTP
    }

    /** How the connection is protected. */
    sealed interface Tls {
        SSLEngine newEngine(String host, int port);

        /** Not at all. */
        record None() implements Tls {
            @Override
            public SSLEngine newEngine(String host, int port) {
                throw new IllegalStateException("There is no TLS");
            }
        }

        /** As well as the server can. */
        record IfOffered() implements Tls {
            @Override
            public SSLEngine newEngine(String host, int port) {
                return UnverifiedTls.newEngine(host, port);
            }
        }

        /** By STARTTLS, or no mail is sent. */
        record Required(TlsTrust trust) implements Tls {
            @Override
            public SSLEngine newEngine(String host, int port) {
                return trust.newEngine(host, port);
            }
        }

        /** From the first octet. */
        record Implicit(TlsTrust trust) implements Tls {
            @Override
            public SSLEngine newEngine(String host, int port) {
                return trust.newEngine(host, port);
            }
        }
    }

    /** Who we are to the server. */
    record Credentials(String user, Password password) {
        /** RFC 4616, section 2. */
        byte[] plainMessage() {
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            message.write(0);
            message.writeBytes(user.getBytes(UTF_8));
            message.write(0);
            message.writeBytes(password.octets());
            return message.toByteArray();
        }
    }

    /** Changed only before it is given to {@link SmartHost}. */
    private static final class Values implements Cloneable {
        private final SocketAddress address;
        private Protocol protocol = Protocol.SMTP;
        private Tls tls = new Tls.IfOffered();
        private Optional<Credentials> credentials = Optional.empty();
        private Optional<String> hostName = Optional.empty();
        private Duration connectTimeout = Duration.ofSeconds(30);
        private Duration replyTimeout = Duration.ofMinutes(5);
        private Duration endOfDataTimeout = Duration.ofMinutes(10);
        private Duration totalTimeout = Duration.ofHours(1);

        Values(SocketAddress address) {
            this.address = address;
        }

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private SmartHost(Values values) {
        this.values = values;
        checkArgument(
                values.hostName.map(SmartHost::isHostText).orElse(true),
                "Our name must be a host name or an address literal");
        Durations.checkPositive(values.connectTimeout, "The connect timeout");
        Durations.checkPositive(values.replyTimeout, "The reply timeout");
        Durations.checkPositive(values.endOfDataTimeout, "The timeout for the end of the message");
        Durations.checkPositive(values.totalTimeout, "The time for a message");
    }

    private SmartHost with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new SmartHost(changed);
    }

    /**
     * The mail server of this machine: port 25 of the loopback address.
     *
     * @return a smart host with the defaults
     */
    public static SmartHost local() {
        return at(new InetSocketAddress(InetAddress.getLoopbackAddress(), 25));
    }

    /**
     * A mail server. By default it is spoken to by SMTP, encrypted by STARTTLS if it offers that, without a login.
     *
     * @param address where it is; a host name that is not resolved is looked up for each connection
     * @return a smart host with the defaults
     */
    public static SmartHost at(InetSocketAddress address) {
        return new SmartHost(new Values(address));
    }

    /**
     * A mail server of this machine that listens on a Unix socket. The defaults are the same.
     *
     * @param socket the file; we need the permission to write to it
     * @return a smart host with the defaults
     */
    public static SmartHost at(Path socket) {
        return new SmartHost(new Values(UnixDomainSocketAddress.of(socket)));
    }

    /**
     * Sets what the server speaks.
     *
     * @param protocol default: SMTP
     * @return the changed copy
     */
    public SmartHost withProtocol(Protocol protocol) {
        return with(values -> values.protocol = protocol);
    }

    /**
     * Does without TLS.
     *
     * @return the changed copy
     */
    public SmartHost withoutTls() {
        return with(values -> values.tls = new Tls.None());
    }

    /**
     * Encrypts by STARTTLS (RFC 3207) if the server offers it, whoever it is, and goes on in the clear if TLS cannot be begun
     * (RFC 7435). This is the default, and meant for the same machine or network.
     *
     * @return the changed copy
     */
    public SmartHost withTlsIfOffered() {
        return with(values -> values.tls = new Tls.IfOffered());
    }

    /**
     * Sends mail only behind STARTTLS (RFC 3207), and only to a server that is trusted.
     *
     * @param trust whom to believe
     * @return the changed copy
     */
    public SmartHost withStartTls(TlsTrust trust) {
        return with(values -> values.tls = new Tls.Required(trust));
    }

    /**
     * Speaks TLS from the first octet (RFC 8314, section 3.3), to a server that is trusted.
     *
     * @param trust whom to believe
     * @return the changed copy
     */
    public SmartHost withImplicitTls(TlsTrust trust) {
        return with(values -> values.tls = new Tls.Implicit(trust));
    }

    /**
     * Logs in by AUTH PLAIN (RFC 4954). The password is sent within TLS, or on this machine; else mail waits.
     *
     * @param user who we are there
     * @param password its password
     * @return the changed copy
     */
    public SmartHost withLogin(String user, Password password) {
        checkArgument(!user.isEmpty() && user.indexOf('\0') < 0, "A login needs a name");
        return with(values -> values.credentials = Optional.of(new Credentials(user, password)));
    }

    /**
     * Sets the name that we greet with.
     *
     * @param name a host name, or an address literal in brackets; default: the name of this machine
     * @return the changed copy
     */
    public SmartHost withHostName(String name) {
        return with(values -> values.hostName = Optional.of(name));
    }

    /**
     * Sets how long it may take to connect, without the look-up of a host name. A Unix socket answers at once.
     *
     * @param timeout positive; default 30 seconds
     * @return the changed copy
     */
    public SmartHost withConnectTimeout(Duration timeout) {
        return with(values -> values.connectTimeout = timeout);
    }

    /**
     * Sets how long the server may take for the reply to a command, and to take some kilobytes of the message (RFC 5321,
     * section 4.5.3.2).
     *
     * @param timeout positive; default 5 minutes
     * @return the changed copy
     */
    public SmartHost withReplyTimeout(Duration timeout) {
        return with(values -> values.replyTimeout = timeout);
    }

    /**
     * Sets how long the server may take for the reply to the message. If it takes longer and has the message all the same,
     * its recipients get it twice (RFC 1047), so this should be long.
     *
     * @param timeout positive; default 10 minutes (RFC 5321, section 4.5.3.2.6)
     * @return the changed copy
     */
    public SmartHost withEndOfDataTimeout(Duration timeout) {
        return with(values -> values.endOfDataTimeout = timeout);
    }

    /**
     * Sets how long a message may take in all, however lively the server is.
     *
     * @param timeout positive; default 1 hour
     * @return the changed copy
     */
    public SmartHost withTotalTimeout(Duration timeout) {
        return with(values -> values.totalTimeout = timeout);
    }

    @Override
    public List<Result> send(OutboundMessage message) throws IOException {
        boolean tls = !(values.tls instanceof Tls.None);
        try {
            return send(message, tls);
        } catch (SmtpDialogue.TlsException e) {
            if (values.tls instanceof Tls.IfOffered) {
                LOG.warn("{} gets mail in the clear: {}", this, e.getMessage());
                return send(message, false);
            }
            throw e;
        }
    }

    private List<Result> send(OutboundMessage message, boolean tls) throws IOException {
        try (SmtpWire wire = new SmtpWire(connect(), values.totalTimeout)) {
            return new SmtpDialogue(this, wire, message).run(tls);
        }
    }

    private OutboundConnection connect() throws IOException {
        return values.address instanceof UnixDomainSocketAddress socket
                ? OutboundConnection.connect(socket)
                : OutboundConnection.connect((InetSocketAddress) values.address, values.connectTimeout);
    }

    SSLEngine newEngine() {
        return values.address instanceof InetSocketAddress address
                ? values.tls.newEngine(address.getHostString(), address.getPort())
                : values.tls.newEngine("localhost", 0);
    }

    Protocol protocol() {
        return values.protocol;
    }

    Tls tls() {
        return values.tls;
    }

    Optional<Credentials> credentials() {
        return values.credentials;
    }

    String hostName() {
        return values.hostName.orElseGet(SmartHost::localHostName);
    }

    Duration replyTimeout() {
        return values.replyTimeout;
    }

    Duration endOfDataTimeout() {
        return values.endOfDataTimeout;
    }

    /**
     * The server, for logs and reports.
     *
     * @return its host and port, or its file
     */
    @Override
    public String toString() {
        return values.address instanceof InetSocketAddress address
                ? address.getHostString() + ":" + address.getPort()
                : values.address.toString();
    }

    static boolean isHostText(String name) {
        return !name.isEmpty() && name.length() <= 255 && HOST_TEXT.matchesAllOf(name);
    }

    static String localHostName() {
        try {
            String name = InetAddress.getLocalHost().getHostName();
            return isHostText(name) ? name : "localhost";
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
