package org.vmail.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CryptMd5Test {

    @ParameterizedTest
    @CsvSource({
        "0123456789ABCDE, $1$12345678$aIccj83HRDBo6ux1bVx7D1",
        "12345678, $1$12345678$f8QoJuo0DpBRfQSD0vglc1",
        "rasmuslerdorf, $1$rasmusle$rISCgZzpwk3UhDidwXvin0",
        "'', $1$$qRPK7m23GJusamGpoGLby/"
    })
    void publishedVectorsMatch(String password, String encoded) {
        assertThat(Crypt.verify(password.getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MATCH);
        assertThat(Crypt.verify((password + "x").getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @Test
    void saltsCountUpToTheirEighthCharacter() {
        assertThat(CryptMd5.crypt("rasmuslerdorf".getBytes(UTF_8), "$1$rasmuslerdorf$"))
                .isEqualTo("$1$rasmusle$rISCgZzpwk3UhDidwXvin0");
        assertThat(Crypt.supports("$1$rasmusler$rISCgZzpwk3UhDidwXvin0")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "$1", "$1salt", "$5$salt", "$1$sa:lt", "$1$sa!lt", "$1$s\u00e4lt"})
    void hashingRefusesWhatIsNoSetting(String setting) {
        assertThatIllegalArgumentException().isThrownBy(() -> CryptMd5.crypt(new byte[0], setting));
    }
}
