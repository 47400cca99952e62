package org.vmail.delivery.lmtp;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmail.delivery.Deliverer;
import org.vmail.net.Listener;
import org.vmail.net.ServerOptions;
import org.vmail.net.TlsContext;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Conversation;
import org.vmail.net.internal.SocketServer;
import org.vmail.net.internal.Threads;

/**
 * An LMTP server (RFC 2033, with PIPELINING, ENHANCEDSTATUSCODES, 8BITMIME, SIZE and SMTPUTF8, and by choice STARTTLS,
 * CHUNKING, BINARYMIME, DSN and XCLIENT) in front of a {@link Deliverer}.
 *
 * <p>It takes mail from an MTA that it trusts: it has no authentication, so it should listen where only the MTA can reach
 * it. Unknown users are refused at RCPT. After DATA each accepted recipient gets a reply of its own, in order, as soon as
 * that recipient's copy is stored; one who is answered with 250 has the message on disk. A client that is gone is told no
 * more, and what it was not told is not delivered: it sends the message again.
 *
 * <p>A server is used once: {@link #start}, then {@link #close}. Each connection is a blocking conversation on a platform
 * thread, because it mostly writes and syncs files, unless {@link ServerOptions#withExecutor} says otherwise. Thread-safe.
 */
public final class LmtpServer implements AutoCloseable {
    private static final int SMTP_PORT = 25;
    private static final String NOT_THERE = "LMTP must not be spoken on port 25 (RFC 2033, section 5)";

    private final SocketServer server;

    private LmtpServer(Builder builder) {
        LmtpService service = new LmtpService(
                builder.deliverer,
                builder.tls,
                new GuardedListener(builder.listener),
                builder.options,
                Clock.systemUTC());
        Lmtp protocol = new Lmtp(service);
        List<SocketServer.Endpoint> endpoints = builder.listeners.stream()
                .map(listener -> new SocketServer.Endpoint(listener, protocol))
                .toList();
        this.server = new SocketServer("lmtp", endpoints, builder.serverOptions, max -> Threads.forFiles("lmtp", max));
    }

    /**
     * Begins a server.
     *
     * @param deliverer who says which recipients there are, and delivers
     * @return a builder
     */
    public static Builder builder(Deliverer deliverer) {
        return new Builder(deliverer);
    }

    /**
     * Listens on all addresses or none, and begins to serve.
     *
     * @throws IOException if an address cannot be bound, or there is no socket to inherit, or it is that of port 25 (RFC 2033,
     *     section 5); the message says which and why
     * @throws IllegalStateException if the server was started or closed before
     */
    public void start() throws IOException {
        server.bind();
        if (server.boundAddresses().stream().anyMatch(address -> address.getPort() == SMTP_PORT)) {
            server.close();
            throw new IOException("Cannot inherit a socket for lmtp: " + NOT_THERE);
        }
        server.accept();
    }

    /**
     * Where the server listens, with the port that the system chose if that was left to it.
     *
     * @return the addresses, in the order in which they were given, without Unix sockets; empty unless the server is running
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
     * Stops listening, lets messages that are being delivered be answered within {@link ServerOptions#drainTimeout()}, and
     * ends all sessions and all threads of the server. May be called more than once.
     */
    @Override
    public void close() {
        server.close();
    }

    /**
     * Closes the server as {@link #close()} does, with a time of its own to answer what is under way.
     *
     * @param drainTimeout in the place of {@link ServerOptions#drainTimeout()}; zero breaks everything off
     * @throws IllegalArgumentException if it is negative
     */
    public void closeGracefully(Duration drainTimeout) {
        server.close(drainTimeout);
    }

    private record Lmtp(LmtpService service) implements SocketServer.Protocol {
        @Override
        public Conversation begin(ClientConnection connection) {
            return new LmtpSession(service, connection);
        }

        @Override
        public Optional<String> busyReply() {
            return Optional.of("421 4.3.2 too many connections, try again later");
        }

        @Override
        public void refused(InetAddress client) {
            service.listener().refused(client);
        }
    }

    /** Collects what an {@link LmtpServer} needs. Not thread-safe. */
    public static final class Builder {
        private final Deliverer deliverer;
        private final List<Listener> listeners = new ArrayList<>();
        private Optional<TlsContext> tls = Optional.empty();
        private LmtpListener listener = new LmtpListener() {};
        private LmtpOptions options = LmtpOptions.defaults();
        private ServerOptions serverOptions = ServerOptions.defaults();

        private Builder(Deliverer deliverer) {
            this.deliverer = deliverer;
        }

        /**
         * Adds a listener. At least one is needed.
         *
         * @param where an address whose port is not 25 (RFC 2033, section 5), a Unix socket, a socket to inherit, or any of
         *     them behind a proxy
         * @return this builder
         * @throws IllegalArgumentException if the port is 25, or TLS is to begin with the first octet
         */
        public Builder listen(Listener where) {
            checkArgument(
                    where.address()
                            .filter(address -> address.getPort() == SMTP_PORT)
                            .isEmpty(),
                    NOT_THERE);
            checkArgument(!where.tls(), "LMTP begins TLS with STARTTLS, never with the first octet");
            listeners.add(where);
            return this;
        }

        /**
         * Adds an address to listen on, as {@link Listener#at}.
         *
         * @param address an address of this machine or the wildcard; port 0 means any free port
         * @return this builder
         * @throws IllegalArgumentException if the port is 25
         */
        public Builder listen(InetSocketAddress address) {
            return listen(Listener.at(address));
        }

        /**
         * Offers TLS by STARTTLS (RFC 3207).
         *
         * @param context the certificates; default: none, and no TLS
         * @return this builder
         */
        public Builder tls(TlsContext context) {
            tls = Optional.of(context);
            return this;
        }

        /**
         * Sets who learns what the server does.
         *
         * @param lmtpListener default: nobody
         * @return this builder
         */
        public Builder listener(LmtpListener lmtpListener) {
            listener = lmtpListener;
            return this;
        }

        /**
         * Sets what is offered, and the bounds of a session.
         *
         * @param lmtpOptions default: {@link LmtpOptions#defaults}
         * @return this builder
         */
        public Builder options(LmtpOptions lmtpOptions) {
            options = lmtpOptions;
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
        public LmtpServer build() {
            checkState(!listeners.isEmpty(), "An LMTP server needs an address to listen on");
            return new LmtpServer(this);
        }
    }
}
