package org.vmail.domain;

import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableSet;
import java.time.Duration;
import java.util.Set;
import org.vmail.internal.Durations;

/** How target IPs are looked up in reverse. Immutable; each {@code with…} method returns a changed copy. */
public final class ReverseLookupOptions {
    private static final ReverseLookupOptions DEFAULTS = new ReverseLookupOptions(
            Duration.ofMinutes(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            ImmutableSet.of("mail", "pop", "pop3"));

    private final Duration refresh;
    private final Duration retry;
    private final Duration deadline;
    private final ImmutableSet<String> strippedLabels;

    private ReverseLookupOptions(
            Duration refresh, Duration retry, Duration deadline, ImmutableSet<String> strippedLabels) {
        Durations.checkPositive(refresh, "The refresh period");
        Durations.checkPositive(retry, "The retry period");
        Durations.checkPositive(deadline, "The look-up deadline");
        this.refresh = refresh;
        this.retry = retry;
        this.deadline = deadline;
        this.strippedLabels = strippedLabels;
    }

    /**
     * The defaults: refreshed after 5 minutes, retried 10 seconds after a failure, a deadline of 5 seconds, the leading
     * labels {@code mail}, {@code pop} and {@code pop3} stripped.
     *
     * @return the defaults
     */
    public static ReverseLookupOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how old an answer may become before it is looked up again, aside.
     *
     * @param period positive; default 5 minutes
     * @return the changed copy
     */
    public ReverseLookupOptions withRefresh(Duration period) {
        return new ReverseLookupOptions(period, retry, deadline, strippedLabels);
    }

    /**
     * Sets how soon a look-up that failed is tried again.
     *
     * @param period positive; default 10 seconds
     * @return the changed copy
     */
    public ReverseLookupOptions withRetry(Duration period) {
        return new ReverseLookupOptions(refresh, period, deadline, strippedLabels);
    }

    /**
     * Sets how long a look-up may take before it counts as failed, which is also how long a server that starts waits for
     * the first answers. An answer that comes later still counts, and no second look-up of the address begins before.
     *
     * @param timeout positive; default 5 seconds
     * @return the changed copy
     */
    public ReverseLookupOptions withDeadline(Duration timeout) {
        return new ReverseLookupOptions(refresh, retry, timeout, strippedLabels);
    }

    /**
     * Sets the leading labels that a name may have in front of the hosted domain: with {@code mail} in the set,
     * {@code mail.a.example} is for a.example, unless mail.a.example is itself hosted. One label is stripped.
     *
     * @param labels labels in any case, without dots; default {@code mail}, {@code pop}, {@code pop3}
     * @return the changed copy
     */
    public ReverseLookupOptions withStrippedLabels(Set<String> labels) {
        return new ReverseLookupOptions(
                refresh,
                retry,
                deadline,
                labels.stream().map(Ascii::toLowerCase).collect(ImmutableSet.toImmutableSet()));
    }

    /**
     * How old an answer may become before it is looked up again.
     *
     * @return positive
     */
    public Duration refresh() {
        return refresh;
    }

    /**
     * How soon a look-up that failed is tried again.
     *
     * @return positive
     */
    public Duration retry() {
        return retry;
    }

    /**
     * How long a look-up may take.
     *
     * @return positive
     */
    public Duration deadline() {
        return deadline;
    }

    /**
     * The leading labels that a name may have in front of the hosted domain.
     *
     * @return lower-case labels
     */
    public Set<String> strippedLabels() {
        return strippedLabels;
    }
}
