package org.vmail.auth;

import com.google.common.base.Ticker;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.vmail.address.MailAddress;
import org.vmail.net.ConnectionInfo;
import org.vmail.net.internal.ClientNetwork;

/**
 * Slows guessers down: failed logins make further ones from the same network wait, and further ones to the same account
 * from elsewhere. A network is an IPv4 address or the /64 of an IPv6 address. One instance is meant for all servers of a
 * program.
 *
 * <p>Each login is an {@link Attempt}. It is counted from its beginning on, so that a hundred connections at once are not a
 * hundred free guesses, and withdrawn if it succeeds or comes to nothing. A success forgives no failure: a guesser may have
 * an account of his own. Failures are forgiven one by one with time.
 *
 * <p>A network that logged in to an account lately does not wait for the failures of that account, and its own do not count
 * there: who guesses from elsewhere never slows the owner down, and neither does a forgotten telephone at home. What comes from
 * this machine ({@link ConnectionInfo#isLoopback}) does not count as a network: that is a webmail program or a relay, with
 * everybody's logins. So it waits for the failures of the account alone, whether somebody has logged in to it from there or
 * not. A loopback address that a proxy elsewhere tells of, and a proxy that does not tell, are networks like others.
 *
 * <p>Thread-safe; it has no thread and never sleeps. Memory is bounded by {@link LoginThrottleOptions#withRemembered}.
 */
public final class LoginThrottle {
    private final LoginThrottleOptions options;
    private final LongSupplier clock;
    private final Cache<ClientNetwork, Failures> networks;
    private final Cache<MailAddress, Failures> accounts;
    private final Cache<Acquaintance, Boolean> acquaintances;

    private LoginThrottle(LoginThrottleOptions options, LongSupplier clock) {
        this.options = options;
        this.clock = clock;
        Duration untilForgiven =
                options.forgiveness().multipliedBy(options.penalties().size() + 1L);
        this.networks = cache().expireAfterAccess(untilForgiven).build();
        this.accounts = cache().expireAfterAccess(untilForgiven).build();
        this.acquaintances = cache().expireAfterWrite(options.trust()).build();
    }

    /**
     * A throttle without any failure yet.
     *
     * @param options the penalties and bounds
     * @return a throttle
     */
    public static LoginThrottle with(LoginThrottleOptions options) {
        return with(options, System::nanoTime);
    }

    /**
     * The same with a clock of the caller's.
     *
     * @param options the penalties and bounds
     * @param clock nanoseconds that only grow, like {@link System#nanoTime}
     * @return a throttle
     */
    static LoginThrottle with(LoginThrottleOptions options, LongSupplier clock) {
        return new LoginThrottle(options, clock);
    }

    /**
     * Begins an attempt to log in, before the password is looked at.
     *
     * @param client the client's connection
     * @return the attempt, which the caller closes
     */
    public Attempt begin(ConnectionInfo client) {
        return new Attempt(client);
    }

    private CacheBuilder<Object, Object> cache() {
        return CacheBuilder.newBuilder().maximumSize(options.remembered()).ticker(new Ticker() {
            @Override
            public long read() {
                return clock.getAsLong();
            }
        });
    }

    private <K> Failures of(Cache<K, Failures> cache, K key) {
        try {
            return cache.get(key, () -> new Failures(options));
        } catch (ExecutionException e) {
            throw new IllegalStateException("Nothing there can fail", e);
        }
    }

    private record Acquaintance(ClientNetwork network, MailAddress account) {}

    /**
     * One login, from before its password is looked at until it is known how it went. Say {@link #failed} or {@link
     * #succeeded} once; an attempt that is closed without either counts for nothing. Not thread-safe.
     */
    public final class Attempt implements AutoCloseable {
        private final ClientNetwork network;
        private final Optional<Failures> ofNetwork;
        private final Duration delay;
        private Optional<Failures> held = Optional.empty();
        private boolean over;

        private Attempt(ConnectionInfo client) {
            this.network = ClientNetwork.of(client.remote().getAddress());
            this.ofNetwork = client.isLoopback() ? Optional.empty() : Optional.of(of(networks, network));
            this.delay =
                    ofNetwork.map(failures -> failures.begin(clock.getAsLong())).orElse(Duration.ZERO);
        }

        /**
         * How long this attempt has to wait for what its network did.
         *
         * @return zero if there is nothing to wait for
         */
        public Duration delay() {
            return delay;
        }

        /**
         * How long it has to wait for what others did to the account. Ask for one account in an attempt; asking again is
         * answered by zero.
         *
         * @param account the account that is meant, which need not exist: the answer must not tell
         * @return zero if there is nothing to wait for, or the network logged in there lately
         */
        public Duration delayFor(MailAddress account) {
            return over ? Duration.ZERO : hold(account.toLowerCase());
        }

        private Duration hold(MailAddress account) {
            if (held.isPresent() || isAcquainted(account)) {
                return Duration.ZERO;
            }
            Failures ofAccount = of(accounts, account);
            held = Optional.of(ofAccount);
            return ofAccount.begin(clock.getAsLong());
        }

        /**
         * Says that the password, or what stands for one, was wrong.
         *
         * @param account the account that was meant, which need not exist
         */
        public void failed(MailAddress account) {
            if (!over) {
                Duration unused = hold(account.toLowerCase());
                failed();
            }
        }

        /** Says that it was wrong, and that no account could be meant. */
        public void failed() {
            if (over) {
                return;
            }
            long now = clock.getAsLong();
            over = true;
            ofNetwork.ifPresent(failures -> failures.failed(now));
            held.ifPresent(failures -> failures.failed(now));
        }

        /**
         * Says that it was right.
         *
         * @param account the account
         */
        public void succeeded(MailAddress account) {
            close();
            if (ofNetwork.isPresent()) {
                acquaintances.put(new Acquaintance(network, account.toLowerCase()), true);
            }
        }

        /** Withdraws the attempt, unless it failed. */
        @Override
        public void close() {
            if (!over) {
                over = true;
                ofNetwork.ifPresent(Failures::withdrawn);
                held.ifPresent(Failures::withdrawn);
            }
        }

        private boolean isAcquainted(MailAddress account) {
            return ofNetwork.isPresent() && acquaintances.getIfPresent(new Acquaintance(network, account)) != null;
        }
    }
}
