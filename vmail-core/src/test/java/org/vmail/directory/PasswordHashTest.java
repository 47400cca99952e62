package org.vmail.directory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PasswordHashTest {
    @ParameterizedTest
    @CsvSource({
        "{CRYPT}$6$salt$hash, $6$salt$hash",
        "{sha512-crypt}$6$salt$hash, $6$salt$hash",
        "{BLF-CRYPT}$2y$05$hash, $2y$05$hash",
        "{DES-CRYPT}abJnggxhB/yWI, abJnggxhB/yWI",
        "$1$salt$hash, $1$salt$hash",
        "{CLEAR}secret, {PLAIN}secret",
        "{cleartext}{x}, {PLAIN}{x}",
        "{SSHA}c2VjcmV0, {SSHA}c2VjcmV0",
        "'{SCRAM-SHA-256}4096,a,b,c', '{SCRAM-SHA-256}4096,a,b,c'",
        "{not a scheme}x, {not a scheme}x"
    })
    void aSchemeThatDovecotWritesIsReadAndAnUnknownOneIsKept(String text, String encoded) {
        assertThat(PasswordHash.ofScheme(text).encoded()).isEqualTo(encoded);
    }

    @Test
    void whatIsBehindASchemeCannotBeAnotherScheme() {
        assertThat(PasswordHash.ofScheme("{CRYPT}{PLAIN}x").isLocked()).isTrue();
        assertThat(PasswordHash.ofScheme("{CRYPT}{ELSEWHERE}").isLocked()).isTrue();
    }

    @Test
    void noPasswordLocks() {
        assertThat(PasswordHash.ofScheme("").isLocked()).isTrue();
        assertThat(PasswordHash.ofScheme("{PLAIN}").isLocked()).isTrue();
        assertThat(PasswordHash.ofScheme("{CRYPT}!").isLocked()).isTrue();
    }
}
