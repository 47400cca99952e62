package org.vmail.pop3;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.base.CharMatcher;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.vmail.auth.SaslMechanism;
import org.vmail.internal.Durations;

/** How a POP3 server behaves, and the bounds of its sessions. Immutable; each {@code with…} method returns a changed copy. */
public final class Pop3Options {
    private static final int SHORTEST_LINE = 255;
    private static final int LONGEST_GREETING = 400;
    private static final CharMatcher PRINTABLE = CharMatcher.inRange(' ', '~').and(CharMatcher.noneOf("<>"));
    private static final Pop3Options DEFAULTS = new Pop3Options(new Values());

    private final Values values;

    /** Changed only before it is given to {@link Pop3Options}. */
    private static final class Values implements Cloneable {
        private String greeting = "vmail POP3 ready";
        private Duration commandTimeout = Duration.ofMinutes(10);
        private Duration loginTimeout = Duration.ofMinutes(3);
        private Duration failureDelay = Duration.ofSeconds(2);
        private int maxLoginAttempts = 3;
        private int maxBadCommandsBeforeLogin = 10;
        private int maxBadCommands = 20;
        private int maxLineOctets = 512;
        private int maxSaslOctets = 12 * 1024;
        private int maxSessionsPerAccount = 10;
        private ClearTextLogin clearTextLogin = ClearTextLogin.LOOPBACK;
        private Set<SaslMechanism> saslMechanisms = Set.of(SaslMechanism.PLAIN, SaslMechanism.LOGIN);
        private boolean apop;
        private boolean onlyChainableLogins = true;
        private Duration loginDelay = Duration.ZERO;
        private Optional<String> expire = Optional.empty();
        private Internationalized internationalized = Internationalized.SURROGATE;
        private Set<Workaround> workarounds = Set.of(Workaround.BARE_AUTH);

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private Pop3Options(Values values) {
        this.values = values;
        checkArgument(
                PRINTABLE.matchesAllOf(values.greeting) && values.greeting.length() <= LONGEST_GREETING,
                "The greeting must be up to 400 printable ASCII characters without angle brackets, which mean APOP");
        Durations.checkPositive(values.commandTimeout, "The command timeout");
        Durations.checkPositive(values.loginTimeout, "The login timeout");
        checkArgument(!values.failureDelay.isNegative(), "The failure delay must not be negative");
        Durations.checkBounded(values.failureDelay, "The failure delay");
        checkArgument(values.maxLoginAttempts > 0, "The number of login attempts must be positive");
        checkArgument(
                values.maxBadCommandsBeforeLogin > 0 && values.maxBadCommands > 0,
                "The number of bad commands must be positive");
        checkArgument(values.maxLineOctets >= SHORTEST_LINE, "A line must be allowed 255 octets (RFC 2449, section 4)");
        checkArgument(values.maxSaslOctets >= SHORTEST_LINE, "A SASL response must be allowed 255 octets");
        checkArgument(values.maxSessionsPerAccount > 0, "The number of sessions of an account must be positive");
        checkArgument(!values.loginDelay.isNegative(), "The login delay must not be negative");
        Durations.checkBounded(values.loginDelay, "The login delay");
    }

    private Pop3Options with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new Pop3Options(changed);
    }

    /**
     * The defaults: a greeting without a version, 10 minutes for a command, 3 minutes to log in, 2 seconds of delay after a
     * failed login, 3 login attempts, 10 bad commands before and 20 after the login, lines of 512 octets, SASL responses of
     * 12 KiB, 10 sessions of one account, passwords in clear text on loopback only, SASL PLAIN and LOGIN, no APOP, no login
     * delay, surrogates for internationalized messages, and an answer to AUTH without an argument.
     *
     * @return the defaults
     */
    public static Pop3Options defaults() {
        return DEFAULTS;
    }

    /**
     * Sets the text of the greeting.
     *
     * @param text up to 400 printable ASCII characters without angle brackets, which would offer APOP (RFC 1939, section 7);
     *     default {@code vmail POP3 ready}
     * @return the changed copy
     */
    public Pop3Options withGreeting(String text) {
        return with(values -> values.greeting = text);
    }

    /**
     * Sets how long a client that has logged in may take to send a whole command, before the connection is closed and
     * nothing is deleted (the autologout timer of RFC 1939, section 3, which asks for 10 minutes at least).
     *
     * @param timeout positive; default 10 minutes
     * @return the changed copy
     */
    public Pop3Options withCommandTimeout(Duration timeout) {
        return with(values -> values.commandTimeout = timeout);
    }

    /**
     * Sets how long a client may take from the greeting until it has logged in, the TLS handshake included.
     *
     * @param timeout positive; default 3 minutes
     * @return the changed copy
     */
    public Pop3Options withLoginTimeout(Duration timeout) {
        return with(values -> values.loginTimeout = timeout);
    }

