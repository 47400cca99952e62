package org.vmail.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BcryptTest {

    private static final String SALT_AND_HASH = "CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "\"\", $2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.",
                "a, $2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe",
                "abc, $2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
                "abcdefghijklmnopqrstuvwxyz, $2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC",
                "~!@#$%^&*()      ~!@#$%^&*()PNBFRD, $2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO",
                "U*U, $2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
                "U*U*, $2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK",
                "U*U*U, $2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a"
            })
    void publishedVectorsMatch(String password, String encoded) {
        assertThat(Crypt.verify(password.getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MATCH);
        assertThat(Crypt.verify((password + "x").getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @ParameterizedTest
    @CsvSource({
        "\u00ff\u00ff\u00a3, $2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
        "\u00a3, $2a$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq",
        "\u00a3, $2y$05$/OK.fbVrR/bpIqNJ5ianF.Sa7shbm4.OzKpvFnX1pQLmQW96oUlCq"
    })
    void bytesAbove127AreNotSignExtended(String password, String encoded) {
        assertThat(Crypt.verify(password.getBytes(ISO_8859_1), encoded)).isEqualTo(Crypt.Result.MATCH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"$2a$", "$2b$", "$2y$"})
    void theThreeVersionsAreTheSameAlgorithm(String version) {
        assertThat(Crypt.verify("U*U".getBytes(UTF_8), version + "05$" + SALT_AND_HASH))
                .isEqualTo(Crypt.Result.MATCH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"$2$05$", "$2x$05$", "$2c$05$", "$2b$03$", "$2b$17$", "$2b$31$", "$2b$5$", "$2b$005$"})
    void otherVersionsAndCostsOutOfBoundsAreUnsupported(String prefix) {
        assertThat(Crypt.verify("U*U".getBytes(UTF_8), prefix + SALT_AND_HASH)).isEqualTo(Crypt.Result.UNSUPPORTED);
    }

    @Test
    void costsWithinBoundsAreSupported() {
        assertThat(Crypt.supports("$2b$04$" + SALT_AND_HASH)).isTrue();
        assertThat(Crypt.supports("$2b$16$" + SALT_AND_HASH)).isTrue();
    }

    @Test
    void verificationUsesTheFirst72Bytes() {
        byte[] longest = "0123456789abcdefghijklmnopqrstuvwxyz".repeat(2).getBytes(UTF_8);
        String encoded = Bcrypt.create(longest, 4, new SecureRandom());
        assertThat(Crypt.verify((new String(longest, UTF_8) + "more").getBytes(UTF_8), encoded))
                .isEqualTo(Crypt.Result.MATCH);
        longest[71]++;
        assertThat(Crypt.verify(longest, encoded)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @Test
    void unusedBitsOfTheSaltMustBeZero() {
        assertThat(Crypt.verify("U*U".getBytes(UTF_8), "$2b$05$" + SALT_AND_HASH.replace("C.", "C/")))
                .isEqualTo(Crypt.Result.MISMATCH);
    }

    @Test
    void createdHashesMatchTheirPasswordOnly() {
        byte[] password = "pässword".getBytes(UTF_8);
        String encoded = Bcrypt.create(password, 5, new SecureRandom());
        assertThat(encoded).matches("\\$2b\\$05\\$[./0-9A-Za-z]{53}");
        assertThat(Crypt.verify(password, encoded)).isEqualTo(Crypt.Result.MATCH);
        assertThat(Crypt.verify("password".getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @Test
    void createdHashesDiffer() {
        SecureRandom random = new SecureRandom();
        assertThat(Bcrypt.create(new byte[0], 4, random)).isNotEqualTo(Bcrypt.create(new byte[0], 4, random));
    }

    @Test
    void costsOfTwoDigitsAreWrittenAsTheyAre() {
        assertThat(Bcrypt.create(new byte[0], 10, new SecureRandom())).startsWith("$2b$10$");
    }

    @Test
    void creationRefusesWhatWouldNotCountInFull() {
        SecureRandom random = new SecureRandom();
        assertThatIllegalArgumentException().isThrownBy(() -> Bcrypt.create(new byte[] {'a', 0}, 4, random));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Bcrypt.create("a".repeat(73).getBytes(UTF_8), 4, random));
        assertThatIllegalArgumentException().isThrownBy(() -> Bcrypt.create(new byte[0], 3, random));
        assertThatIllegalArgumentException().isThrownBy(() -> Bcrypt.create(new byte[0], 17, random));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "$2b$", "$2b$05$", "$2b$05$CCCCCCCCCCCCCCCCCCCCC", "$2b$05$CCCCCCCCCCCCCCCCCCCC-."})
    void hashingRefusesWhatIsNoSetting(String setting) {
        assertThatIllegalArgumentException().isThrownBy(() -> Bcrypt.crypt(new byte[0], setting));
    }
}
