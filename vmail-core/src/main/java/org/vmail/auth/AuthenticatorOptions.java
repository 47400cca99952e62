package org.vmail.auth;

import java.time.Duration;
import org.vmail.internal.Durations;

/**
 * How {@link Authenticator#over(org.vmail.directory.Directory, AuthenticatorOptions)} remembers passwords that were right,
 * because checking a hash is most of the work of a short session. Immutable; each {@code with…} method returns a changed
 * copy.
 */
public final class AuthenticatorOptions {
    private static final AuthenticatorOptions DEFAULTS = new AuthenticatorOptions(10_000, Duration.ofMinutes(10));

    private final int rememberedAccounts;
    private final Duration rememberedFor;

    private AuthenticatorOptions(int rememberedAccounts, Duration rememberedFor) {
        if (rememberedAccounts < 0) {
            throw new IllegalArgumentException("The number of remembered accounts must not be negative");
        }
        if (rememberedFor.isNegative()) {
            throw new IllegalArgumentException("The time that a password is remembered must not be negative");
        }
        Durations.checkBounded(rememberedFor, "The time that a password is remembered");
        this.rememberedAccounts = rememberedAccounts;
        this.rememberedFor = rememberedFor;
    }

    /**
     * The defaults: 10 000 accounts, for 10 minutes.
     *
     * @return the defaults
     */
    public static AuthenticatorOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets for how many accounts the last right password is remembered.
     *
     * @param accounts zero to remember none; default 10 000, some 2 MB
     * @return the changed copy
     */
    public AuthenticatorOptions withRememberedAccounts(int accounts) {
        return new AuthenticatorOptions(accounts, rememberedFor);
    }

    /**
     * Sets how long after it was checked a password is remembered. An account that changes, is locked or is removed is
     * forgotten at once, whatever this says.
     *
     * @param time zero to remember nothing; default 10 minutes, at most 365 days
     * @return the changed copy
     */
    public AuthenticatorOptions withRememberedFor(Duration time) {
        return new AuthenticatorOptions(rememberedAccounts, time);
    }

    /**
     * For how many accounts the last right password is remembered.
     *
     * @return zero or more
     */
    public int rememberedAccounts() {
        return rememberedAccounts;
    }

    /**
     * How long after it was checked a password is remembered.
     *
     * @return zero or more
     */
    public Duration rememberedFor() {
        return rememberedFor;
    }
}
