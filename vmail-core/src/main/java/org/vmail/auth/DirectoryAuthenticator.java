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
 * Looks the account up and checks its hash.
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
    private final PasswordHasher hasher = PasswordHasher.standard();
    private volatile PasswordHash lookalike = PasswordHash.locked();

    DirectoryAuthenticator(Directory directory, AuthenticatorOptions options, LongSupplier clock) {
        this.directory = directory;
        this.verified = new VerifiedPasswords(options, clock);
    }

    @Override
    public AuthenticationResult authenticate(MailAddress address, Password password) throws IOException {
        Optional<Account> account = directory.account(address);
        if (account.isPresent() && isVerified(account.get(), password)) {
            return new Accepted(account.get());
        }
        HashingPermits.acquire();
        try {
            return check(address, account, password);
        } finally {
            HashingPermits.release();
        }
    }

    private boolean isVerified(Account account, Password password) {
        return !account.passwordHash().isLocked() && verified.contains(account, password);
    }

    private AuthenticationResult check(MailAddress address, Optional<Account> account, Password password) {
        if (account.isEmpty()) {
            waste(password);
            return new Rejected("there is no account " + address);
        }
        PasswordHash hash = account.get().passwordHash();
        if (hash.isLocked()) {
            waste(password);
            return new Rejected("the account " + address + " is locked");
        }
        return switch (hasher.check(password, hash)) {
            case MATCH -> {
                lookalike = hash;
                verified.add(account.get(), password);
                yield new Accepted(account.get());
            }
            case MISMATCH -> {
                lookalike = hash;
                yield new Rejected("wrong password for " + address);
            }
            case UNSUPPORTED -> {
                LOG.warn(
                        "The password hash of {} has a scheme that vmail does not know or a cost beyond its bounds",
                        address);
                waste(password);
                yield new Rejected("the password hash of " + address + " cannot be checked");
            }
        };
    }

    private void waste(Password password) {
        if (lookalike.isLocked()) {
            lookalike = hasher.hash(Password.of("no account was ever checked"));
        }
        PasswordHasher.Check ignored = hasher.check(password, lookalike);
    }
}
