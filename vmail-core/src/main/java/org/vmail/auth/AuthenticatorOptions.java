package org.vmail.auth;

import java.time.Duration;
import java.util.Optional;
import org.vmail.internal.Durations;

/**
 * How {@link Authenticator#over(org.vmail.directory.Directory, AuthenticatorOptions)} remembers passwords that were right,
 * because checking a hash is most of the work of a short session, and whom else it asks. Immutable; each {@code with…} method returns a changed
 * copy.
 */
public final class AuthenticatorOptions {
    private static final AuthenticatorOptions DEFAULTS =
            new AuthenticatorOptions(10_000, Duration.ofMinutes(10), Optional.empty());

    private final int rememberedAccounts;
    private final Duration rememberedFor;
    private final Optional<PasswordVerifier> verifier;

    private AuthenticatorOptions(int rememberedAccounts, Duration rememberedFor, Optional<PasswordVerifier> verifier) {
        if (rememberedAccounts < 0) {
            throw new IllegalArgumentException("The number of remembered accounts must not be negative");
        }
        if (rememberedFor.isNegative()) {
            throw new IllegalArgumentException("The time that a password is remembered must not be negative");
        }
        Durations.checkBounded(rememberedFor, "The time that a password is remembered");
        this.rememberedAccounts = rememberedAccounts;
        this.rememberedFor = rememberedFor;
        this.verifier = verifier;
    }

    /**
     * The defaults: 10 000 accounts, for 10 minutes; nobody else is asked.
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
        return new AuthenticatorOptions(accounts, rememberedFor, verifier);
    }

    /**
     * Sets how long after it was checked a password is remembered. An account that changes, is locked or is removed is
     * forgotten at once, whatever this says.
     *
     * @param time zero to remember nothing; default 10 minutes, at most 365 days
     * @return the changed copy
     */
    public AuthenticatorOptions withRememberedFor(Duration time) {
        return new AuthenticatorOptions(rememberedAccounts, time, verifier);
    }

    /**
     * Sets who checks the passwords of accounts whose hash vmail cannot check. What it finds right is remembered like any
     * other password, but not where the directory has {@code PasswordHash.elsewhere()} in the place of the hash: that does
     * not tell when a password has changed.
     *
     * @param other default nobody, and such accounts cannot log in
     * @return the changed copy
     */
    public AuthenticatorOptions withVerifier(PasswordVerifier other) {
        return new AuthenticatorOptions(rememberedAccounts, rememberedFor, Optional.of(other));
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

    /**
     * Who checks what vmail cannot check.
     *
     * @return the verifier, or empty if nobody does
     */
    public Optional<PasswordVerifier> verifier() {
        return verifier;
    }
}
