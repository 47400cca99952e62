package org.vmail.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.CALLS_REAL_METHODS;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.mockStatic;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.when;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.MockedStatic;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult.Accepted;
import org.vmail.auth.AuthenticationResult.Rejected;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.PasswordHash;

class DirectoryAuthenticatorTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress NOBODY = MailAddress.of("nobody@a.example");
    private static final MailAddress LOCKED = MailAddress.of("locked@a.example");
    private static final MailAddress UNSUPPORTED = MailAddress.of("unsupported@a.example");
    private static final Password RIGHT = Password.of("hunter2");
    private static final Password WRONG = Password.of("hunter3");

    private final PasswordHash hash = PasswordHasher.withCost(4).hash(RIGHT);
    private final Directory directory = Directory.inMemory()
            .account(new Account(JOE, hash))
            .account(new Account(LOCKED, new PasswordHash("!" + hash.encoded())))
            .account(new Account(UNSUPPORTED, new PasswordHash("$y$hunter2")))
            .account("plain@a.example", "hunter2")
            .build();
    private final Authenticator authenticator = Authenticator.over(directory);

    @Test
    void theRightPasswordIsAcceptedForTheCanonicalAccount() throws IOException {
        assertThat(authenticator.authenticate(MailAddress.of("JOE@A.example"), RIGHT))
                .isEqualTo(new Accepted(new Account(JOE, hash)));
        assertThat(authenticator.authenticate(MailAddress.of("plain@a.example"), RIGHT))
                .isInstanceOf(Accepted.class);
    }

    @Test
    void everythingElseIsRejectedWithTheReasonForTheLog() throws IOException {
        assertThat(authenticator.authenticate(JOE, WRONG)).isEqualTo(new Rejected("wrong password for joe@a.example"));
        assertThat(authenticator.authenticate(JOE, Password.of(""))).isInstanceOf(Rejected.class);
        assertThat(authenticator.authenticate(NOBODY, RIGHT))
                .isEqualTo(new Rejected("there is no account nobody@a.example"));
        assertThat(authenticator.authenticate(LOCKED, RIGHT))
                .isEqualTo(new Rejected("the account locked@a.example is locked"));
        assertThat(authenticator.authenticate(UNSUPPORTED, RIGHT))
                .isEqualTo(new Rejected("the password hash of unsupported@a.example cannot be checked"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nobody@a.example", "locked@a.example", "unsupported@a.example"})
    void whoCannotLogInCostsOneHashOfTheUsersScheme(String address) throws IOException {
        assertThat(authenticator.authenticate(JOE, WRONG)).isInstanceOf(Rejected.class);
        try (MockedStatic<Bcrypt> bcrypt = mockStatic(Bcrypt.class, CALLS_REAL_METHODS)) {
            assertThat(authenticator.authenticate(MailAddress.of(address), RIGHT))
                    .isInstanceOf(Rejected.class);
            bcrypt.verify(() -> Bcrypt.crypt(any(), eq(hash.encoded())), times(1));
        }
    }

    @Test
    void aHashIsComputedEvenBeforeAnyUserWasChecked() throws IOException {
        try (MockedStatic<Bcrypt> bcrypt = mockStatic(Bcrypt.class, CALLS_REAL_METHODS)) {
            for (int i = 1; i <= 3; i++) {
                assertThat(authenticator.authenticate(NOBODY, RIGHT)).isInstanceOf(Rejected.class);
                bcrypt.verify(() -> Bcrypt.crypt(eq(RIGHT.octets()), any()), times(i));
            }
        }
    }

    @Test
    void aPasswordThatMatchesTheLookalikeLetsNobodyIn() throws IOException {
        assertThat(authenticator.authenticate(JOE, RIGHT)).isInstanceOf(Accepted.class);
        for (MailAddress address : List.of(NOBODY, LOCKED, UNSUPPORTED)) {
            assertThat(authenticator.authenticate(address, RIGHT)).isInstanceOf(Rejected.class);
        }
    }

    @Test
    void aDirectoryThatIsAwayIsNotARejection() throws IOException {
        Directory away = mock(Directory.class);
        when(away.account(any())).thenThrow(new IOException("the database is away"));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Authenticator.over(away).authenticate(JOE, RIGHT))
                .withMessage("the database is away");
    }

    @Test
    void noResultShowsAPasswordOrAHash() throws IOException {
        assertThat(authenticator.authenticate(JOE, RIGHT).toString()).doesNotContain("hunter2", hash.encoded());
        assertThat(authenticator.authenticate(JOE, WRONG).toString()).doesNotContain("hunter3", hash.encoded());
        assertThat(authenticator.authenticate(UNSUPPORTED, RIGHT).toString()).doesNotContain("hunter2", "$y$");
        assertThat(new Account(JOE, hash).toString()).contains("joe@a.example").doesNotContain(hash.encoded());
    }
}
