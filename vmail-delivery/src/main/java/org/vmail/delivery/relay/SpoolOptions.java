package org.vmail.delivery.relay;

import static com.google.common.base.Preconditions.checkArgument;

import java.time.Duration;
import java.util.function.Consumer;
import org.vmail.internal.Durations;

/** The bounds of a {@link SpoolRelay}. Immutable; each {@code with…} method returns a changed copy. */
public final class SpoolOptions {
    private static final SpoolOptions DEFAULTS = new SpoolOptions(new Values());

    private final Values values;

    /** Changed only before it is given to {@link SpoolOptions}. */
    private static final class Values implements Cloneable {
        private String hostName = SmartHost.localHostName();
        private int maxMessages = 10_000;
        private long maxOctets = 1L << 30;
        private int maxTransfers = 4;
        private int maxRecipients = 100;
        private Duration minRetryInterval = Duration.ofMinutes(5);
        private Duration maxRetryInterval = Duration.ofSeconds(4000);
        private Duration pause = Duration.ofMinutes(1);
        private Duration expiry = Duration.ofDays(5);
        private int maxReturnedOctets = 50_000;
        private Duration drainTimeout = Duration.ofSeconds(10);

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private SpoolOptions(Values values) {
        this.values = values;
        checkArgument(SmartHost.isHostText(values.hostName), "Our name must be a host name");
        checkArgument(values.maxMessages > 0, "The number of messages must be positive");
        checkArgument(values.maxOctets > 0, "The size of the spool must be positive");
        checkArgument(values.maxTransfers > 0, "The number of transfers must be positive");
        checkArgument(values.maxRecipients > 0, "The number of recipients must be positive");
        Durations.checkPositive(values.minRetryInterval, "The shortest retry interval");
        Durations.checkPositive(values.maxRetryInterval, "The longest retry interval");
        checkArgument(
                values.minRetryInterval.compareTo(values.maxRetryInterval) <= 0,
                "The shortest retry interval must not be longer than the longest");
        Durations.checkPositive(values.pause, "The pause");
        Durations.checkPositive(values.expiry, "The expiry");
        checkArgument(values.maxReturnedOctets >= 0, "The size of what is returned must not be negative");
        checkArgument(!values.drainTimeout.isNegative(), "The drain timeout must not be negative");
        Durations.checkBounded(values.drainTimeout, "The drain timeout");
    }

    private SpoolOptions with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new SpoolOptions(changed);
    }

    /**
     * The defaults: this machine's host name, 10,000 messages of 1 GiB in all, 4 transfers at a time of 100 recipients each,
     * intervals from 5 minutes to 4000 seconds, a pause of a minute, an expiry of 5 days, returned messages of 50,000
     * octets, a drain timeout of 10 seconds.
     *
     * @return the defaults
     */
    public static SpoolOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the name that reports come from.
     *
     * @param name a host name; default: the name of this machine
     * @return the changed copy
     */
    public SpoolOptions withHostName(String name) {
        return with(values -> values.hostName = name);
    }

    /**
     * Sets how many messages may wait. Further ones are not accepted for now; reports are.
     *
     * @param count at least 1; default 10,000
     * @return the changed copy
     */
    public SpoolOptions withMaxMessages(int count) {
        return with(values -> values.maxMessages = count);
    }

    /**
     * Sets how large the messages may be in all. What exceeds it is not accepted for now; reports are.
     *
     * @param octets at least 1; default 1 GiB
     * @return the changed copy
     */
    public SpoolOptions withMaxOctets(long octets) {
        return with(values -> values.maxOctets = octets);
    }

    /**
     * Sets how many messages are handed over at a time, each by a thread.
     *
     * @param count at least 1; default 4
     * @return the changed copy
     */
    public SpoolOptions withMaxTransfers(int count) {
        return with(values -> values.maxTransfers = count);
    }

    /**
     * Sets for how many recipients a message is handed over at a time; the others follow at once.
     *
     * @param count at least 1; default 100, which every server takes (RFC 5321, section 4.5.3.1.8)
     * @return the changed copy
     */
    public SpoolOptions withMaxRecipients(int count) {
        return with(values -> values.maxRecipients = count);
    }

    /**
     * Sets when a message is tried again: first after the shortest interval, then after twice as long each time, up to the
     * longest (RFC 5321, section 4.5.4.1).
     *
     * @param shortest positive; default 5 minutes
     * @param longest not shorter; default 4000 seconds
     * @return the changed copy
     */
    public SpoolOptions withRetryIntervals(Duration shortest, Duration longest) {
        return with(values -> {
            values.minRetryInterval = shortest;
            values.maxRetryInterval = longest;
        });
    }

    /**
     * Sets how long nothing is tried after the next hop was found out of order.
     *
     * @param pause positive; default 1 minute
     * @return the changed copy
     */
    public SpoolOptions withPause(Duration pause) {
        return with(values -> values.pause = pause);
    }

    /**
     * Sets for how long a message is tried before it is returned.
     *
     * @param expiry positive; default 5 days (RFC 5321, section 4.5.4.1)
     * @return the changed copy
     */
    public SpoolOptions withExpiry(Duration expiry) {
        return with(values -> values.expiry = expiry);
    }

    /**
     * Sets up to which size a report has the whole message in it; of a larger one it has the header.
     *
     * @param octets at least 0, for the header always; default 50,000
     * @return the changed copy
     */
    public SpoolOptions withMaxReturnedOctets(int octets) {
        return with(values -> values.maxReturnedOctets = octets);
    }

    /**
     * Sets how long closing waits for transfers that are under way before it breaks them off.
     *
     * @param timeout not negative; default 10 seconds
     * @return the changed copy
     */
    public SpoolOptions withDrainTimeout(Duration timeout) {
        return with(values -> values.drainTimeout = timeout);
    }

    String hostName() {
        return values.hostName;
    }

    int maxMessages() {
        return values.maxMessages;
    }

    long maxOctets() {
        return values.maxOctets;
    }

    int maxTransfers() {
        return values.maxTransfers;
    }

    int maxRecipients() {
        return values.maxRecipients;
    }

    Duration maxRetryInterval() {
        return values.maxRetryInterval;
    }

    Duration minRetryInterval() {
        return values.minRetryInterval;
    }

    Duration pause() {
        return values.pause;
    }

    Duration expiry() {
        return values.expiry;
    }

    int maxReturnedOctets() {
        return values.maxReturnedOctets;
    }

    Duration drainTimeout() {
        return values.drainTimeout;
    }

    /** How long a message waits after a number of attempts. */
    Duration interval(int attempts) {
        Duration interval = values.minRetryInterval;
        for (int i = 1; i < attempts && interval.compareTo(values.maxRetryInterval) < 0; i++) {
            interval = interval.multipliedBy(2);
        }
        return interval.compareTo(values.maxRetryInterval) < 0 ? interval : values.maxRetryInterval;
    }
}
