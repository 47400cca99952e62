package org.vmail.auth.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import com.google.common.io.BaseEncoding;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult;
import org.vmail.auth.Authenticator;
import org.vmail.auth.Password;
import org.vmail.auth.SaslMechanism;
import org.vmail.auth.TokenVerifier;
import org.vmail.auth.internal.LoginResult.Accepted;
import org.vmail.auth.internal.LoginResult.Rejected;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.PasswordHash;
import org.vmail.domain.DomainChoice;
import org.vmail.domain.LoginResolution;
import org.vmail.domain.LoginResolver;
import org.vmail.internal.SaslPrep;

/**
 * Everything between what a client sent and an account, in every form of login: which account is meant, and is it they.
 *
 * <p>Passwords are for the {@link Authenticator}; APOP, SCRAM and tokens need only the {@link Directory}, where an account
 * that is locked is locked for all of them. Whoever is rejected gets the same answer after about the same work, whether
 * the user is unknown, the account is locked or the secret is wrong.
 *
 * <p>Thread-safe.
 */
public final class Logins {
    private static final String PLAIN = PasswordHash.plain("").encoded();
    private static final int SECRET_OCTETS = 32;

    private final LoginResolver resolver;
    private final Authenticator authenticator;
    private final Directory directory;
    private final Optional<TokenVerifier> tokens;
    private final ScramAccounts scram;

    /**
     * Puts the parts together.
     *
     * @param resolver which account a login means
     * @param authenticator checks passwords
     * @param directory the accounts
     * @param tokens checks tokens; without it there is no OAUTHBEARER and no XOAUTH2
     */
    public Logins(
            LoginResolver resolver, Authenticator authenticator, Directory directory, Optional<TokenVerifier> tokens) {
        this(resolver, authenticator, directory, tokens, randomSecret());
    }

    private Logins(
            LoginResolver resolver,
            Authenticator authenticator,
            Directory directory,
            Optional<TokenVerifier> tokens,
            byte[] scramSecret) {
        this.resolver = resolver;
        this.authenticator = authenticator;
        this.directory = directory;
        this.tokens = tokens;
        this.scram = new ScramAccounts(directory, scramSecret);
    }

    /**
     * Sets what the SCRAM salts of users without stored keys are made from. If it survives restarts, a guesser cannot tell
     * who exists by whose salt changes with a restart.
     *
     * @param secret at least 16 octets that nobody can guess, copied; default: random for each instance
     * @return a copy that shares nothing learned so far
     * @throws IllegalArgumentException if it is shorter
     */
    public Logins withScramSecret(byte[] secret) {
        if (secret.length < 16) {
            throw new IllegalArgumentException("The secret of SCRAM salts must have at least 16 octets");
        }
        return new Logins(resolver, authenticator, directory, tokens, secret.clone());
    }

    /**
     * The mechanisms that work on a connection. Whether they should be offered (without TLS, or SCRAM where no account has
     * keys for it) is for the caller to say.
     *
     * @param bindings what the connection can be bound by
     * @return all but those that lack a verifier or a channel
     */
    public Set<SaslMechanism> mechanisms(ChannelBindings bindings) {
        Set<SaslMechanism> possible = EnumSet.of(SaslMechanism.PLAIN, SaslMechanism.LOGIN, SaslMechanism.SCRAM_SHA_256);
        if (bindings.isPossible()) {
            possible.add(SaslMechanism.SCRAM_SHA_256_PLUS);
        }
        if (tokens.isPresent()) {
            possible.add(SaslMechanism.OAUTHBEARER);
            possible.add(SaslMechanism.XOAUTH2);
        }
        return possible;
    }

    /**
     * Finds whom a login means.
     *
     * @param login what the client sent
     * @param connection what the connection is for
     * @return the account, which need not exist, or empty if it can mean none
     * @throws IOException if that cannot be told now
     */
    public Optional<MailAddress> meant(String login, DomainChoice connection) throws IOException {
        return resolver.resolve(login, connection).resolved();
    }

    SaslStep check(String login, Password password, DomainChoice connection) throws IOException {
        return new SaslStep.Check(
                meant(login, connection),
                Optional.of(new SaslStep.Credentials(login, password)),
                () -> SaslStep.Done.of(password(login, password, connection)));
    }

    /**
     * Logs in with a password.
     *
     * @param login what the client sent
     * @param password what the user typed
     * @param connection what the connection is for
     * @return the account or a rejection
     * @throws IOException if that cannot be told now
     */
    public LoginResult password(String login, Password password, DomainChoice connection) throws IOException {
        LoginResolution resolution = resolver.resolve(login, connection);
        if (!(resolution instanceof LoginResolution.Resolved resolved)) {
            return refused(login, resolution, connection);
        }
        AuthenticationResult result = authenticator.authenticate(resolved.address(), password);
        return result instanceof AuthenticationResult.Accepted accepted
                ? new Accepted(accepted.account(), resolved.rule())
                : rejected(login, resolved, ((AuthenticationResult.Rejected) result).reason());
    }

