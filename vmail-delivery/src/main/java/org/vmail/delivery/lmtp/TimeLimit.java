package org.vmail.delivery.lmtp;

import java.time.Duration;

/** How long the client may take for all of a message, whatever it may take for each part. */
final class TimeLimit {
    private final long until;

    /** Begins now. */
    TimeLimit(Duration all) {
        until = System.nanoTime() + all.toNanos();
    }

    boolean isOver() {
        return left() <= 0;
    }

    /** What there is for a part of it: not more than that may take, and always something. */
    Duration forPart(Duration most) {
        return Duration.ofNanos(Math.max(1, Math.min(most.toNanos(), left())));
    }

    private long left() {
        return until - System.nanoTime();
    }
}
