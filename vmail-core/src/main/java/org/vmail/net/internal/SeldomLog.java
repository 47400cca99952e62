package org.vmail.net.internal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.event.Level;

/** Keeps what strangers can cause at will from filling the log: one warning a minute, the rest for who debugs. */
final class SeldomLog {
    private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Logger log;
    private final LongSupplier clock;
    private final AtomicLong due;

    SeldomLog(Logger log) {
        this(log, System::nanoTime);
    }

    SeldomLog(Logger log, LongSupplier clock) {
        this.log = log;
        this.clock = clock;
        this.due = new AtomicLong(clock.getAsLong());
    }

    /** Logs a text with its arguments, as a warning if it is time for one. */
    void warn(String text, Object... arguments) {
        long now = clock.getAsLong();
        long before = due.get();
        boolean isDue = now - before >= 0 && due.compareAndSet(before, now + INTERVAL_NANOS);
        log.atLevel(isDue ? Level.WARN : Level.DEBUG).log(text, arguments);
    }
}
