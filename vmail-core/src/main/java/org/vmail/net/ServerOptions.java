package org.vmail.net;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.vmail.internal.Durations;

/**
 * The bounds that every vmail server keeps, whatever it speaks. Immutable; each {@code with…} method returns a changed
 * copy.
 */
public final class ServerOptions {
    private static final ServerOptions DEFAULTS =
            new ServerOptions(1000, 100, 128, Duration.ofMinutes(2), Duration.ofSeconds(10), Optional.empty());

    private final int maxConnections;
    private final int maxConnectionsPerClient;
    private final int backlog;
    private final Duration writeTimeout;
    private final Duration drainTimeout;
    private final Optional<Executor> executor;

    private ServerOptions(
            int maxConnections,
            int maxConnectionsPerClient,
            int backlog,
            Duration writeTimeout,
            Duration drainTimeout,
            Optional<Executor> executor) {
        checkArgument(maxConnections > 0, "The number of connections must be positive");
        checkArgument(maxConnectionsPerClient > 0, "The number of connections per client must be positive");
        checkArgument(backlog > 0, "The backlog must be positive");
        Durations.checkPositive(writeTimeout, "The write timeout");
        checkArgument(!drainTimeout.isNegative(), "The drain timeout must not be negative");
        Durations.checkBounded(drainTimeout, "The drain timeout");
        this.maxConnections = maxConnections;
        this.maxConnectionsPerClient = maxConnectionsPerClient;
        this.backlog = backlog;
        this.writeTimeout = writeTimeout;
        this.drainTimeout = drainTimeout;
        this.executor = executor;
    }

    /**
     * The defaults: 1000 connections, 100 of them from one client address, a backlog of 128, a write timeout of 2 minutes,
     * a drain timeout of 10 seconds, and threads of the server's own.
     *
     * @return the defaults
     */
    public static ServerOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how many connections are served at a time; further ones are told so and closed.
     *
     * @param count at least 1; default 1000
     * @return the changed copy
     */
    public ServerOptions withMaxConnections(int count) {
        return new ServerOptions(count, maxConnectionsPerClient, backlog, writeTimeout, drainTimeout, executor);
    }

    /**
     * Sets how many connections of one client address are served at a time; further ones are told so and closed.
     *
     * @param count at least 1; default 100
     * @return the changed copy
     */
    public ServerOptions withMaxConnectionsPerClient(int count) {
        return new ServerOptions(maxConnections, count, backlog, writeTimeout, drainTimeout, executor);
    }

    /**
     * Sets how many connections the system may hold that the server has not accepted yet.
     *
     * @param count at least 1; default 128; the system may cut it down
     * @return the changed copy
     */
    public ServerOptions withBacklog(int count) {
        return new ServerOptions(maxConnections, maxConnectionsPerClient, count, writeTimeout, drainTimeout, executor);
    }

    /**
     * Sets how long a client may go without taking any of the octets that wait for it, before the connection is closed.
     *
     * @param timeout positive; default 2 minutes
     * @return the changed copy
     */
    public ServerOptions withWriteTimeout(Duration timeout) {
        return new ServerOptions(maxConnections, maxConnectionsPerClient, backlog, timeout, drainTimeout, executor);
    }

    /**
     * Sets how long {@code close()} lets commands that are being carried out go on, before it closes their connections.
     *
     * @param timeout zero or more; default 10 seconds
     * @return the changed copy
     */
    public ServerOptions withDrainTimeout(Duration timeout) {
        return new ServerOptions(maxConnections, maxConnectionsPerClient, backlog, writeTimeout, timeout, executor);
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
        return new ServerOptions(
                maxConnections, maxConnectionsPerClient, backlog, writeTimeout, drainTimeout, Optional.of(tasks));
    }

    /**
     * How many connections are served at a time.
     *
     * @return at least 1
     */
    public int maxConnections() {
        return maxConnections;
    }

    /**
     * How many connections of one client address are served at a time.
     *
     * @return at least 1
     */
    public int maxConnectionsPerClient() {
        return maxConnectionsPerClient;
    }

    /**
     * How many connections may wait to be accepted.
     *
     * @return at least 1
     */
    public int backlog() {
        return backlog;
    }

    /**
     * How long a client may go without taking any octets.
     *
     * @return positive
     */
    public Duration writeTimeout() {
        return writeTimeout;
    }

    /**
     * How long {@code close()} waits for commands that are being carried out.
     *
     * @return zero or more
     */
    public Duration drainTimeout() {
        return drainTimeout;
    }

    /**
     * Who runs the sessions, if it is not the server itself.
     *
     * @return the embedder's executor, or empty
     */
    public Optional<Executor> executor() {
        return executor;
    }
}
