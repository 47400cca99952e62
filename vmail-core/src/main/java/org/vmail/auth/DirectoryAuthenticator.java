package org.vmail.auth;

import java.io.IOException;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult.Accepted;
import org.vmail.auth.AuthenticationResult.Rejected;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.PasswordHash;
import org.vmail.internal.HashingPermits;

/**
 * Looks the account up and checks its hash, or has a verifier check it.
 *
 * <p>For a user who does not exist or is locked the password is checked all the same, against the hash that was checked
 * last, so that the time tells nothing: it is of the scheme and the cost that this directory's real users have.
 *
 * <p>A password that was right lately is not hashed again, if the account still has the hash that it was checked against.
 * Only who knows the password can notice.
 */
final class DirectoryAuthenticator implements Authenticator {
    private static final Logger LOG = LoggerFactory.getLogger(DirectoryAuthenticator.class);

    private final Directory directory;
    private final VerifiedPasswords verified;
    private final Optional<PasswordVerifier> verifier;
    private final PasswordHasher hasher = PasswordHasher.standard();
    /** Whether it failed for the account that it was asked of last. */
    private volatile boolean verifierFails;

    private volatile PasswordHash lookalike = PasswordHash.locked();

    DirectoryAuthenticator(Directory directory, AuthenticatorOptions options, LongSupplier clock) {
        this.directory = directory;
        this.verified = new VerifiedPasswords(options, clock);
        this.verifier = options.verifier();
    }

    @Override
    public AuthenticationResult authenticate(MailAddress address, Password password) throws IOException {
        Optional<Account> account = directory.account(address);
        if (account.isPresent() && isVerified(account.get(), password)) {
            return new Accepted(account.get());
        }
        if (account.isEmpty() || account.get().passwordHash().isLocked()) {
            waste(address, password);
            return new Rejected(
                    account.isEmpty() ? "there is no account " + address : "the account " + address + " is locked");
        }
        return check(account.get(), password);
    }

    private boolean isVerified(Account account, Password password) {
        return !account.passwordHash().isLocked() && verified.contains(account, password);
    }

    private AuthenticationResult check(Account account, Password password) throws IOException {
        PasswordHash hash = account.passwordHash();
        return switch (inTurn(password, hash)) {
            case MATCH -> {
                lookalike = hash;
                verified.add(account, password);
                yield new Accepted(account);
            }
            case MISMATCH -> {
                lookalike = hash;
                yield new Rejected("wrong password for " + account.address());
            }
            case UNSUPPORTED -> {
                if (verifier.isPresent()) {
                    lookalike = hash;
                    yield ask(verifier.get(), account, password);
                }
                LOG.warn(
                        "The password hash of {} has a scheme that vmail does not know or a cost beyond its bounds",
                        account.address());
                waste(account.address(), password);
                yield new Rejected("the password hash of " + account.address() + " cannot be checked");
            }
        };
    }

    private AuthenticationResult ask(PasswordVerifier other, Account account, Password password) throws IOException {
        verifierFails = true;
        PasswordVerifier.Verdict verdict = other.verify(account.address(), password);
        verifierFails = false;
        return switch (verdict) {
            case RIGHT -> {
                if (!account.passwordHash().isElsewhere()) {
                    verified.add(account, password);
                }
                yield new Accepted(account);
            }
            case WRONG -> new Rejected("wrong password for " + account.address() + ", says " + other);
            case UNKNOWN_USER -> throw new IOException(other + " does not know " + account.address());
        };
    }

    /** Checks a hash, when a processor is free for that. */
    private PasswordHasher.Check inTurn(Password password, PasswordHash hash) throws IOException {
        HashingPermits.acquire();
        try {
            return hasher.check(password, hash);
        } finally {
            HashingPermits.release();
        }
    }

    /** Takes as long as for the account that was checked last, whoever checked it. */
    private void waste(MailAddress address, Password password) throws IOException {
        if (lookalike.isLocked()) {
            lookalike = hasher.hash(Password.of("no account was ever checked"));
        }
        if (inTurn(password, lookalike) == PasswordHasher.Check.UNSUPPORTED && verifier.isPresent()) {
            wasteExternally(verifier.get(), address, password);
        }
    }

    /** Programs fail for users whom they do not know. The client is to hear what it would hear of one who exists. */
    private void wasteExternally(PasswordVerifier other, MailAddress address, Password password) throws IOException {
        try {
            PasswordVerifier.Verdict ignored = other.verify(address, password);
        } catch (IOException e) {
            if (verifierFails) {
                throw e;
            }
        }
    }
}