    /**
     * Sets how long the answer to a failed login is held back at least. A {@code LoginThrottle} makes that longer for who
     * goes on guessing.
     *
     * @param delay zero or more; default 2 seconds
     * @return the changed copy
     */
    public Pop3Options withFailureDelay(Duration delay) {
        return with(values -> values.failureDelay = delay);
    }

    /**
     * Sets how many logins may fail before the connection is closed.
     *
     * @param count at least 1; default 3
     * @return the changed copy
     */
    public Pop3Options withMaxLoginAttempts(int count) {
        return with(values -> values.maxLoginAttempts = count);
    }

    /**
     * Sets how many commands that do not exist, are malformed or are out of place a client may send that has not logged in,
     * before the connection is closed.
     *
     * @param count at least 1; default 10
     * @return the changed copy
     */
    public Pop3Options withMaxBadCommandsBeforeLogin(int count) {
        return with(values -> values.maxBadCommandsBeforeLogin = count);
    }

    /**
     * Sets how many commands that do not exist, are malformed or are out of place a client may send that has logged in,
     * before the connection is closed.
     *
     * @param count at least 1; default 20
     * @return the changed copy
     */
    public Pop3Options withMaxBadCommands(int count) {
        return with(values -> values.maxBadCommands = count);
    }

    /**
     * Sets how long a command line may be, with its CRLF. RFC 2449 says 255, into which a long address does not fit.
     *
     * @param octets at least 255; default 512
     * @return the changed copy
     */
    public Pop3Options withMaxLineOctets(int octets) {
        return with(values -> values.maxLineOctets = octets);
    }

    /**
     * Sets how long a line of a SASL exchange may be, with its CRLF; that is for AUTH with an initial response as well (RFC
     * 5034, section 4), as bearer tokens are long.
     *
     * @param octets at least 255; default 12 KiB
     * @return the changed copy
     */
    public Pop3Options withMaxSaslOctets(int octets) {
        return with(values -> values.maxSaslOctets = octets);
    }

    /**
     * Sets how many sessions one account may have at a time. The stores of vmail allow one, as RFC 1939, section 4, asks;
     * this bounds one that does not lock.
     *
     * @param count at least 1; default 10; who exceeds it hears {@code [IN-USE]}
     * @return the changed copy
     */
    public Pop3Options withMaxSessionsPerAccount(int count) {
        return with(values -> values.maxSessionsPerAccount = count);
    }

    /**
     * Sets where a password may cross the network in clear text. Elsewhere USER, PASS and SASL mechanisms that show it are
     * refused before the password is looked at, and are not among the capabilities.
     *
     * @param where default: {@link ClearTextLogin#LOOPBACK}
     * @return the changed copy
     */
    public Pop3Options withClearTextLogin(ClearTextLogin where) {
        return with(values -> values.clearTextLogin = where);
    }

    /**
     * Sets which SASL mechanisms AUTH offers (RFC 5034), where they can work: those with channel binding need TLS, and those
     * with a token need a verifier. Clients take the best they know, so offer SCRAM only if every account has what it needs:
     * stored SCRAM keys or a plain password.
     *
     * @param mechanisms may be empty; default PLAIN and LOGIN
     * @return the changed copy
     */
    public Pop3Options withSaslMechanisms(Set<SaslMechanism> mechanisms) {
        Set<SaslMechanism> copy = Set.copyOf(mechanisms);
        return with(values -> values.saslMechanisms = copy);
    }

    /**
     * Sets whether APOP is offered (RFC 1939, section 7). It needs passwords that are stored as they are, and rests on MD5.
     *
     * @param offered default false
     * @return the changed copy
     */
    public Pop3Options withApop(boolean offered) {
        return with(values -> values.apop = offered);
    }

    /**
     * Sets whether, where a {@link org.vmail.chain.LoginRoute} may send a login to another server that wants the user's own
     * password, only the ways to log in are offered that give us that password: USER, PLAIN and LOGIN. A client that proves
     * its password otherwise, by SCRAM, APOP or a token, can be served here and nowhere else; it would take the strongest
     * that it knows, and fail.
     *
     * @param only default true; false is for sites where the users of other servers are told how to log in
     * @return the changed copy
     */
    public Pop3Options withOnlyChainableLogins(boolean only) {
        return with(values -> values.onlyChainableLogins = only);
    }

