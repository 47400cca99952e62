package org.vmail.auth;

import java.time.Duration;
import org.vmail.internal.Durations;

/** The bounds of programs that verify passwords. Immutable; each {@code with…} method returns a changed copy. */
public final class VerifierOptions {
    private static final VerifierOptions DEFAULTS = new VerifierOptions(Duration.ofSeconds(10), 8, false);

    private final Duration deadline;
    private final int maxProcesses;
    private final boolean wholeAddress;

    private VerifierOptions(Duration deadline, int maxProcesses, boolean wholeAddress) {
        Durations.checkPositive(deadline, "The deadline");
        if (maxProcesses < 1) {
            throw new IllegalArgumentException("The number of processes must be positive");
        }
        this.deadline = deadline;
        this.maxProcesses = maxProcesses;
        this.wholeAddress = wholeAddress;
    }

    /**
     * The defaults: 10 seconds, 8 processes, and the local part as the user.
     *
     * @return the defaults
     */
    public static VerifierOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how long one check may take, with the time that it waits for its turn. A program that takes longer is killed, and
     * the check has failed.
     *
     * @param time positive; default 10 seconds
     * @return the changed copy
     */
    public VerifierOptions withDeadline(Duration time) {
        return new VerifierOptions(time, maxProcesses, wholeAddress);
    }

    /**
     * Sets how many checks there may be at a time. Further ones wait.
     *
     * @param count at least 1; default 8
     * @return the changed copy
     */
    public VerifierOptions withMaxProcesses(int count) {
        return new VerifierOptions(deadline, count, wholeAddress);
    }

    /**
     * Gives checkpassword the whole address as the user, for programs that know more than one domain.
     *
     * @return the changed copy
     */
    public VerifierOptions withWholeAddress() {
        return new VerifierOptions(deadline, maxProcesses, true);
    }

    /**
     * How long one check may take.
     *
     * @return positive
     */
    public Duration deadline() {
        return deadline;
    }

    /**
     * How many checks there may be at a time.
     *
     * @return at least 1
     */
    public int maxProcesses() {
        return maxProcesses;
    }

    /**
     * Whether the user is the whole address.
     *
     * @return false if it is the local part
     */
    public boolean wholeAddress() {
        return wholeAddress;
    }
}
