package org.vmail.net;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.vmail.internal.Durations;

/**
 * The bounds that every vmail server keeps, whatever it speaks. Immutable; each {@code with…} method returns a changed
 * copy.
 */
public final class ServerOptions {
    private static final ServerOptions DEFAULTS = new ServerOptions(new Values());

    private final Values values;

    /** Changed only before it is given to {@link ServerOptions}. */
    private static final class Values implements Cloneable {
        private int maxConnections = 1000;
        private int maxConnectionsPerClient = 100;
        private int maxHalfOpenConnections = 500;
        private int backlog = 128;
        private Duration writeTimeout = Duration.ofMinutes(2);
        private int minReadRate = 256;
        private int sendBufferOctets = 256 * 1024;
        private Duration drainTimeout = Duration.ofSeconds(10);
        private Duration proxyHeaderTimeout = Duration.ofSeconds(5);
        private Optional<Executor> executor = Optional.empty();

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private ServerOptions(Values values) {
        this.values = values;
        checkArgument(values.maxConnections > 0, "The number of connections must be positive");
        checkArgument(values.maxConnectionsPerClient > 0, "The number of connections per client must be positive");
        checkArgument(values.maxHalfOpenConnections > 0, "The number of half-open connections must be positive");
        checkArgument(values.backlog > 0, "The backlog must be positive");
        Durations.checkPositive(values.writeTimeout, "The write timeout");
        checkArgument(values.minReadRate > 0, "The read rate must be positive");
        checkArgument(values.sendBufferOctets > 0, "The send buffer must be positive");
        checkArgument(!values.drainTimeout.isNegative(), "The drain timeout must not be negative");
        Durations.checkBounded(values.drainTimeout, "The drain timeout");
        Durations.checkPositive(values.proxyHeaderTimeout, "The time for a PROXY header");
    }

    private ServerOptions with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new ServerOptions(changed);
    }

    /**
     * The defaults: 1000 connections, 100 of them from one client, 500 of them not logged in, a backlog of 128, a write
     * timeout of 2 minutes, a read rate of 256 octets a second, send buffers of 256 KiB, a drain timeout of 10 seconds,
     * 5 seconds for a PROXY header, and threads of the server's own.
     *
     * @return the defaults
     */
    public static ServerOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how many connections are served at a time. Beyond them the connection that has gone longest without logging in is
     * closed; if all have logged in, the new one is told so and closed.
     *
     * @param count at least 1; default 1000
     * @return the changed copy
     */
    public ServerOptions withMaxConnections(int count) {
        return with(values -> values.maxConnections = count);
    }

    /**
     * Sets how many connections of one client are served at a time; further ones are told so and closed. A client is an IPv4
     * address, or the /64 network of an IPv6 address.
     *
     * @param count at least 1; default 100
     * @return the changed copy
     */
    public ServerOptions withMaxConnectionsPerClient(int count) {
        return with(values -> values.maxConnectionsPerClient = count);
    }

    /**
     * Sets how many connections may be served that have not logged in yet. Beyond them the oldest is closed, so that many
     * silent connections keep nobody out. It does not concern protocols without a login.
     *
     * @param count at least 1; default 500
     * @return the changed copy
     */
    public ServerOptions withMaxHalfOpenConnections(int count) {
        return with(values -> values.maxHalfOpenConnections = count);
    }

    /**
     * Sets how many connections the system may hold that the server has not accepted yet.
     *
     * @param count at least 1; default 128; the system may cut it down
     * @return the changed copy
     */
    public ServerOptions withBacklog(int count) {
        return with(values -> values.backlog = count);
    }

    /**
     * Sets how long a client may keep the server waiting without taking any of the octets that wait for it, before the
     * connection is closed.
     *
     * @param timeout positive; default 2 minutes
     * @return the changed copy
     */
    public ServerOptions withWriteTimeout(Duration timeout) {
        return with(values -> values.writeTimeout = timeout);
    }

    /**
     * Sets how fast a client must take what is sent to it, on average. One that is slower uses up the write timeout little by
     * little, and is closed when nothing of it is left.
     *
     * @param octetsPerSecond at least 1; default 256
     * @return the changed copy
     */
    public ServerOptions withMinReadRate(int octetsPerSecond) {
        return with(values -> values.minReadRate = octetsPerSecond);
    }

    /**
     * Sets how many octets the system may hold for a client that does not take them. The system wakes the server only when
     * about a third of them is gone: with a large buffer, a slow client looks as if it took nothing for a long time.
     *
     * @param octets at least 1; default 256 KiB; the system may change it
     * @return the changed copy
     */
    public ServerOptions withSendBufferOctets(int octets) {
        return with(values -> values.sendBufferOctets = octets);
    }

    /**
     * Sets how long {@code close()} lets commands that are being carried out go on, before it closes their connections.
     *
     * @param timeout zero or more; default 10 seconds
     * @return the changed copy
     */
    public ServerOptions withDrainTimeout(Duration timeout) {
        return with(values -> values.drainTimeout = timeout);
    }

    /**
     * Sets how long a proxy may take to send its header, where one is demanded ({@link Listener#withProxyProtocol}), before
     * the connection is closed.
     *
     * @param timeout positive; default 5 seconds, in which a lost packet is sent again
     * @return the changed copy
     */
    public ServerOptions withProxyHeaderTimeout(Duration timeout) {
        return with(values -> values.proxyHeaderTimeout = timeout);
    }

    /**
     * Sets who runs the sessions, one blocking task per connection, up to {@link #maxConnections()} at a time. The
     * executor stays the caller's: the server does not shut it down. A task that it rejects makes the server answer that
     * it is busy. It must not run tasks on the thread that submits them.
     *
     * @param tasks the executor; default: virtual threads where the JVM has them and the work suits them, otherwise
     *     platform threads made on demand, which end with the server
     * @return the changed copy
     */
    public ServerOptions withExecutor(Executor tasks) {
        return with(values -> values.executor = Optional.of(tasks));
    }

    /**
     * How many connections are served at a time.
     *
     * @return at least 1
     */
    public int maxConnections() {
        return values.maxConnections;
    }

    /**
     * How many connections of one client are served at a time.
     *
     * @return at least 1
     */
    public int maxConnectionsPerClient() {
        return values.maxConnectionsPerClient;
    }

    /**
     * How many connections may be served that have not logged in.
     *
     * @return at least 1
     */
    public int maxHalfOpenConnections() {
        return values.maxHalfOpenConnections;
    }

    /**
     * How many connections may wait to be accepted.
     *
     * @return at least 1
     */
    public int backlog() {
        return values.backlog;
    }

    /**
     * How long a client may go without taking any octets.
     *
     * @return positive
     */
    public Duration writeTimeout() {
        return values.writeTimeout;
    }

    /**
     * How fast a client must read.
     *
     * @return octets per second, at least 1
     */
    public int minReadRate() {
        return values.minReadRate;
    }

    /**
     * How many octets the system may hold for a client.
     *
     * @return at least 1
     */
    public int sendBufferOctets() {
        return values.sendBufferOctets;
    }

    /**
     * How long {@code close()} waits for commands that are being carried out.
     *
     * @return zero or more
     */
    public Duration drainTimeout() {
        return values.drainTimeout;
    }

    /**
     * How long a proxy may take to send its header.
     *
     * @return positive
     */
    public Duration proxyHeaderTimeout() {
        return values.proxyHeaderTimeout;
    }

    /**
     * Who runs the sessions, if it is not the server itself.
     *
     * @return the embedder's executor, or empty
     */
    public Optional<Executor> executor() {
        return values.executor;
    }
}