    /**
     * Sets how much time must pass between two logins of an account ({@code LOGIN-DELAY}, RFC 2449, section 6.5), in whole
     * seconds. Sooner it hears {@code [LOGIN-DELAY]}.
     *
     * @param delay default zero: none
     * @return the changed copy
     */
    public Pop3Options withLoginDelay(Duration delay) {
        return with(values -> values.loginDelay = Duration.ofSeconds(delay.toSeconds()));
    }

    /**
     * Announces that messages are kept for ever ({@code EXPIRE NEVER}, RFC 2449, section 6.7). Default: nothing is said of
     * it.
     *
     * @return the changed copy
     */
    public Pop3Options withExpireNever() {
        return with(values -> values.expire = Optional.of("NEVER"));
    }

    /**
     * Announces after how many days messages are removed ({@code EXPIRE}, RFC 2449, section 6.7). It is only said: whoever
     * removes them is somebody else.
     *
     * @param days zero or more; zero means that a message may be gone once it was retrieved
     * @return the changed copy
     */
    public Pop3Options withExpireDays(int days) {
        checkArgument(days >= 0, "The days until messages expire must not be negative");
        return with(values -> values.expire = Optional.of(Integer.toString(days)));
    }

    /**
     * Sets what a client that did not say UTF8 gets for a message whose header is in UTF-8.
     *
     * @param way default: {@link Internationalized#SURROGATE}
     * @return the changed copy
     */
    public Pop3Options withInternationalized(Internationalized way) {
        return with(values -> values.internationalized = way);
    }

    /**
     * Sets what is done for old clients.
     *
     * @param workarounds default: {@link Workaround#BARE_AUTH}
     * @return the changed copy
     */
    public Pop3Options withWorkarounds(Set<Workaround> workarounds) {
        Set<Workaround> copy = Set.copyOf(workarounds);
        return with(values -> values.workarounds = copy);
    }

    /**
     * The text of the greeting.
     *
     * @return printable ASCII
     */
    public String greeting() {
        return values.greeting;
    }

    /**
     * How long a client that has logged in may take for a command.
     *
     * @return positive
     */
    public Duration commandTimeout() {
        return values.commandTimeout;
    }

    /**
     * How long a client may take to log in.
     *
     * @return positive
     */
    public Duration loginTimeout() {
        return values.loginTimeout;
    }

    /**
     * How long the answer to a failed login is held back.
     *
     * @return zero or more
     */
    public Duration failureDelay() {
        return values.failureDelay;
    }

    /**
     * How many logins may fail.
     *
     * @return at least 1
     */
    public int maxLoginAttempts() {
        return values.maxLoginAttempts;
    }

    /**
     * How many bad commands a client may send before it has logged in.
     *
     * @return at least 1
     */
    public int maxBadCommandsBeforeLogin() {
        return values.maxBadCommandsBeforeLogin;
    }

    /**
     * How many bad commands a client may send that has logged in.
     *
     * @return at least 1
     */
    public int maxBadCommands() {
        return values.maxBadCommands;
    }

    /**
     * How long a command line may be.
     *
     * @return octets, with CRLF
     */
    public int maxLineOctets() {
        return values.maxLineOctets;
    }

    /**
     * How long a line of a SASL exchange may be.
     *
     * @return octets, with CRLF
     */
    public int maxSaslOctets() {
        return values.maxSaslOctets;
    }

    /**
     * How many sessions an account may have.
     *
     * @return at least 1
     */
    public int maxSessionsPerAccount() {
        return values.maxSessionsPerAccount;
    }

    /**
     * Where a password may cross the network in clear text.
     *
     * @return where
     */
    public ClearTextLogin clearTextLogin() {
        return values.clearTextLogin;
    }

    /**
     * Which SASL mechanisms are offered.
     *
     * @return immutable
     */
    public Set<SaslMechanism> saslMechanisms() {
        return values.saslMechanisms;
    }

    /**
     * Whether APOP is offered.
     *
     * @return whether it is
     */
    public boolean apop() {
        return values.apop;
    }

    /**
     * Whether only ways to log in are offered that other servers can be logged in to with.
     *
     * @return whether they are
     */
    public boolean onlyChainableLogins() {
        return values.onlyChainableLogins;
    }

    /**
     * How much time must pass between two logins of an account.
     *
     * @return whole seconds, zero for none
     */
    public Duration loginDelay() {
        return values.loginDelay;
    }

    /**
     * What is announced about the life of messages.
     *
     * @return the argument of {@code EXPIRE}, or empty for nothing
     */
    public Optional<String> expire() {
        return values.expire;
    }

    /**
     * What a client that did not say UTF8 gets for a message that needs it.
     *
     * @return the way
     */
    public Internationalized internationalized() {
        return values.internationalized;
    }

    /**
     * What is done for old clients.
     *
     * @return immutable
     */
    public Set<Workaround> workarounds() {
        return values.workarounds;
    }
}
