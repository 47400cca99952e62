package org.vmail.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.when;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mockito.MockedStatic;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult.Accepted;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.PasswordHash;
import org.vmail.internal.ManualClock;

/** Work is counted, not timed: how often a hash is computed. */
class VerifiedPasswordsTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress OTHER_JOE = MailAddress.of("joe@b.example");
    private static final Password RIGHT = Password.of("hunter2");
    private static final Password WRONG = Password.of("hunter3");

    private final ManualClock clock = new ManualClock();
    private final PasswordHash hash = PasswordHasher.withCost(4).hash(RIGHT);
    private final Directory directory = mock(Directory.class);

    private Authenticator authenticator(AuthenticatorOptions options) throws IOException {
        when(directory.account(JOE)).thenReturn(Optional.of(new Account(JOE, hash)));
        when(directory.account(OTHER_JOE))
                .thenReturn(Optional.of(
                        new Account(OTHER_JOE, PasswordHasher.withCost(4).hash(WRONG))));
        return new DirectoryAuthenticator(directory, options, clock);
    }

    /** How many hashes it takes to get the expected answer. */
    private static void check(Authenticator authenticator, MailAddress who, Password password, boolean ok, int hashes)
            throws IOException {
        try (MockedStatic<Bcrypt> bcrypt = mockStatic(Bcrypt.class, CALLS_REAL_METHODS)) {
            assertThat(authenticator.authenticate(who, password) instanceof Accepted)
                    .isEqualTo(ok);
            bcrypt.verify(() -> Bcrypt.crypt(any(), any()), times(hashes));
        }
    }

    @Test
    void aRightPasswordIsHashedOnceInItsTime() throws IOException {
        Authenticator authenticator = authenticator(AuthenticatorOptions.defaults());
        check(authenticator, JOE, RIGHT, true, 1);
        clock.advance(Duration.ofMinutes(9));
        check(authenticator, JOE, RIGHT, true, 0);
        clock.advance(Duration.ofMinutes(1));
        check(authenticator, JOE, RIGHT, true, 1);
    }

    @Test
    void aWrongPasswordIsHashedEachTimeAndForgetsNothing() throws IOException {
        Authenticator authenticator = authenticator(AuthenticatorOptions.defaults());
        check(authenticator, JOE, RIGHT, true, 1);
        check(authenticator, JOE, WRONG, false, 1);
        check(authenticator, JOE, WRONG, false, 1);
        check(authenticator, JOE, RIGHT, true, 0);
    }

    @Test
    void theSameUserOfAnotherDomainIsSomebodyElse() throws IOException {
        Authenticator authenticator = authenticator(AuthenticatorOptions.defaults());
        check(authenticator, JOE, RIGHT, true, 1);
        check(authenticator, OTHER_JOE, RIGHT, false, 1);
        check(authenticator, OTHER_JOE, WRONG, true, 1);
        check(authenticator, JOE, WRONG, false, 1);
    }

    @Test
    void anAccountThatChangesIsForgottenAtOnce() throws IOException {
        Authenticator authenticator = authenticator(AuthenticatorOptions.defaults());
        check(authenticator, JOE, RIGHT, true, 1);
        PasswordHash changed = PasswordHasher.withCost(4).hash(WRONG);
        when(directory.account(JOE)).thenReturn(Optional.of(new Account(JOE, changed)));
        check(authenticator, JOE, RIGHT, false, 1);
        when(directory.account(JOE)).thenReturn(Optional.of(new Account(JOE, new PasswordHash("!" + hash.encoded()))));
        check(authenticator, JOE, RIGHT, false, 1);
        when(directory.account(JOE)).thenReturn(Optional.empty());
        check(authenticator, JOE, RIGHT, false, 1);
    }

    @Test
    void zeroTurnsItOff() throws IOException {
        AuthenticatorOptions defaults = AuthenticatorOptions.defaults();
        for (AuthenticatorOptions off : new AuthenticatorOptions[] {
            defaults.withRememberedAccounts(0), defaults.withRememberedFor(Duration.ZERO)
        }) {
            Authenticator authenticator = authenticator(off);
            check(authenticator, JOE, RIGHT, true, 1);
            check(authenticator, JOE, RIGHT, true, 1);
        }
    }
}
