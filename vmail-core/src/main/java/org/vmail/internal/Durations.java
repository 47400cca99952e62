package org.vmail.internal;

import java.time.Duration;

/** What options ask of durations. */
public final class Durations {
    /** Longer ones mean never, and could overflow when they are counted in nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private Durations() {}

    /**
     * Checks that there is some time, and not more than a year.
     *
     * @param duration the value of an option
     * @param what the option, to begin the message with
     * @throws IllegalArgumentException if the duration is zero, negative or longer than 365 days
     */
    public static void checkPositive(Duration duration, String what) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(what + " must be positive");
        }
        checkBounded(duration, what);
    }

    /**
     * Checks that there is not more than a year.
     *
     * @param duration the value of an option
     * @param what the option, to begin the message with
     * @throws IllegalArgumentException if the duration is longer than 365 days
     */
    public static void checkBounded(Duration duration, String what) {
        if (duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(what + " must not be longer than 365 days");
        }
    }
}
