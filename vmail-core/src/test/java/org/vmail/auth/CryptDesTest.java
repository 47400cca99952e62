package org.vmail.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CryptDesTest {

    @ParameterizedTest
    @CsvSource({
        "rasmuslerdorf, rl.3StKT.4T8M",
        "foodbard, ..o6avrdNBOA6",
        "foobar, AxTdjVtckZ0Rs",
        "U*U*U*U*, CCNf8Sbh3HDfQ",
        "U*U***U, CCX.K.MFy4Ois",
        "U*U***U*, CC4rMpbg9AMZ.",
        "*U*U*U*U, XXxzOu6maQKqQ",
        "'', SDbsugeBiC58A"
    })
    void publishedVectorsMatch(String password, String encoded) {
        assertThat(Crypt.verify(password.getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MATCH);
        assertThat(Crypt.verify(("x" + password).getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @Test
    void onlyEightBytesCount() {
        String encoded = CryptDes.crypt("12345678".getBytes(UTF_8), "ab");
        assertThat(Crypt.verify("123456789".getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MATCH);
        assertThat(Crypt.verify("1234567".getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @Test
    void theHighBitOfAByteDoesNotCount() {
        String encoded = CryptDes.crypt("d".getBytes(UTF_8), "ab");
        assertThat(Crypt.verify("\u00e4".getBytes(ISO_8859_1), encoded)).isEqualTo(Crypt.Result.MATCH);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"rl.3StKT.4T8", "rl.3StKT.4T8M.", "r-.3StKT.4T8M", "r\u00e4.3StKT.4T8M", "_l.3StKT.4T8M", "rl"})
    void otherLengthsAndCharactersAreUnsupported(String encoded) {
        assertThat(Crypt.verify("rasmuslerdorf".getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.UNSUPPORTED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a:", "*0", "$1$salt"})
    void hashingRefusesWhatIsNoSetting(String setting) {
        assertThatIllegalArgumentException().isThrownBy(() -> CryptDes.crypt(new byte[0], setting));
    }
}
