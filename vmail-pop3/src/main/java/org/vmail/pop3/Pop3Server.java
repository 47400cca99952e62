package org.vmail.pop3;

import static com.google.common.base.Preconditions.checkState;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.auth.Authenticator;
import org.vmail.chain.NativeDaemon;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.DomainResolver;
import org.vmail.domain.LoginResolver;
import org.vmail.mailbox.MaildropStore;
import org.vmail.net.ServerOptions;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.SocketServer;
import org.vmail.net.internal.Threads;
import org.vmail.net.internal.Wire;

/**
 * A POP3 server (RFC 1939, 2449, 3206) for many domains.
 *
 * <p>Before it reads a byte it asks its {@link DomainResolver} which domain a connection is for. A connection that is for
 * none of the hosted domains goes, untouched, to the {@link NativeDaemon} if there is one; the others are served here,
 * where a login may name its domain.
 *
 * <p>A server is used once: {@link #start}, then {@link #close}. Each connection is a blocking conversation on a thread of
 * its own: a virtual thread where the JVM has them, otherwise a platform thread, unless {@link
 * ServerOptions#withExecutor} says otherwise. Thread-safe. What it is given stays the embedder's to close.
 */
public final class Pop3Server implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Pop3Server.class);

    private final DomainResolver domains;
    private final Optional<NativeDaemon> nativeDaemon;
    private final LoginService logins;
    private final Pop3Options options;
    private final SocketServer server;

    private Pop3Server(Builder builder) {
        this.domains = builder.domains;
        this.nativeDaemon = builder.nativeDaemon;
        this.logins = new LoginService(builder.logins, builder.authenticator, builder.maildrops);
        this.options = builder.options;
        this.server = new SocketServer(new Pop3(), builder.addresses, builder.serverOptions);
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
     * @throws IOException if an address cannot be bound; the message says which and why
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
     * Where the server listens, with the port that the system chose if that was left to it.
     *
     * @return the addresses, in the order in which they were given; empty unless the server is running
     */
    public List<InetSocketAddress> boundAddresses() {
        return server.boundAddresses();
    }

    /**
     * Stops listening, lets commands that are being carried out end within {@link ServerOptions#drainTimeout()}, and ends
     * all sessions, without deleting anything, and all threads of the server. May be called more than once.
     */
    @Override
    public void close() {
        server.close();
    }

    private void converse(ClientConnection connection) throws IOException {
        DomainChoice choice;
        try {
            choice = domains.resolve(connection.info());
        } catch (IOException e) {
            LOG.warn("The domain of a connection to {} is not known: {}", connection.targetText(), e.toString());
            refuse(connection, "the domain of this address is not known yet, try again later");
            return;
        } catch (RuntimeException e) {
            refuse(connection, "internal error, try again later");
            throw e;
        }
        if (choice instanceof DomainChoice.NotHosted && nativeDaemon.isPresent()) {
            chain(connection, nativeDaemon.get(), choice.rule());
        } else {
            new Pop3Session(logins, options, connection, choice).run();
        }
    }

    private static void chain(ClientConnection connection, NativeDaemon daemon, String rule) throws IOException {
        LOG.info(
                "Chained to {}: client={} target={} rule=[{}]",
                daemon,
                connection.clientText(),
                connection.targetText(),
                rule);
        try {
            connection.endInputOnStop();
            daemon.serve(connection);
        } catch (IOException e) {
            LOG.error("A connection to {} was not chained: {}", connection.targetText(), e.toString());
            refuse(connection, "the POP3 server for this address is not available, try again later");
        }
    }

    private static void refuse(ClientConnection connection, String text) throws IOException {
        Wire wire = new Wire(connection);
        new Replies(wire).temporaryErr(text);
        wire.flush();
    }

    private final class Pop3 implements SocketServer.Protocol {
        @Override
        public String name() {
            return "pop3";
        }

        @Override
        public void converse(ClientConnection connection) throws IOException {
            Pop3Server.this.converse(connection);
        }

        @Override
        public String busyReply() {
            return "-ERR [SYS/TEMP] too many connections, try again later";
        }

        @Override
        public ExecutorService newExecutor(int max) {
            return Threads.forConversations("pop3", max);
        }
    }

    /** Collects what a {@link Pop3Server} needs. Not thread-safe. */
    public static final class Builder {
        private final List<InetSocketAddress> addresses = new ArrayList<>();
        private final MaildropStore maildrops;
        private DomainResolver domains = connection -> new DomainChoice.Shared("every connection is shared");
        private LoginResolver logins;
        private Authenticator authenticator;
        private Optional<NativeDaemon> nativeDaemon = Optional.empty();
        private Pop3Options options = Pop3Options.defaults();
        private ServerOptions serverOptions = ServerOptions.defaults();

        private Builder(Directory directory, MaildropStore maildrops) {
            this.maildrops = maildrops;
            this.logins = LoginResolver.over(directory);
            this.authenticator = Authenticator.over(directory);
        }

        /**
         * Adds an address to listen on. At least one is needed.
         *
         * @param address an address of this machine or the wildcard; port 0 means any free port
         * @return this builder
         */
        public Builder listen(InetSocketAddress address) {
            addresses.add(address);
            return this;
        }

        /**
         * Sets how the domain of a connection is found before anything is read from it.
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

        /**
         * Builds the server, which does nothing until it is started.
         *
         * @return the server, which the caller closes
         * @throws IllegalStateException if there is no address to listen on
         */
        public Pop3Server build() {
            checkState(!addresses.isEmpty(), "A POP3 server needs an address to listen on");
            return new Pop3Server(this);
        }
    }
}
