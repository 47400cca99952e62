package org.vmail.pop3;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import com.google.common.base.Ticker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmail.auth.Authenticator;
import org.vmail.auth.LoginThrottle;
import org.vmail.auth.LoginThrottleOptions;
import org.vmail.auth.TokenVerifier;
import org.vmail.auth.internal.Logins;
import org.vmail.chain.LoginRoute;
import org.vmail.chain.NativeDaemon;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.LoginResolver;
import org.vmail.mailbox.MaildropStore;
import org.vmail.net.Listener;
import org.vmail.net.ServerOptions;
import org.vmail.net.TlsContext;
import org.vmail.net.internal.SocketServer;
import org.vmail.net.internal.SocketServer.Endpoint;
import org.vmail.net.internal.Threads;

/**
 * A POP3 server (RFC 1939, 2449, 2595, 3206, 5034, 6856, 8314) for many domains.
 *
 * <p>Before it reads a byte it asks its {@link DomainResolver} which domain a connection is for. A connection that is for
 * none of the hosted domains goes, untouched, to the {@link NativeDaemon} if there is one; the others are served here,
 * where the server name of TLS and then a login may tell another domain.
 *
 * <p>A server is used once: {@link #start}, then {@link #close}. Each connection is a blocking conversation on a thread of
 * its own: a virtual thread where the JVM has them, otherwise a platform thread, unless {@link
 * ServerOptions#withExecutor} says otherwise. Thread-safe. What it is given stays the embedder's to close.
 */
public final class Pop3Server implements AutoCloseable {
    private final DomainResolver domains;
    private final Upstreams upstreams;
    private final SocketServer server;

    private Pop3Server(Builder builder) {
        this.domains = builder.domains;
        this.upstreams = new Upstreams(builder.loginRoute);
        Pop3Service service = new Pop3Service(
                builder.domains,
                builder.nativeDaemon,
                upstreams,
                builder.newLogins(),
                new Maildrops(builder.maildrops, builder.options, Ticker.systemTicker()),
                builder.throttle,
                builder.tls,
                new GuardedListener(builder.listener),
                builder.options);
        List<Endpoint> endpoints = builder.listeners.stream()
                .map(each -> new Endpoint(each, new Pop3Protocol(service, each.tls())))
                .toList();
        this.server = new SocketServer(
                "pop3", endpoints, builder.serverOptions, max -> Threads.forConversations("pop3", max));
    }

    /**
     * Begins a server for the accounts of a directory.
     *
     * @param directory who can log in
     * @param maildrops where their mail is
     * @return a builder
     */
    public static Builder builder(Directory directory, MaildropStore maildrops) {
        return new Builder(directory, maildrops);
    }

