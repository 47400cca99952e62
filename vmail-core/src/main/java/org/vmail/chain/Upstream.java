package org.vmail.chain;

import static com.google.common.base.Preconditions.checkArgument;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmail.auth.Password;
import org.vmail.internal.Durations;
import org.vmail.net.TlsTrust;

/**
 * Another server, and how we log in there for our clients (the late chain). Immutable and thread-safe; each {@code with…}
 * method returns a changed copy. Two of them are never equal: make one for each server, and keep it.
 *
 * <p>The server is given the passwords of its users. Over a network that others share, that needs {@link #withTls} or
 * {@link #withStls}.
 */
public final class Upstream {
    private static final int SHORTEST_REPLY = 512;

    private final Values values;

    /** How the connection is protected. */
    public enum Encryption {
        /** It is not: for a server on the same machine. */
        NONE,
        /** TLS after STLS (RFC 2595); a server without it gets no password. */
        STLS,
        /** TLS from the first octet (RFC 8314). */
        TLS
    }

    /** In which form the password is given. */
    public enum LoginForm {
        /** USER and PASS (RFC 1939, section 7), which every server knows. */
        USER_PASS,
        /** SASL PLAIN (RFC 4616, RFC 5034). */
        SASL_PLAIN
    }

    /**
     * Somebody who may log in as anybody.
     *
     * @param name what it is called
     * @param password its password
     */
    public record MasterUser(String name, Password password) {}

    /** Changed only before it is given to {@link Upstream}. */
    private static final class Values implements Cloneable {
        private final InetSocketAddress address;
        private Encryption encryption = Encryption.NONE;
        private Optional<TlsTrust> trust = Optional.empty();
        private LoginForm loginForm = LoginForm.USER_PASS;
        private Optional<MasterUser> masterUser = Optional.empty();
        private int xclientTtl;
        private ChainOptions chainOptions = ChainOptions.defaults();
        private Duration loginTimeout = Duration.ofSeconds(30);
        private int maxReplyOctets = 2048;
        private int maxParallel = 1000;
        private Duration capabilityLife = Duration.ofMinutes(10);

        Values(InetSocketAddress address) {
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

    private Upstream(Values values) {
        this.values = values;
        checkArgument(
                values.masterUser.isEmpty() || values.loginForm == LoginForm.SASL_PLAIN,
                "A master user needs SASL PLAIN");
        checkArgument(values.xclientTtl >= 0, "The TTL of XCLIENT must not be negative");
        Durations.checkPositive(values.loginTimeout, "The login timeout");
        checkArgument(
                values.maxReplyOctets >= SHORTEST_REPLY, "A reply must be allowed 512 octets (RFC 1939, section 3)");
        checkArgument(values.maxParallel > 0, "The number of connections must be positive");
        Durations.checkPositive(values.capabilityLife, "The life of capabilities");
    }

    private Upstream with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new Upstream(changed);
    }

    /**
     * A server on TCP: no TLS, USER and PASS, nothing said about the client, 30 seconds to log in, replies of 2048 octets,
     * 1000 connections at a time, capabilities asked for every 10 minutes, {@link ChainOptions#defaults()}.
     *
     * @param address where; a host name that is not resolved is looked up for each connection
     * @return the server
     */
    public static Upstream at(InetSocketAddress address) {
        return new Upstream(new Values(address));
    }

    /**
     * Asks for TLS with STLS before anything else is said.
     *
     * @param trust whom to believe
     * @return the changed copy
     */
    public Upstream withStls(TlsTrust trust) {
        return with(changed -> {
            changed.encryption = Encryption.STLS;
            changed.trust = Optional.of(trust);
        });
    }

    /**
     * Begins with TLS.
     *
     * @param trust whom to believe
     * @return the changed copy
     */
    public Upstream withTls(TlsTrust trust) {
        return with(changed -> {
            changed.encryption = Encryption.TLS;
            changed.trust = Optional.of(trust);
        });
    }

    /**
     * Sets in which form the password is given. SASL PLAIN can say passwords that PASS cannot: longer ones, and those with
     * line breaks.
     *
     * @param form default: USER and PASS
     * @return the changed copy
     */
    public Upstream withLoginForm(LoginForm form) {
        return with(changed -> changed.loginForm = form);
    }

