package org.vmail.pop3;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.CharMatcher;
import java.time.Duration;
import org.vmail.internal.Durations;

/** The bounds of a POP3 session. Immutable; each {@code with…} method returns a changed copy. */
public final class Pop3Options {
    private static final int SHORTEST_LINE = 255;
    private static final int LONGEST_GREETING = 400;
    private static final CharMatcher PRINTABLE = CharMatcher.inRange(' ', '~').and(CharMatcher.noneOf("<>"));
    private static final Pop3Options DEFAULTS = new Pop3Options(
            "vmail POP3 ready", Duration.ofMinutes(10), Duration.ofMinutes(3), Duration.ofSeconds(2), 3, 20, 512);

    private final String greeting;
    private final Duration commandTimeout;
    private final Duration loginTimeout;
    private final Duration failureDelay;
    private final int maxLoginAttempts;
    private final int maxBadCommands;
    private final int maxLineOctets;

    private Pop3Options(
            String greeting,
            Duration commandTimeout,
            Duration loginTimeout,
            Duration failureDelay,
            int maxLoginAttempts,
            int maxBadCommands,
            int maxLineOctets) {
        checkArgument(
                PRINTABLE.matchesAllOf(greeting) && greeting.length() <= LONGEST_GREETING,
                "The greeting must be up to 400 printable ASCII characters without angle brackets, which mean APOP");
        Durations.checkPositive(commandTimeout, "The command timeout");
        Durations.checkPositive(loginTimeout, "The login timeout");
        checkArgument(!failureDelay.isNegative(), "The failure delay must not be negative");
        Durations.checkBounded(failureDelay, "The failure delay");
        checkArgument(maxLoginAttempts > 0, "The number of login attempts must be positive");
        checkArgument(maxBadCommands > 0, "The number of bad commands must be positive");
        checkArgument(maxLineOctets >= SHORTEST_LINE, "A line must be allowed 255 octets (RFC 2449, section 4)");
        this.greeting = greeting;
        this.commandTimeout = commandTimeout;
        this.loginTimeout = loginTimeout;
        this.failureDelay = failureDelay;
        this.maxLoginAttempts = maxLoginAttempts;
        this.maxBadCommands = maxBadCommands;
        this.maxLineOctets = maxLineOctets;
    }

    /**
     * The defaults: a greeting without a version, 10 minutes for a command, 3 minutes to log in, 2 seconds of delay after a failed login, 3 login
     * attempts, 20 bad commands, lines of 512 octets.
     *
     * @return the defaults
     */
    public static Pop3Options defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the text of the greeting.
     *
     * @param text up to 400 printable ASCII characters without angle brackets, which would offer APOP (RFC 1939, section 7);
     *     default {@code vmail POP3 ready}
     * @return the changed copy
     */
    public Pop3Options withGreeting(String text) {
        return new Pop3Options(
                text, commandTimeout, loginTimeout, failureDelay, maxLoginAttempts, maxBadCommands, maxLineOctets);
    }

    /**
     * Sets how long a client that has logged in may take to send a whole command, before the connection is closed and
     * nothing is deleted (the autologout timer of RFC 1939, section 3, which asks for 10 minutes at least).
     *
     * @param timeout positive; default 10 minutes
     * @return the changed copy
     */
    public Pop3Options withCommandTimeout(Duration timeout) {
        return new Pop3Options(
                greeting, timeout, loginTimeout, failureDelay, maxLoginAttempts, maxBadCommands, maxLineOctets);
    }

    /**
     * Sets how long a client may take from the greeting until it has logged in.
     *
     * @param timeout positive; default 3 minutes
     * @return the changed copy
     */
    public Pop3Options withLoginTimeout(Duration timeout) {
        return new Pop3Options(
                greeting, commandTimeout, timeout, failureDelay, maxLoginAttempts, maxBadCommands, maxLineOctets);
    }

    /**
     * Sets how long the answer to a failed login is held back.
     *
     * @param delay zero or more; default 2 seconds
     * @return the changed copy
     */
    public Pop3Options withFailureDelay(Duration delay) {
        return new Pop3Options(
                greeting, commandTimeout, loginTimeout, delay, maxLoginAttempts, maxBadCommands, maxLineOctets);
    }

    /**
     * Sets how many logins may fail before the connection is closed.
     *
     * @param count at least 1; default 3
     * @return the changed copy
     */
    public Pop3Options withMaxLoginAttempts(int count) {
        return new Pop3Options(
                greeting, commandTimeout, loginTimeout, failureDelay, count, maxBadCommands, maxLineOctets);
    }

    /**
     * Sets how many commands that do not exist, are malformed or are out of place a session may send, before the
     * connection is closed.
     *
     * @param count at least 1; default 20
     * @return the changed copy
     */
    public Pop3Options withMaxBadCommands(int count) {
        return new Pop3Options(
                greeting, commandTimeout, loginTimeout, failureDelay, maxLoginAttempts, count, maxLineOctets);
    }

    /**
     * Sets how long a command line may be, with its CRLF. RFC 2449 says 255, into which a long address does not fit.
     *
     * @param octets at least 255; default 512
     * @return the changed copy
     */
    public Pop3Options withMaxLineOctets(int octets) {
        return new Pop3Options(
                greeting, commandTimeout, loginTimeout, failureDelay, maxLoginAttempts, maxBadCommands, octets);
    }

    /**
     * The text of the greeting.
     *
     * @return printable ASCII
     */
    public String greeting() {
        return greeting;
    }

    /**
     * How long a client that has logged in may take for a command.
     *
     * @return positive
     */
    public Duration commandTimeout() {
        return commandTimeout;
    }

    /**
     * How long a client may take to log in.
     *
     * @return positive
     */
    public Duration loginTimeout() {
        return loginTimeout;
    }

    /**
     * How long the answer to a failed login is held back.
     *
     * @return zero or more
     */
    public Duration failureDelay() {
        return failureDelay;
    }

    /**
     * How many logins may fail.
     *
     * @return at least 1
     */
    public int maxLoginAttempts() {
        return maxLoginAttempts;
    }

    /**
     * How many bad commands a session may send.
     *
     * @return at least 1
     */
    public int maxBadCommands() {
        return maxBadCommands;
    }

    /**
     * How long a command line may be.
     *
     * @return octets, with CRLF
     */
    public int maxLineOctets() {
        return maxLineOctets;
    }
}