    /**
     * Logs in with APOP (RFC 1939, section 7), which needs an account whose password is kept as it is.
     *
     * @param login what the client sent
     * @param challenge the timestamp of the greeting, angle brackets included
     * @param digestHex what the client made of it and the password: 32 lower-case hexadecimal digits
     * @param connection what the connection is for
     * @return the account or a rejection
     * @throws IOException if that cannot be told now
     */
    public LoginResult apop(String login, String challenge, String digestHex, DomainChoice connection)
            throws IOException {
        LoginResolution resolution = resolver.resolve(login, connection);
        if (!(resolution instanceof LoginResolution.Resolved resolved)) {
            return refused(login, resolution, connection);
        }
        Optional<Account> account = directory.account(resolved.address());
        Optional<String> secret = account.flatMap(existing -> plainPassword(existing.passwordHash()));
        byte[] expected = md5Hex(challenge + secret.orElse("nobody's password"));
        boolean same = MessageDigest.isEqual(expected, digestHex.getBytes(UTF_8));
        if (account.isPresent() && secret.isPresent() && same) {
            return new Accepted(account.get(), resolved.rule());
        }
        return rejected(login, resolved, apopProblem(resolved.address(), account, secret));
    }

    private static String apopProblem(MailAddress address, Optional<Account> account, Optional<String> secret) {
        if (account.isEmpty()) {
            return "there is no account " + address;
        }
        return secret.isEmpty()
                ? "APOP needs a password that is kept as it is, and " + address + " has none"
                : "wrong APOP digest for " + address;
    }

    /**
     * Begins a SASL exchange.
     *
     * @param mechanism what the client asked for; one that is not among {@link #mechanisms} rejects everything
     * @param connection what the connection is for
     * @param bindings what the connection can be bound by. If there are any, SCRAM-SHA-256-PLUS counts as offered, and a
     *     client that says it could bind but saw no offer is rejected: somebody has changed the list of mechanisms
     * @return the exchange, for this connection
     */
    public SaslExchange begin(SaslMechanism mechanism, DomainChoice connection, ChannelBindings bindings) {
        return new SaslExchange(
                switch (mechanism) {
                    case PLAIN -> new PlainMechanism(this, connection);
                    case LOGIN -> new LoginMechanism(this, connection);
                    case SCRAM_SHA_256 -> new ScramMechanism(this, scram, connection, bindings, false);
                    case SCRAM_SHA_256_PLUS -> new ScramMechanism(this, scram, connection, bindings, true);
                    case OAUTHBEARER -> new OAuthMechanism(this, connection, BearerRequest.Form.OAUTHBEARER);
                    case XOAUTH2 -> new OAuthMechanism(this, connection, BearerRequest.Form.XOAUTH2);
                });
    }

    /** Whether an authorization identity, if there is one, means the same account as a login (RFC 4616, section 2). */
    boolean isSameAccount(String authzid, LoginResolution login, DomainChoice connection) throws IOException {
        return authzid.isEmpty() || isSame(resolver.resolve(authzid, connection), login);
    }

    static boolean isSame(LoginResolution one, LoginResolution other) {
        return one instanceof LoginResolution.Resolved first
                && other instanceof LoginResolution.Resolved second
                && first.address().toLowerCase().equals(second.address().toLowerCase());
    }

    /**
     * Prepares a name as SASL wants it, in every form of login (RFC 4616, section 2; RFC 4013).
     *
     * @param name what the client or its token says
     * @return the name to go on with, or empty if nobody can be called that
     */
    public static Optional<String> prepared(String name) {
        return CharMatcher.ascii().matchesAllOf(name) ? Optional.of(name) : SaslPrep.prepare(name);
    }

    /** Whether a login says of which domain it is. */
    boolean namesDomain(String login) {
        return resolver.namesDomain(login);
    }

    /**
     * Finds what a login means here.
     *
     * @param login what the client sent
     * @param connection what the connection is for
     * @return the account, which need not exist, or that it can mean none
     * @throws IOException if that cannot be told now
     */
    public LoginResolution resolve(String login, DomainChoice connection) throws IOException {
        return resolver.resolve(login, connection);
    }

    Optional<Account> account(MailAddress address) throws IOException {
        return directory.account(address);
    }

    Optional<TokenVerifier> tokens() {
        return tokens;
    }

    /** The password of an account that keeps it as it is. */
    static Optional<String> plainPassword(PasswordHash hash) {
        return hash.encoded().startsWith(PLAIN)
                ? Optional.of(hash.encoded().substring(PLAIN.length()))
                : Optional.empty();
    }

    static Rejected refused(String login, LoginResolution resolution, DomainChoice connection) {
        return new Rejected(login, Optional.empty(), resolution.reason(), connection.rule());
    }

    static Rejected rejected(String login, LoginResolution.Resolved resolved, String reason) {
        return new Rejected(login, Optional.of(resolved.address()), reason, resolved.rule());
    }

    /** A rejection of whatever the login turned out to mean. */
    static Rejected rejected(String login, LoginResolution resolution, String reason, DomainChoice connection) {
        return resolution instanceof LoginResolution.Resolved resolved
                ? rejected(login, resolved, reason)
                : new Rejected(login, Optional.empty(), reason, connection.rule());
    }

    private static byte[] md5Hex(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("MD5").digest(text.getBytes(UTF_8));
            return BaseEncoding.base16().lowerCase().encode(digest).getBytes(UTF_8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has MD5", e);
        }
    }

    private static byte[] randomSecret() {
        byte[] secret = new byte[SECRET_OCTETS];
        new SecureRandom().nextBytes(secret);
        return secret;
    }
}
