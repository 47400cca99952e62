package org.vmail.examples.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.vmail.address.MailAddress;
import org.vmail.chain.Upstream;
import org.vmail.mailbox.UniqueId;
import org.vmail.net.ConnectionInfo;
import org.vmail.pop3.LoginFailure;
import org.vmail.pop3.Pop3Listener;
import org.vmail.pop3.SessionSummary;

/**
 * Counts what happens on a POP3 server. Tags have few values: no user, no address and no login is among them, as each value
 * is a time series that a metrics system keeps. Thread-safe.
 */
public final class Pop3Metrics implements Pop3Listener {
    private final MeterRegistry registry;
    private final AtomicInteger open = new AtomicInteger();
    private final Counter connections;
    private final Counter refused;
    private final Counter abandoned;
    private final Counter handshakes;
    private final Counter chained;
    private final Counter removed;
    private final Counter removalFailures;
    private final Timer sessions;
    private final DistributionSummary messageSizes;

    /**
     * Makes the meters.
     *
     * @param registry where they are kept; stays the caller's
     */
    public Pop3Metrics(MeterRegistry registry) {
        this.registry = registry;
        this.connections = registry.counter("pop3.connections");
        this.refused = registry.counter("pop3.connections.refused");
        this.abandoned = registry.counter("pop3.connections.abandoned");
        this.handshakes = registry.counter("pop3.tls.handshakes");
        this.chained = registry.counter("pop3.chained");
        this.removed = registry.counter("pop3.messages.removed");
        this.removalFailures = registry.counter("pop3.removals.failed");
        this.sessions = Timer.builder("pop3.sessions")
                .description("from the greeting to the end")
                .register(registry);
        this.messageSizes = DistributionSummary.builder("pop3.messages.retrieved")
                .description("what RETR sent")
                .baseUnit("bytes")
                .register(registry);
        registry.gauge("pop3.sessions.logged.in", open);
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
    public void abandoned(ConnectionInfo connection, String reason) {
        abandoned.increment();
    }

    @Override
    public void encrypted(ConnectionInfo connection) {
        handshakes.increment();
    }

    @Override
    public void chained(ConnectionInfo connection) {
        chained.increment();
    }

    @Override
    public void loggedIn(ConnectionInfo connection, MailAddress account, String mechanism, String rule) {
        open.incrementAndGet();
        countLogin("ok", mechanism);
    }

    @Override
    public void chainedAfterLogin(
            ConnectionInfo connection, MailAddress account, Upstream upstream, String mechanism, String rule) {
        open.incrementAndGet();
        countLogin("chained", mechanism);
    }

    @Override
    public void loginFailed(ConnectionInfo connection, LoginFailure failure, String login, String reason) {
        countLogin(failure.name().toLowerCase(Locale.ROOT), "unknown");
    }

    @Override
    public void retrieved(MailAddress account, UniqueId message, long octets, boolean whole) {
        if (whole) {
            messageSizes.record((double) octets);
        }
    }

    @Override
    public void removed(MailAddress account, Set<UniqueId> messages) {
        removed.increment(messages.size());
    }

    @Override
    public void removalFailed(MailAddress account, Set<UniqueId> messages) {
        removalFailures.increment();
    }

    @Override
    public void ended(ConnectionInfo connection, SessionSummary summary) {
        if (summary.account().isPresent()) {
            open.decrementAndGet();
        }
        sessions.record(summary.duration());
        registry.counter("pop3.octets", "direction", "in").increment((double) summary.octetsIn());
        registry.counter("pop3.octets", "direction", "out").increment((double) summary.octetsOut());
    }

    private void countLogin(String result, String mechanism) {
        registry.counter("pop3.logins", "result", result, "mechanism", mechanism)
                .increment();
    }
}
