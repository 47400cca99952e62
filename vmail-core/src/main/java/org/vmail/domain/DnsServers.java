package org.vmail.domain;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.collect.ImmutableList;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import org.vmail.dns.internal.DnsClient;
import org.vmail.internal.Durations;

/**
 * Recursive DNS servers and how they are asked: over UDP and, for long answers, over TCP. One that is silent, fails or
 * refuses is no answer, and the next one is asked. Immutable and thread-safe; each {@code with…} method returns a changed
 * copy.
 */
public final class DnsServers {
    /** The port of the DNS (RFC 1035, section 4.2). */
    public static final int PORT = 53;

    private final ImmutableList<InetSocketAddress> addresses;
    private final Duration timeout;
    private final int attempts;

    private DnsServers(ImmutableList<InetSocketAddress> addresses, Duration timeout, int attempts) {
        checkArgument(!addresses.isEmpty(), "There must be a DNS server");
        for (InetSocketAddress address : addresses) {
            checkArgument(!address.isUnresolved() && address.getPort() != 0, "%s is no address of a server", address);
        }
        Durations.checkPositive(timeout, "The timeout of a DNS server");
        checkArgument(attempts > 0, "Each DNS server must be asked at least once");
        this.addresses = addresses;
        this.timeout = timeout;
        this.attempts = attempts;
    }

    /**
     * Names the servers.
     *
     * @param addresses at least one IP address and port, in the order in which they are asked; later the one that answered
     *     last comes first
     * @return these servers, each asked up to twice, with a timeout of 1 second
     * @throws IllegalArgumentException if there is none, or one that is no IP address
     */
    public static DnsServers at(Collection<InetSocketAddress> addresses) {
        return new DnsServers(ImmutableList.copyOf(addresses), Duration.ofSeconds(1), 2);
    }

    /**
     * Sets how long a server is waited for each time it is asked. A look-up takes at most this time, once for UDP and once
     * for TCP, for each server and attempt; {@link ReverseLookupOptions#withDeadline} is independent of it.
     *
     * @param duration positive; default 1 second
     * @return the changed copy
     */
    public DnsServers withTimeout(Duration duration) {
        return new DnsServers(addresses, duration, attempts);
    }

    /**
     * Sets how often each server is asked before a look-up has failed.
     *
     * @param count at least 1; default 2
     * @return the changed copy
     */
    public DnsServers withAttempts(int count) {
        return new DnsServers(addresses, timeout, count);
    }

    /**
     * Where the servers are.
     *
     * @return in the order in which they were given
     */
    public List<InetSocketAddress> addresses() {
        return addresses;
    }

    /**
     * How long a server is waited for.
     *
     * @return positive
     */
    public Duration timeout() {
        return timeout;
    }

    /**
     * How often each server is asked.
     *
     * @return at least 1
     */
    public int attempts() {
        return attempts;
    }

    DnsClient client() {
        return new DnsClient(addresses, timeout, attempts);
    }
}