    /**
     * Logs in as a master user in the name of the client's (RFC 4616, section 2: the authorization identity), with SASL
     * PLAIN. Then the client's password, or what stands for one, is checked here first, so that every mechanism can be
     * chained; the accounts must be known here.
     *
     * @param name the master user
     * @param password its password
     * @return the changed copy
     */
    public Upstream withMasterUser(String name, Password password) {
        return with(changed -> {
            changed.loginForm = LoginForm.SASL_PLAIN;
            changed.masterUser = Optional.of(new MasterUser(name, password));
        });
    }

    /**
     * Tells the server the client's address and port with XCLIENT, as Dovecot understands it for POP3 from the networks in
     * its {@code login_trusted_networks}. A server that refuses it is not logged in to.
     *
     * @param ttl how many servers a login may pass from here on: each one takes one off, and the last one does not chain it
     *     any further. At least 1; default: no XCLIENT
     * @return the changed copy
     */
    public Upstream withXclient(int ttl) {
        checkArgument(ttl > 0, "The TTL of XCLIENT must be positive");
        return with(changed -> changed.xclientTtl = ttl);
    }

    /**
     * Sets what a chained connection has in common with one of a {@link NativeDaemon}: how long connecting may take, how long
     * both sides may be silent after the login, the buffers, and whether the server is sent a PROXY header before anything
     * else. The rest of the options is for several back ends and for processes.
     *
     * @param options default: {@link ChainOptions#defaults()}
     * @return the changed copy
     */
    public Upstream withChainOptions(ChainOptions options) {
        return with(changed -> changed.chainOptions = options);
    }

    /**
     * Sets how long the server may take from the beginning of the connection until it has answered the login.
     *
     * @param timeout positive; default 30 seconds
     * @return the changed copy
     */
    public Upstream withLoginTimeout(Duration timeout) {
        return with(changed -> changed.loginTimeout = timeout);
    }

    /**
     * Sets how long a line of a reply may be until the login is answered; the client gets what is longer than RFC 1939
     * allows in a shortened form. A list of capabilities may have 100 of them.
     *
     * @param octets at least 512; default 2048
     * @return the changed copy
     */
    public Upstream withMaxReplyOctets(int octets) {
        return with(changed -> changed.maxReplyOctets = octets);
    }

    /**
     * Sets how many connections each of our servers may have there at a time. Clients beyond hear that they should try
     * again.
     *
     * @param connections at least 1; default 1000
     * @return the changed copy
     */
    public Upstream withMaxParallel(int connections) {
        return with(changed -> changed.maxParallel = connections);
    }

    /**
     * Sets for how long it is believed what the server said that it can do.
     *
     * @param life positive; default 10 minutes
     * @return the changed copy
     */
    public Upstream withCapabilityLife(Duration life) {
        return with(changed -> changed.capabilityLife = life);
    }

    /**
     * Where the server is.
     *
     * @return an address or a host name, and a port
     */
    public InetSocketAddress address() {
        return values.address;
    }

    /**
     * How the connection is protected.
     *
     * @return none by default
     */
    public Encryption encryption() {
        return values.encryption;
    }

    /**
     * Whom to believe.
     *
     * @return present if the connection is protected
     */
    public Optional<TlsTrust> trust() {
        return values.trust;
    }

    /**
     * In which form the password is given.
     *
     * @return USER and PASS by default
     */
    public LoginForm loginForm() {
        return values.loginForm;
    }

    /**
     * Who logs in for all.
     *
     * @return empty if each user does
     */
    public Optional<MasterUser> masterUser() {
        return values.masterUser;
    }

    /**
     * How many servers a login may pass.
     *
     * @return at least 1, or 0 if XCLIENT is not used
     */
    public int xclientTtl() {
        return values.xclientTtl;
    }

    /**
     * The time limits of connecting and of silence, and what the server is told of the client.
     *
     * @return the options
     */
    public ChainOptions chainOptions() {
        return values.chainOptions;
    }

    /**
     * How long a login may take.
     *
     * @return positive
     */
    public Duration loginTimeout() {
        return values.loginTimeout;
    }

    /**
     * How long a line of a reply may be.
     *
     * @return at least 512
     */
    public int maxReplyOctets() {
        return values.maxReplyOctets;
    }

    /**
     * How many connections there may be.
     *
     * @return at least 1
     */
    public int maxParallel() {
        return values.maxParallel;
    }

    /**
     * How long capabilities are believed.
     *
     * @return positive
     */
    public Duration capabilityLife() {
        return values.capabilityLife;
    }

    /**
     * Where it is, for logs.
     *
     * @return host and port
     */
    @Override
    public String toString() {
        return values.address.getHostString() + ":" + values.address.getPort();
    }
}
