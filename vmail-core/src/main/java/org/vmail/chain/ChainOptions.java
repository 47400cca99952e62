package org.vmail.chain;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;

/**
 * The time limits of a chained connection. Immutable; each {@code with…} method returns a changed copy.
 *
 * @param connectTimeout how long reaching the daemon may take
 * @param idleTimeout how long both sides may be silent before the connection is closed
 * @param halfClosedTimeout the same, once one side has said that it sends nothing more
 */
public record ChainOptions(Duration connectTimeout, Duration idleTimeout, Duration halfClosedTimeout) {
    private static final ChainOptions DEFAULTS =
            new ChainOptions(Duration.ofSeconds(10), Duration.ofMinutes(30), Duration.ofSeconds(30));

    /**
     * Checks the limits.
     *
     * @param connectTimeout positive
     * @param idleTimeout positive; a POP3 server may wait 10 minutes for a command (RFC 1939, section 3)
     * @param halfClosedTimeout positive
     * @throws IllegalArgumentException if one is not positive
     */
    public ChainOptions {
        checkArgument(isPositive(connectTimeout), "The connect timeout must be positive");
        checkArgument(isPositive(idleTimeout), "The idle timeout must be positive");
        checkArgument(isPositive(halfClosedTimeout), "The half-closed timeout must be positive");
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
     * Sets how long both sides may be silent.
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

    private static boolean isPositive(Duration duration) {
        return !duration.isNegative() && !duration.isZero();
    }
}
