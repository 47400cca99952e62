package org.vmail.examples.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.net.InetAddress;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.lmtp.LmtpListener;
import org.vmail.delivery.lmtp.LmtpSummary;
import org.vmail.net.ConnectionInfo;

/** Counts what happens on an LMTP server, with as few values to a tag as {@link Pop3Metrics} has. Thread-safe. */
public final class LmtpMetrics implements LmtpListener {
    private final MeterRegistry registry;
    private final Counter connections;
    private final Counter refused;
    private final Counter handshakes;
    private final Timer sessions;
    private final DistributionSummary messageSizes;

    /**
     * Makes the meters.
     *
     * @param registry where they are kept; stays the caller's
     */
    public LmtpMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.connections = registry.counter("lmtp.connections");
        this.refused = registry.counter("lmtp.connections.refused");
        this.handshakes = registry.counter("lmtp.tls.handshakes");
        this.sessions = Timer.builder("lmtp.sessions")
                .description("from the connection to the end")
                .register(registry);
        this.messageSizes = DistributionSummary.builder("lmtp.messages.delivered")
                .description("what was delivered, once for each recipient")
                .baseUnit("bytes")
                .register(registry);
    }

    @Override
    public void connected(ConnectionInfo connection) {
        connections.increment();
    }

    @Override
    public void refused(InetAddress client) {
        refused.increment();
    }

    @Override
    public void encrypted(ConnectionInfo connection) {
        handshakes.increment();
    }

    @Override
    public void recipientRefused(ConnectionInfo connection, ReversePath reversePath, DeliveryResult result) {
        count("rcpt", result.outcome());
    }

    @Override
    public void answered(ConnectionInfo connection, ReversePath reversePath, long octets, DeliveryResult result) {
        count("data", result.outcome());
        if (result.outcome().isAccepted()) {
            messageSizes.record((double) octets);
        }
    }

    @Override
    public void ended(ConnectionInfo connection, LmtpSummary summary) {
        sessions.record(summary.duration());
    }

    private void count(String phase, Outcome outcome) {
        registry.counter(
                        "lmtp.recipients",
                        "phase",
                        phase,
                        "status",
                        outcome.status().toString())
                .increment();
    }
}
