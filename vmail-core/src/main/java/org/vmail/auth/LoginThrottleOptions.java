package org.vmail.auth;

import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.List;
import org.vmail.internal.Durations;

/** How failed logins slow down further ones. Immutable; each {@code with…} method returns a changed copy. */
public final class LoginThrottleOptions {
    private static final LoginThrottleOptions DEFAULTS = new LoginThrottleOptions(
            ImmutableList.of(
                    Duration.ofSeconds(2), Duration.ofSeconds(4), Duration.ofSeconds(8), Duration.ofSeconds(15)),
            Duration.ofMinutes(1),
            16,
            Duration.ofDays(30),
            100_000);

    private final ImmutableList<Duration> penalties;
    private final Duration forgiveness;
    private final int parallel;
    private final Duration trust;
    private final int remembered;

    private LoginThrottleOptions(
            ImmutableList<Duration> penalties, Duration forgiveness, int parallel, Duration trust, int remembered) {
        for (Duration penalty : penalties) {
            Durations.checkPositive(penalty, "A penalty");
        }
        Durations.checkPositive(forgiveness, "The time to forgive a failure");
        Durations.checkPositive(trust, "The time that a network is trusted");
        if (parallel < 1 || remembered < 1) {
            throw new IllegalArgumentException("Parallel attempts and remembered networks must be at least 1");
        }
        this.penalties = penalties;
        this.forgiveness = forgiveness;
        this.parallel = parallel;
        this.trust = trust;
        this.remembered = remembered;
    }

    /**
     * The defaults: penalties of 2, 4, 8 and 15 seconds, a failure forgiven each minute, 16 parallel attempts, trust for 30
     * days, 100 000 networks and as many accounts.
     *
     * @return the defaults
     */
    public static LoginThrottleOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how long a login waits after one failure, after two, and so on; after more failures than there are penalties it
     * is the last of them, so a program that repeats a wrong password for days is held up no longer than that.
     *
     * @param durations positive, growing; none turns all delays off; default 2, 4, 8 and 15 seconds
     * @return the changed copy
     */
    public LoginThrottleOptions withPenalties(List<Duration> durations) {
        return new LoginThrottleOptions(ImmutableList.copyOf(durations), forgiveness, parallel, trust, remembered);
    }

    /**
     * Sets after how much time one failure is forgiven.
     *
     * @param time positive; default 1 minute
     * @return the changed copy
     */
    public LoginThrottleOptions withForgiveness(Duration time) {
        return new LoginThrottleOptions(penalties, time, parallel, trust, remembered);
    }

    /**
     * Sets how many attempts of a network without failures may be under way at once; each further one counts as a failure
     * until it succeeds. Once there is a failure, every other one that is under way counts.
     *
     * @param attempts at least 1; default 16
     * @return the changed copy
     */
    public LoginThrottleOptions withParallel(int attempts) {
        return new LoginThrottleOptions(penalties, forgiveness, attempts, trust, remembered);
    }

    /**
     * Sets how long after a successful login a network does not wait for what others do to the account.
     *
     * @param time positive; default 30 days
     * @return the changed copy
     */
    public LoginThrottleOptions withTrust(Duration time) {
        return new LoginThrottleOptions(penalties, forgiveness, parallel, time, remembered);
    }

    /**
     * Sets how many networks are remembered, how many accounts, and how many pairs of both that belong together. Who was
     * not seen for longest is forgotten first.
     *
     * @param entries at least 1; default 100 000, at most some 40 MB
     * @return the changed copy
     */
    public LoginThrottleOptions withRemembered(int entries) {
        return new LoginThrottleOptions(penalties, forgiveness, parallel, trust, entries);
    }

    /**
     * How long a login waits after one failure, two, and so on.
     *
     * @return the penalties
     */
    public List<Duration> penalties() {
        return penalties;
    }

    /**
     * After how much time one failure is forgiven.
     *
     * @return positive
     */
    public Duration forgiveness() {
        return forgiveness;
    }

    /**
     * How many attempts of a network without failures may be under way at once.
     *
     * @return at least 1
     */
    public int parallel() {
        return parallel;
    }

    /**
     * How long after a successful login a network does not wait for what others do to the account.
     *
     * @return positive
     */
    public Duration trust() {
        return trust;
    }

    /**
     * How many networks, accounts and pairs of them are remembered.
     *
     * @return at least 1
     */
    public int remembered() {
        return remembered;
    }
}
