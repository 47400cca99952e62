package org.vmail.domain;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.Comparators;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.vmail.internal.Durations;

/** How target IPs are looked up in reverse. Immutable; each {@code with…} method returns a changed copy. */
public final class ReverseLookupOptions {
    private static final ReverseLookupOptions DEFAULTS = new ReverseLookupOptions(new Values());

    private final Values values;

    /** Changed only before it is given to {@link ReverseLookupOptions}. */
    private static final class Values implements Cloneable {
        private Duration refresh = Duration.ofMinutes(5);
        private Duration minTimeToLive = Duration.ofMinutes(1);
        private Duration maxTimeToLive = Duration.ofHours(1);
        private Duration maxNegativeTimeToLive = Duration.ofMinutes(5);
        private Duration retry = Duration.ofSeconds(10);
        private Duration deadline = Duration.ofSeconds(5);
        private UnknownAddress unknownAddress = UnknownAddress.REFUSE;
        private Duration patience = Duration.ZERO;
        private int maxWaiting = 100;
        private int maxNames = 32;
        private LabelStripping stripping = LabelStripping.of(Set.of("mail", "pop", "pop3"));
        private Optional<ForwardLookup> confirmation = Optional.empty();
        private Set<InetAddress> prepared = Set.of();

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private ReverseLookupOptions(Values values) {
        this.values = values;
        Durations.checkPositive(values.refresh, "The refresh period");
        Durations.checkPositive(values.minTimeToLive, "The shortest time to live");
        Durations.checkPositive(values.maxTimeToLive, "The longest time to live");
        Durations.checkPositive(values.maxNegativeTimeToLive, "The longest time without a name");
        Durations.checkPositive(values.retry, "The retry period");
        Durations.checkPositive(values.deadline, "The look-up deadline");
        checkArgument(!values.patience.isNegative(), "The patience of clients must not be negative");
        Durations.checkBounded(values.patience, "The patience of clients");
        checkArgument(values.maxWaiting > 0, "The number of waiting clients must be positive");
        checkArgument(values.maxNames > 0, "The number of names must be positive");
    }

    private ReverseLookupOptions with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new ReverseLookupOptions(changed);
    }

    /**
     * The defaults: answers count as long as they say, but 1 minute at least and 1 hour at most, or 5 minutes if they do not
     * say or there is no name; a failure is retried after 10 seconds; a deadline of 5 seconds; up to 32 names; the leading
     * labels {@code mail}, {@code pop} and {@code pop3} stripped; no confirmation; an unknown address is refused at once.
     *
     * @return the defaults
     */
    public static ReverseLookupOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how old an answer may become that does not say for how long it is true, such as one from {@code /etc/hosts}.
     *
     * @param period positive; default 5 minutes
     * @return the changed copy
     */
    public ReverseLookupOptions withRefresh(Duration period) {
        return with(values -> values.refresh = period);
    }

    /**
     * Sets after how much time an answer is looked up again at the earliest, whatever it says: the DNS may say 0. It also
     * wins over the two upper bounds.
     *
     * @param bound positive; default 1 minute
     * @return the changed copy
     */
    public ReverseLookupOptions withMinTimeToLive(Duration bound) {
        return with(values -> values.minTimeToLive = bound);
    }

    /**
     * Sets after how much time names are looked up again at the latest, whatever the answer says.
     *
     * @param bound positive; default 1 hour
     * @return the changed copy
     */
    public ReverseLookupOptions withMaxTimeToLive(Duration bound) {
        return with(values -> values.maxTimeToLive = bound);
    }

    /**
     * Sets after how much time an address without a name is looked up again at the latest (RFC 2308, section 5), and when
     * exactly if the answer does not say for how long there is no name.
     *
     * @param bound positive; default 5 minutes
     * @return the changed copy
     */
    public ReverseLookupOptions withMaxNegativeTimeToLive(Duration bound) {
        return with(values -> values.maxNegativeTimeToLive = bound);
    }

    /**
     * Sets how soon a look-up that failed is tried again.
     *
     * @param period positive; default 10 seconds
     * @return the changed copy
     */
    public ReverseLookupOptions withRetry(Duration period) {
        return with(values -> values.retry = period);
    }

    /**
     * Sets how long a look-up may take before it counts as failed, which is also how long a server that starts waits for
     * the first answers. An answer that comes later still counts, and no second look-up of the address begins before.
     *
     * @param timeout positive; default 5 seconds
     * @return the changed copy
     */
    public ReverseLookupOptions withDeadline(Duration timeout) {
        return with(values -> values.deadline = timeout);
    }

    /**
     * Sets what happens to a connection to an address of which nothing is known yet: one that has come since the server
     * bound to all addresses, or one whose first look-up does not succeed.
     *
     * @param outcome default {@link UnknownAddress#REFUSE}
     * @return the changed copy
     */
    public ReverseLookupOptions withUnknownAddress(UnknownAddress outcome) {
        return with(values -> values.unknownAddress = outcome);
    }

