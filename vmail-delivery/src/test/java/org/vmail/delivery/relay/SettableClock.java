package org.vmail.delivery.relay;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that moves when a test says so. */
final class SettableClock extends Clock {
    static final Instant START = Instant.parse("2026-11-22T08:00:00Z");

    private volatile Instant now = START;

    SettableClock advance(Duration duration) {
        now = now.plus(duration);
        return this;
    }

    Duration elapsed() {
        return Duration.between(START, now);
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException();
    }
}
