package org.vmail.chain;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.vmail.internal.Durations;

/**
 * The bounds of chained connections, and how the native daemon is chosen and told of the client. Immutable; each {@code
 * with…} method returns a changed copy.
 */
public final class ChainOptions {
    private static final int LEAST_BUFFER_OCTETS = 8 * 1024;
    private static final int MOST_BUFFER_OCTETS = 16 << 20;
    private static final ChainOptions DEFAULTS = new ChainOptions(new Values());

    private final Values values;

    /** Changed only before it is given to {@link ChainOptions}. */
    private static final class Values implements Cloneable {
        private Duration connectTimeout = Duration.ofSeconds(10);
        private Duration totalConnectTimeout = Duration.ofSeconds(30);
        private Duration idleTimeout = Duration.ofMinutes(30);
        private Duration halfClosedTimeout = Duration.ofSeconds(30);
        private BackEndOrder order = BackEndOrder.FIRST_AVAILABLE;
        private Duration retryAfter = Duration.ofSeconds(30);
        private Optional<ProxyVersion> proxyHeader = Optional.empty();
        private int bufferOctets = 64 * 1024;
        private long bufferMemory = 16L << 20;
        private int maxProcesses = 100;
        private Duration terminationGrace = Duration.ofSeconds(5);
        private ImmutableMap<String, String> environment = ImmutableMap.of();

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private ChainOptions(Values values) {
        this.values = values;
        Durations.checkPositive(values.connectTimeout, "The connect timeout");
        Durations.checkPositive(values.totalConnectTimeout, "The connect timeout of all back ends");
        Durations.checkPositive(values.idleTimeout, "The idle timeout");
        Durations.checkPositive(values.halfClosedTimeout, "The half-closed timeout");
        Durations.checkPositive(values.retryAfter, "The time after which a back end is tried again");
        Durations.checkPositive(values.terminationGrace, "The termination grace");
        checkArgument(
                values.bufferOctets >= LEAST_BUFFER_OCTETS && values.bufferOctets <= MOST_BUFFER_OCTETS,
                "A buffer must have 8 KiB to 16 MiB");
        checkArgument(values.bufferMemory >= 0, "The memory for buffers must not be negative");
        checkArgument(values.maxProcesses > 0, "The number of processes must be positive");
        values.environment.forEach(ChainOptions::checkVariable);
    }

    /** The value may be a secret, so no message shows it. */
    private static void checkVariable(String name, String value) {
        checkArgument(
                !name.isEmpty() && name.indexOf('=') < 0 && name.indexOf('\0') < 0,
                "The name of an environment variable is empty or has an equals sign or a NUL");
        checkArgument(value.indexOf('\0') < 0, "The environment variable %s has a NUL", name);
    }

    private ChainOptions with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new ChainOptions(changed);
    }

    /**
     * The defaults: 10 seconds to connect to a back end and 30 to find one, 30 minutes of silence, 30 seconds of it when half
     * closed; the first back end that is available, with 30 seconds of rest for one that is not; no PROXY header; buffers of
     * 64 KiB in at most 16 MiB; 100 processes, which have 5 seconds to end.
     *
     * @return the defaults
     */
    public static ChainOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how long reaching each address of a back end may take, and before that, how long looking its host name up. While the
     * name cannot be looked up, its last addresses count.
     *
     * @param timeout positive; default 10 seconds
     * @return the changed copy
     */
    public ChainOptions withConnectTimeout(Duration timeout) {
        return with(values -> values.connectTimeout = timeout);
    }

    /**
     * Sets how long a client waits at most while one back end after the other is tried.
     *
     * @param timeout positive; default 30 seconds
     * @return the changed copy
     */
    public ChainOptions withTotalConnectTimeout(Duration timeout) {
        return with(values -> values.totalConnectTimeout = timeout);
    }

    /**
     * Sets how long both sides may be silent. A POP3 server waits 10 minutes for a command (RFC 1939, section 3).
     *
     * @param timeout positive; default 30 minutes
     * @return the changed copy
     */
    public ChainOptions withIdleTimeout(Duration timeout) {
        return with(values -> values.idleTimeout = timeout);
    }

    /**
     * Sets how long both sides may be silent once one of them sends nothing more.
     *
     * @param timeout positive; default 30 seconds
     * @return the changed copy
     */
    public ChainOptions withHalfClosedTimeout(Duration timeout) {
        return with(values -> values.halfClosedTimeout = timeout);
    }

    /**
     * Sets which of several back ends is tried first.
     *
     * @param order default {@link BackEndOrder#FIRST_AVAILABLE}
     * @return the changed copy
     */
    public ChainOptions withOrder(BackEndOrder order) {
        return with(values -> values.order = order);
    }