    /**
     * Sets how long a connection to an address of which nothing is known yet waits for a look-up that is under way, before
     * {@link #withUnknownAddress} decides. It holds the thread of the connection. One to an address that is known never
     * waits.
     *
     * @param bound zero or positive; default zero, no waiting
     * @return the changed copy
     */
    public ReverseLookupOptions withPatience(Duration bound) {
        return with(values -> values.patience = bound);
    }

    /**
     * Sets how many connections may wait at a time; others are decided about at once.
     *
     * @param count at least 1; default 100
     * @return the changed copy
     */
    public ReverseLookupOptions withMaxWaiting(int count) {
        return with(values -> values.maxWaiting = count);
    }

    /**
     * Sets how many names of an address count: the first ones.
     *
     * @param count at least 1; default 32
     * @return the changed copy
     */
    public ReverseLookupOptions withMaxNames(int count) {
        return with(values -> values.maxNames = count);
    }

    /**
     * Sets which leading labels a name may have in front of the hosted domain: with {@code mail} among them
     * {@code mail.a.example} is for a.example, unless mail.a.example is itself hosted.
     *
     * @param rule default: one of {@code mail}, {@code pop} and {@code pop3}
     * @return the changed copy
     */
    public ReverseLookupOptions withStripping(LabelStripping rule) {
        return with(values -> values.stripping = rule);
    }

    /**
     * Lets a name count only if it leads back to the address. If that cannot be told of one of the names, the look-up has
     * failed: with the names that are left the connection might be for another domain.
     *
     * @param forward looks the names up; default: none, and all names count
     * @return the changed copy
     */
    public ReverseLookupOptions withConfirmation(ForwardLookup forward) {
        return with(values -> values.confirmation = Optional.of(forward));
    }

    /**
     * Sets which target IPs are looked up when a server starts, beside its own: those of a proxy in front of it, of which it
     * hears only in PROXY headers. Of others the first client finds nothing known.
     *
     * @param targets the addresses, copied; default none
     * @return the changed copy
     */
    public ReverseLookupOptions withPrepared(Collection<InetAddress> targets) {
        Set<InetAddress> copy = Set.copyOf(targets);
        return with(values -> values.prepared = copy);
    }

    /**
     * How old an answer may become that does not say how long it is true.
     *
     * @return positive
     */
    public Duration refresh() {
        return values.refresh;
    }

    /**
     * The lower bound of the time that an answer is kept.
     *
     * @return positive
     */
    public Duration minTimeToLive() {
        return values.minTimeToLive;
    }

    /**
     * The upper bound of the time that names are kept.
     *
     * @return positive
     */
    public Duration maxTimeToLive() {
        return values.maxTimeToLive;
    }

    /**
     * The upper bound of the time that is kept that there is no name.
     *
     * @return positive
     */
    public Duration maxNegativeTimeToLive() {
        return values.maxNegativeTimeToLive;
    }

    /**
     * How soon a look-up that failed is tried again.
     *
     * @return positive
     */
    public Duration retry() {
        return values.retry;
    }

    /**
     * How long a look-up may take.
     *
     * @return positive
     */
    public Duration deadline() {
        return values.deadline;
    }

    /**
     * What happens to a connection to an unknown address.
     *
     * @return the outcome
     */
    public UnknownAddress unknownAddress() {
        return values.unknownAddress;
    }

    /**
     * How long a connection to an unknown address waits.
     *
     * @return zero or positive
     */
    public Duration patience() {
        return values.patience;
    }

    /**
     * How many connections may wait.
     *
     * @return at least 1
     */
    public int maxWaiting() {
        return values.maxWaiting;
    }

    /**
     * How many names of an address count.
     *
     * @return at least 1
     */
    public int maxNames() {
        return values.maxNames;
    }

    /**
     * Which leading labels a name may have.
     *
     * @return the rule
     */
    public LabelStripping stripping() {
        return values.stripping;
    }

    /**
     * Who says whether a name leads back.
     *
     * @return a look-up, or empty if names are not confirmed
     */
    public Optional<ForwardLookup> confirmation() {
        return values.confirmation;
    }

    /**
     * Which target IPs are looked up at the start, beside the server's own.
     *
     * @return unmodifiable
     */
    public Set<InetAddress> prepared() {
        return values.prepared;
    }

    /** For how long an answer counts. */
    Duration lifetime(ReverseAnswer answer) {
        boolean none = answer.names().isEmpty();
        if (answer.timeToLive().isEmpty()) {
            return none ? maxNegativeTimeToLive() : refresh();
        }
        Duration bound = none ? maxNegativeTimeToLive() : maxTimeToLive();
        return Comparators.max(
                minTimeToLive(), Comparators.min(answer.timeToLive().get(), bound));
    }
}
