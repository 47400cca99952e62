package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult;
import org.vmail.auth.Authenticator;
import org.vmail.auth.Password;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.PasswordHash;

/** Hashes for shadow files. */
class PasswordCommandTest {
    @Test
    void theHashIsOfTheFirstLineAndDiffersEachTime() {
        String first = hash("öl und essig\nnot this\n");
        String second = hash("öl und essig\n");

        assertThat(first).isNotEqualTo(second);
        assertThat(List.of(first, second)).allMatch(hash -> isHashOf(hash, "öl und essig"));
        assertThat(isHashOf(first, "öl und essig\nnot this")).isFalse();
    }

    @Test
    void anEmptyPasswordIs65() {
        Programs.Result empty = OwnCommand.runWith("\n", "password", "--stdin");

        assertThat(empty.exitCode()).isEqualTo(65);
        assertThat(empty.output()).isEmpty();
        empty.assertOneLine();
    }

    private static String hash(String input) {
        return OwnCommand.runWith(input, "password", "--stdin", "--cost", "4")
                .successful()
                .output()
                .strip();
    }

    private static boolean isHashOf(String hash, String password) {
        MailAddress joe = MailAddress.of("joe@a.example");
        Directory directory = Directory.inMemory()
                .account(new Account(joe, new PasswordHash(hash)))
                .build();
        try {
            return Authenticator.over(directory).authenticate(joe, Password.of(password))
                    instanceof AuthenticationResult.Accepted;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