    /**
     * Sets how long a back end that could not be reached is left alone. Meanwhile it is tried only if no other can be
     * reached; afterwards one connection tries it for all.
     *
     * @param time positive; default 30 seconds
     * @return the changed copy
     */
    public ChainOptions withRetryAfter(Duration time) {
        return with(values -> values.retryAfter = time);
    }

    /**
     * Sends a header of the PROXY protocol ahead of what the client sends, so that the daemon knows the client's address. The
     * daemon must expect it: to one that does not it is a bad command.
     *
     * @param version which form of the header; default none is sent
     * @return the changed copy
     */
    public ChainOptions withProxyHeader(ProxyVersion version) {
        return with(values -> values.proxyHeader = Optional.of(version));
    }

    /**
     * Sets the size of the buffers that carry much at once. A direction in which little is sent takes 4 KiB of heap and none of
     * these.
     *
     * @param octets 8 KiB to 16 MiB; default 64 KiB
     * @return the changed copy
     */
    public ChainOptions withBufferOctets(int octets) {
        return with(values -> values.bufferOctets = octets);
    }

    /**
     * Sets how much memory outside the heap the large buffers of all connections of one daemon may take. Who gets none
     * copies in steps of 4 KiB.
     *
     * @param octets zero for none; default 16 MiB
     * @return the changed copy
     */
    public ChainOptions withBufferMemory(long octets) {
        return with(values -> values.bufferMemory = octets);
    }

    /**
     * Sets how many processes of {@link NativeDaemon#process} there may be at a time. Each takes three threads of ours.
     *
     * @param count at least 1; default 100
     * @return the changed copy
     */
    public ChainOptions withMaxProcesses(int count) {
        return with(values -> values.maxProcesses = count);
    }

    /**
     * Sets how long a process may go on when its connection is over: it sees the end of its input, or finds nobody who reads
     * its output, and may have a mailbox to put in order. Then it gets SIGTERM, and SIGKILL after the same time again.
     *
     * @param grace positive; default 5 seconds
     * @return the changed copy
     */
    public ChainOptions withTerminationGrace(Duration grace) {
        return with(values -> values.terminationGrace = grace);
    }

    /**
     * Sets environment variables of processes, in addition to those that {@link NativeDaemon#process} lists and before them.
     *
     * @param variables default none; the values are not shown in logs
     * @return the changed copy
     * @throws IllegalArgumentException if a name is empty or has an equals sign, or one of them has a NUL
     */
    public ChainOptions withEnvironment(Map<String, String> variables) {
        return with(values -> values.environment = ImmutableMap.copyOf(variables));
    }

    /**
     * How long reaching a back end may take.
     *
     * @return positive
     */
    public Duration connectTimeout() {
        return values.connectTimeout;
    }

    /**
     * How long a client waits at most until a back end is reached.
     *
     * @return positive
     */
    public Duration totalConnectTimeout() {
        return values.totalConnectTimeout;
    }

    /**
     * How long both sides may be silent.
     *
     * @return positive
     */
    public Duration idleTimeout() {
        return values.idleTimeout;
    }

    /**
     * How long both sides may be silent once one of them sends nothing more.
     *
     * @return positive
     */
    public Duration halfClosedTimeout() {
        return values.halfClosedTimeout;
    }

    /**
     * Which of several back ends is tried first.
     *
     * @return the order
     */
    public BackEndOrder order() {
        return values.order;
    }

    /**
     * How long a back end that could not be reached is left alone.
     *
     * @return positive
     */
    public Duration retryAfter() {
        return values.retryAfter;
    }

    /**
     * Which header of the PROXY protocol the daemon gets.
     *
     * @return its form, or empty if none is sent
     */
    public Optional<ProxyVersion> proxyHeader() {
        return values.proxyHeader;
    }

    /**
     * The size of the buffers that carry much at once.
     *
     * @return octets
     */
    public int bufferOctets() {
        return values.bufferOctets;
    }

    /**
     * How much memory outside the heap large buffers may take.
     *
     * @return octets, zero or more
     */
    public long bufferMemory() {
        return values.bufferMemory;
    }

    /**
     * How many processes there may be.
     *
     * @return at least 1
     */
    public int maxProcesses() {
        return values.maxProcesses;
    }

    /**
     * How long a process may go on when its connection is over.
     *
     * @return positive
     */
    public Duration terminationGrace() {
        return values.terminationGrace;
    }

    /**
     * Further environment variables of processes.
     *
     * @return an immutable map; its values may be secrets
     */
    public Map<String, String> environment() {
        return values.environment;
    }
}
