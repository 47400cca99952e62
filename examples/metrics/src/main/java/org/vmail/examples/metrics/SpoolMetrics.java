package org.vmail.examples.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.relay.ForwardPath;
import org.vmail.delivery.relay.SpoolListener;
import org.vmail.delivery.relay.SpoolRelay;
import org.vmail.delivery.relay.SpooledMessage;

/** Counts what a spool sends on, with as few values to a tag as {@link Pop3Metrics} has. Thread-safe. */
public final class SpoolMetrics implements SpoolListener {
    private final MeterRegistry registry;
    private final Counter returned;
    private final Timer times;

    /**
     * Makes the meters.
     *
     * @param registry where they are kept; stays the caller's
     */
    public SpoolMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.returned = registry.counter("spool.recipients.returned");
        this.times = Timer.builder("spool.messages.ended")
                .description("from being accepted until nobody needs it any more")
                .register(registry);
    }

    /**
     * Watches how many messages wait, those included that were there before.
     *
     * @param spool a spool that was opened with this listener; stays the caller's
     */
    public void watch(SpoolRelay spool) {
        registry.gauge("spool.messages", spool, SpoolRelay::messages);
    }

    @Override
    public void tried(SpooledMessage message, ForwardPath recipient, Outcome outcome) {
        registry.counter("spool.recipients", "status", outcome.status().toString())
                .increment();
    }

    @Override
    public void returned(SpooledMessage message) {
        returned.increment(message.recipients().size());
    }

    @Override
    public void ended(SpooledMessage message) {
        Duration age = Duration.between(message.arrived(), Instant.now());
        times.record(age.isNegative() ? Duration.ZERO : age); // the clock may have been set
    }
}
