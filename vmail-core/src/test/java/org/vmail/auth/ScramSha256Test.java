package org.vmail.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.auth.PasswordHasher.Check;
import org.vmail.directory.PasswordHash;

class ScramSha256Test {
    private static final String DOVECOTS = "{SCRAM-SHA-256}4096,93XSUKOKfkI/UmIYmoyHPw==,"
            + "8NVeEE9THNhreJGLsQgJKybsBcASPieC/UIWO9pI66k=,PEJok2p/pKt5CM1I9OsQ4eLNSug4wP65vpC42mTk4Fc=";

    private final PasswordHasher hasher = PasswordHasher.standard();

    private Check check(String password, String encoded) {
        return hasher.check(Password.of(password), new PasswordHash(encoded));
    }

    @Test
    void whatDovecotStoresIsChecked() {
        assertThat(check("secret", DOVECOTS)).isEqualTo(Check.MATCH);
        assertThat(check("Secret", DOVECOTS)).isEqualTo(Check.MISMATCH);
        assertThat(check("", DOVECOTS)).isEqualTo(Check.MISMATCH);
    }

    @Test
    void newKeysHaveASaltOfTheirOwn() {
        PasswordHash hash = hasher.scramSha256(Password.of("secret"));
        assertThat(hash.encoded()).startsWith("{SCRAM-SHA-256}4096,").hasSameSizeAs(DOVECOTS);
        assertThat(hasher.scramSha256(Password.of("secret"))).isNotEqualTo(hash);
        assertThat(check("secret", hash.encoded())).isEqualTo(Check.MATCH);
        assertThatIllegalArgumentException().isThrownBy(() -> hasher.scramSha256(Password.of("x"), 4095));
        assertThatIllegalArgumentException().isThrownBy(() -> hasher.scramSha256(Password.of("x"), 1_000_001));
    }

    @Test
    void aPasswordIsPreparedBySaslprep() {
        PasswordHash hash = hasher.scramSha256(Password.of("I\u00adX \u2168"));
        assertThat(check("IX IX", hash.encoded())).as("RFC 4013, section 3").isEqualTo(Check.MATCH);
        byte[] latin1 = "p\u00e4ss".getBytes(StandardCharsets.ISO_8859_1);
        PasswordHash octets = hasher.scramSha256(Password.ofOctets(latin1));
        assertThat(hasher.check(Password.ofOctets(latin1), octets)).isEqualTo(Check.MATCH);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{SCRAM-SHA-256}",
                "{SCRAM-SHA-256}4095,93XSUKOKfkI/UmIYmoyHPw==,8NVeEE9THNhreJGLsQgJKybsBcASPieC/UIWO9pI66k=,PEJok2p/pKt5CM1I9OsQ4eLNSug4wP65vpC42mTk4Fc=",
                "{SCRAM-SHA-256}9999999,93XSUKOKfkI/UmIYmoyHPw==,8NVeEE9THNhreJGLsQgJKybsBcASPieC/UIWO9pI66k=,PEJok2p/pKt5CM1I9OsQ4eLNSug4wP65vpC42mTk4Fc=",
                "{SCRAM-SHA-256}4096,93XSUKOKfkI/UmIYmoyHPw=,8NVeEE9THNhreJGLsQgJKybsBcASPieC/UIWO9pI66k=,PEJok2p/pKt5CM1I9OsQ4eLNSug4wP65vpC42mTk4Fc=",
                "{SCRAM-SHA-256}4096,93XSUKOKfkI/UmIYmoyHPw==,8NVeEE9THNhreJGLsQgJKybsBcASPieC/UIWO9pI66k="
            })
    void damagedKeysMatchNothing(String encoded) {
        assertThat(check("secret", encoded)).isEqualTo(Check.UNSUPPORTED);
    }

    @Test
    @Tag("interop")
    void doveadmMakesWhatWeCheckAndChecksWhatWeMake() throws IOException, InterruptedException {
        assertThat(check("secret", doveadm("-s", "SCRAM-SHA-256", "-p", "secret")))
                .isEqualTo(Check.MATCH);
        String ours = hasher.scramSha256(Password.of("secret"), 5000).encoded();
        assertThat(doveadm("-t", ours, "-p", "secret")).contains("(verified)");
    }

    private static String doveadm(String... arguments) throws IOException, InterruptedException {
        java.util.List<String> command = new java.util.ArrayList<>(java.util.List.of("doveadm", "pw"));
        command.addAll(java.util.List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