    /**
     * Listens on all addresses or none, lets the domain resolver learn about them, and begins to serve.
     *
     * @throws IOException if an address cannot be bound, or there is no socket to inherit; the message says which and why
     * @throws IllegalStateException if the server was started or closed before
     */
    public void start() throws IOException {
        server.bind();
        try {
            domains.prepare(server.targetAddresses());
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
        server.accept();
    }

    /**
     * Where the server listens, with the ports that the system chose if that was left to it.
     *
     * @return the addresses, in the order in which the listeners were given; empty unless the server is running
     */
    public List<InetSocketAddress> boundAddresses() {
        return server.boundAddresses();
    }

    /**
     * The first of {@link #boundAddresses()}: with one listener, where the server listens.
     *
     * @return the address, with the port that the system chose if that was left to it
     * @throws IllegalStateException if the server does not run, or has Unix sockets alone
     */
    public InetSocketAddress boundAddress() {
        return server.boundAddress();
    }

    /**
     * Waits until there is nothing left to serve: until the server is closed, or, if all it has is a connection that it
     * inherited ({@link Listener#inherited}), until that has ended. The server still has to be closed.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    public void awaitEnd() throws InterruptedException {
        server.awaitEnd();
    }

    /**
     * Stops listening, lets commands that are being carried out end within {@link ServerOptions#drainTimeout()}, and ends
     * all sessions, without deleting anything, and all threads of the server. May be called more than once.
     */
    @Override
    public void close() {
        server.close();
        upstreams.close();
    }

    /**
     * Closes the server as {@link #close()} does, with a time of its own to carry out what is under way.
     *
     * @param drainTimeout in the place of {@link ServerOptions#drainTimeout()}; zero breaks everything off
     * @throws IllegalArgumentException if it is negative
     */
    public void closeGracefully(Duration drainTimeout) {
        server.close(drainTimeout);
        upstreams.close();
    }

    /** Collects what a {@link Pop3Server} needs. Not thread-safe. */
    public static final class Builder {
        private final List<Listener> listeners = new ArrayList<>();
        private final Directory directory;
        private final MaildropStore maildrops;
        private DomainResolver domains = connection -> new DomainChoice.Shared("every connection is shared");
        private LoginResolver logins;
        private Authenticator authenticator;
        private Optional<TokenVerifier> tokenVerifier = Optional.empty();
        private Optional<byte[]> scramSecret = Optional.empty();
        private LoginThrottle throttle = LoginThrottle.with(LoginThrottleOptions.defaults());
        private Optional<NativeDaemon> nativeDaemon = Optional.empty();
        private Optional<LoginRoute> loginRoute = Optional.empty();
        private Optional<TlsContext> tls = Optional.empty();
        private Pop3Listener listener = new Pop3Listener() {};
        private Pop3Options options = Pop3Options.defaults();
        private ServerOptions serverOptions = ServerOptions.defaults();

        private Builder(Directory directory, MaildropStore maildrops) {
            this.directory = directory;
            this.maildrops = maildrops;
            this.logins = LoginResolver.over(directory);
            this.authenticator = Authenticator.over(directory);
        }

        /**
         * Adds a listener. At least one is needed. One with TLS from the first octet (POP3S, RFC 8314, section 3.3), as on
         * port 995, needs {@link #tls}.
         *
         * @param where an address, a socket to inherit, or either of them behind a proxy
         * @return this builder
         */
        public Builder listen(Listener where) {
            listeners.add(where);
            return this;
        }

        /**
         * Adds an address to listen on, as {@link Listener#at}.
         *
         * @param address an address of this machine or the wildcard; port 0 means any free port
         * @return this builder
         */
        public Builder listen(InetSocketAddress address) {
            return listen(Listener.at(address));
        }

        /**
         * Adds an address where TLS begins with the first octet, as {@link Listener#withTls}.
         *
         * @param address an address of this machine or the wildcard; port 0 means any free port
         * @return this builder
         */
        public Builder listenTls(InetSocketAddress address) {
            return listen(Listener.at(address).withTls());
        }

        /**
         * Offers TLS: STLS where it does not begin with the first octet (RFC 2595).
         *
         * @param context the certificates; default: none, and no TLS
         * @return this builder
         */
        public Builder tls(TlsContext context) {
            tls = Optional.of(context);
            return this;
        }

        /**
         * Sets how the domain of a connection is found before anything is read from it. When TLS has begun it is asked
         * again, as the client may have named a server, and its second answer counts.
         *
         * @param resolver default: every connection is shared by all hosted domains, and the login says which it means
         * @return this builder
         */
        public Builder domains(DomainResolver resolver) {
            domains = resolver;
            return this;
        }

        /**
         * Sets how logins are split, and what counts when they contradict the connection.
         *
         * @param resolver default: {@link LoginResolver#over} the directory
         * @return this builder
         */
        public Builder logins(LoginResolver resolver) {
            logins = resolver;
            return this;
        }

        /**
         * Sets who checks passwords.
         *
         * @param checker default: {@link Authenticator#over} the directory
         * @return this builder
         */
        public Builder authenticator(Authenticator checker) {
            authenticator = checker;
            return this;
        }

        /**
         * Sets who checks bearer tokens, for the SASL mechanisms OAUTHBEARER and XOAUTH2.
         *
         * @param verifier default: nobody, and these mechanisms are not offered
         * @return this builder
         */
        public Builder tokenVerifier(TokenVerifier verifier) {
            tokenVerifier = Optional.of(verifier);
            return this;
        }

        /**
         * Sets what the SCRAM salts are made from of accounts without stored keys, and of users who do not exist. If it
         * survives restarts, and is the same for all servers of a site, nobody can tell who exists by whose salt changes.
         *
         * @param secret at least 16 octets that nobody can guess, copied; default: random for each server
         * @return this builder
         * @throws IllegalArgumentException if it is shorter
         */
        public Builder scramSecret(byte[] secret) {
            checkArgument(secret.length >= 16, "The secret of SCRAM salts must have at least 16 octets");
            scramSecret = Optional.of(secret.clone());
            return this;
        }

        /**
         * Sets who slows down guessing. Servers of one program should share it.
         *
         * @param loginThrottle default: one with the default options for this server alone
         * @return this builder
         */
        public Builder throttle(LoginThrottle loginThrottle) {
            throttle = loginThrottle;
            return this;
        }

        /**
         * Sets who is told what happens.
         *
         * @param pop3Listener default: nobody
         * @return this builder
         */
        public Builder listener(Pop3Listener pop3Listener) {
            listener = pop3Listener;
            return this;
        }

        /**
         * Sets who serves connections that are for none of the hosted domains.
         *
         * @param daemon default: none, and such connections are served here as well
         * @return this builder
         */
        public Builder nativeDaemon(NativeDaemon daemon) {
            nativeDaemon = Optional.of(daemon);
            return this;
        }

        /**
         * Sets which logins are served by other servers, with {@link LoginRoute#mainDomain} those of the main domain. A
         * connection that goes to the {@link #nativeDaemon} comes to no login here.
         *
         * <p>Before a login, only what the other servers can do as well is announced, and only ways to log in that give us
         * the password, unless {@link Pop3Options#withOnlyChainableLogins} says otherwise.
         *
         * @param route default: none, and all accounts are here
         * @return this builder
         */
        public Builder loginRoute(LoginRoute route) {
            loginRoute = Optional.of(route);
            return this;
        }

        /**
         * Sets the bounds of a session.
         *
         * @param pop3Options default: {@link Pop3Options#defaults}
         * @return this builder
         */
        public Builder options(Pop3Options pop3Options) {
            options = pop3Options;
            return this;
        }

        /**
         * Sets the bounds of the server.
         *
         * @param bounds default: {@link ServerOptions#defaults}
         * @return this builder
         */
        public Builder serverOptions(ServerOptions bounds) {
            serverOptions = bounds;
            return this;
        }

        private Logins newLogins() {
            Logins made = new Logins(logins, authenticator, directory, tokenVerifier);
            return scramSecret.map(made::withScramSecret).orElse(made);
        }

        /**
         * Builds the server, which does nothing until it is started.
         *
         * @return the server, which the caller closes
         * @throws IllegalStateException if there is no address to listen on, or one with TLS and no certificate
         */
        public Pop3Server build() {
            checkState(!listeners.isEmpty(), "A POP3 server needs an address to listen on");
            checkState(
                    listeners.stream().noneMatch(Listener::tls) || tls.isPresent(),
                    "An address with TLS needs certificates");
            return new Pop3Server(this);
        }
    }
}
