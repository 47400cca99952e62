package org.vmail.chain;

import java.time.Duration;
import org.vmail.internal.Durations;

/** The time limits of a chained connection. Immutable; each {@code with…} method returns a changed copy. */
public final class ChainOptions {
    private static final ChainOptions DEFAULTS =
            new ChainOptions(Duration.ofSeconds(10), Duration.ofMinutes(30), Duration.ofSeconds(30));

    private final Duration connectTimeout;
    private final Duration idleTimeout;
    private final Duration halfClosedTimeout;

    private ChainOptions(Duration connectTimeout, Duration idleTimeout, Duration halfClosedTimeout) {
        Durations.checkPositive(connectTimeout, "The connect timeout");
        Durations.checkPositive(idleTimeout, "The idle timeout");
        Durations.checkPositive(halfClosedTimeout, "The half-closed timeout");
        this.connectTimeout = connectTimeout;
        this.idleTimeout = idleTimeout;
        this.halfClosedTimeout = halfClosedTimeout;
    }

    /**
     * The defaults: 10 seconds to connect, 30 minutes of silence, 30 seconds of it when half closed.
     *
     * @return the defaults
     */
    public static ChainOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how long reaching the daemon may take.
     *
     * @param timeout positive; default 10 seconds
     * @return the changed copy
     */
    public ChainOptions withConnectTimeout(Duration timeout) {
        return new ChainOptions(timeout, idleTimeout, halfClosedTimeout);
    }

    /**
     * Sets how long both sides may be silent. A POP3 server waits 10 minutes for a command (RFC 1939, section 3).
     *
     * @param timeout positive; default 30 minutes
     * @return the changed copy
     */
    public ChainOptions withIdleTimeout(Duration timeout) {
        return new ChainOptions(connectTimeout, timeout, halfClosedTimeout);
    }

    /**
     * Sets how long both sides may be silent once one of them sends nothing more.
     *
     * @param timeout positive; default 30 seconds
     * @return the changed copy
     */
    public ChainOptions withHalfClosedTimeout(Duration timeout) {
        return new ChainOptions(connectTimeout, idleTimeout, timeout);
    }

    /**
     * How long reaching the daemon may take.
     *
     * @return positive
     */
    public Duration connectTimeout() {
        return connectTimeout;
    }

    /**
     * How long both sides may be silent.
     *
     * @return positive
     */
    public Duration idleTimeout() {
        return idleTimeout;
    }

    /**
     * How long both sides may be silent once one of them sends nothing more.
     *
     * @return positive
     */
    public Duration halfClosedTimeout() {
        return halfClosedTimeout;
    }
}
