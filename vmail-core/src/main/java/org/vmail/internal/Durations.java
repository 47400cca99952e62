package org.vmail.internal;

import java.time.Duration;

/** What options ask of durations. */
public final class Durations {
    private Durations() {}

    /**
     * Checks that there is some time.
     *
     * @param duration the value of an option
     * @param what the option, to begin the message with
     * @throws IllegalArgumentException if the duration is zero or negative
     */
    public static void checkPositive(Duration duration, String what) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException(what + " must be positive");
        }
    }
}
