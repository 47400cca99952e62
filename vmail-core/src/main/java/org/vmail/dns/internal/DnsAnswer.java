package org.vmail.dns.internal;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the DNS says about a name.
 *
 * @param <T> a name or an address
 * @param values what there is; empty if there is nothing
 * @param timeToLive for how long that is true; only where there is nothing may the DNS leave it open
 */
public record DnsAnswer<T>(List<T> values, Optional<Duration> timeToLive) {
    <R> DnsAnswer<R> map(Function<T, R> meaning) {
        return new DnsAnswer<>(values.stream().map(meaning).toList(), timeToLive);
    }
}
