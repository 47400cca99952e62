package org.vmail.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.auth.PasswordHasher.Check;
import org.vmail.directory.PasswordHash;

class PasswordHasherTest {
    private static final Password SECRET = Password.of("secret");

    private final PasswordHasher hasher = PasswordHasher.withCost(4);

    @Test
    void aNewHashIsBcryptWithASaltOfItsOwn() {
        PasswordHash hash = hasher.hash(SECRET);
        assertThat(hash.encoded()).startsWith("$2b$04$").hasSize(60);
        assertThat(hasher.hash(SECRET)).isNotEqualTo(hash);
        assertThat(hasher.check(SECRET, hash)).isEqualTo(Check.MATCH);
        assertThat(hasher.check(Password.of("Secret"), hash)).isEqualTo(Check.MISMATCH);
        assertThat(PasswordHasher.standard().check(SECRET, hash))
                .as("any cost is checked")
                .isEqualTo(Check.MATCH);
    }

    @Test
    void theStandardCostIsTen() {
        assertThat(PasswordHasher.standard().hash(SECRET).encoded()).startsWith("$2b$10$");
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 3, 17, 31, 100})
    void aCostOutOfBoundsIsRefused(int cost) {
        assertThatIllegalArgumentException().isThrownBy(() -> PasswordHasher.withCost(cost));
    }

    @Test
    void aPasswordThatBcryptWouldCutIsRefused() {
        Password longest = Password.of("x".repeat(72));
        assertThat(hasher.check(longest, hasher.hash(longest))).isEqualTo(Check.MATCH);
        assertThatIllegalArgumentException().isThrownBy(() -> hasher.hash(Password.of("x".repeat(73))));
        assertThatIllegalArgumentException().isThrownBy(() -> hasher.hash(Password.of("ü".repeat(37))));
        assertThatIllegalArgumentException().isThrownBy(() -> hasher.hash(Password.of("sec\0ret")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"secret", "", "with space and ü", "{PLAIN}", "$6$salt$hash", "a:b"})
    void aPlainPasswordIsComparedAsItIs(String text) {
        PasswordHash hash = PasswordHash.plain(text);
        assertThat(hasher.check(Password.of(text), hash)).isEqualTo(Check.MATCH);
        assertThat(hasher.check(Password.of(text + "x"), hash)).isEqualTo(Check.MISMATCH);
        assertThat(hasher.check(Password.of("{PLAIN}" + text), hash)).isEqualTo(Check.MISMATCH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "!", "*", "!!", "*LK*", "!{PLAIN}secret", "*{PLAIN}secret"})
    void nothingMatchesALockedHash(String encoded) {
        for (String password : new String[] {"secret", "", encoded}) {
            assertThat(hasher.check(Password.of(password), new PasswordHash(encoded)))
                    .as("shadow(5)")
                    .isEqualTo(Check.MISMATCH);
        }
        assertThat(PasswordHash.locked().isLocked()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "secret",
                "x",
                "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
                "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$hash",
                "$2b$17$......................u/wEcEyIBGE2PW1CSxaGsUyHd3SHwK",
                "$2b$04$truncated",
                "{SSHA}xxxx",
                "{plain}secret"
            })
    void aHashOfNoKnownSchemeOrBeyondTheBoundsIsUnsupported(String encoded) {
        assertThat(hasher.check(SECRET, new PasswordHash(encoded))).isEqualTo(Check.UNSUPPORTED);
    }

    @Test
    void aPasswordIsTheOctetsThatTheClientSent() {
        byte[] octets = "pässword".getBytes(StandardCharsets.ISO_8859_1);
        Password password = Password.ofOctets(octets);
        PasswordHash hash = hasher.hash(password);
        octets[0] = 'X';
        password.octets()[0] = 'X';
        assertThat(hasher.check(password, hash)).as("nobody else can change it").isEqualTo(Check.MATCH);
        assertThat(hasher.check(Password.of("pässword"), hash))
                .as("UTF-8 has other octets")
                .isEqualTo(Check.MISMATCH);
    }

    @Test
    void noTextShowsAPasswordOrAHash() {
        assertThat(SECRET.toString())
                .isEqualTo("Password[secret]")
                .isEqualTo(Password.of("hunter2").toString());
        assertThat(new PasswordHash("$6$salt$hunter2")).hasToString("PasswordHash[secret]");
        assertThat(PasswordHash.plain("hunter2")).hasToString("PasswordHash[secret]");
    }
}
