package org.vmail.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CryptTest {

    private static final byte[] PASSWORD = "secret".getBytes(UTF_8);
    private static final long SEED = 20_261_122;

    /** Of digits only those that, put into the round counts and costs of {@link #hashes}, leave little work. */
    private static final String REPLACEMENTS = "./$!*:;\\ -=09Az\t\n\0\u007f\u00e4\u0661\ud83d";

    static Stream<String> hashes() {
        return Stream.of(
                CryptDes.crypt(PASSWORD, "ab"),
                CryptMd5.crypt(PASSWORD, "$1$Salt.123$"),
                CryptSha.crypt(PASSWORD, "$5$rounds=1000$Salt.123$"),
                CryptSha.crypt(PASSWORD, "$6$rounds=1000$Salt.123$"),
                Bcrypt.crypt(PASSWORD, "$2b$04$......................"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "*",
                "!",
                "!!",
                "*LK*",
                "*0",
                "x",
                "secret",
                "{PLAIN}secret",
                "$",
                "$$",
                "$1$",
                "$5$",
                "$6$",
                "$2b$",
                "$3$$8846f7eaee8fb117ad06bdd830b7586c",
                "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7",
                "$apr1$Salt$R3mFMmP8ebKbO6W0zJaTo/",
                "_J9..rasmBYk8r9AiWNc"
            })
    void whatIsNoHashOfAKnownSchemeIsUnsupported(String encoded) {
        assertThat(Crypt.verify(PASSWORD, encoded)).isEqualTo(Crypt.Result.UNSUPPORTED);
        assertThat(Crypt.supports(encoded)).isFalse();
    }

    @ParameterizedTest
    @MethodSource("hashes")
    void aCompleteHashMatchesItsPasswordOnly(String encoded) {
        assertThat(Crypt.supports(encoded)).isTrue();
        assertThat(Crypt.verify(PASSWORD, encoded)).isEqualTo(Crypt.Result.MATCH);
        assertThat(Crypt.verify("Secret".getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MISMATCH);
        assertThat(Crypt.verify(new byte[0], encoded)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @ParameterizedTest
    @MethodSource("hashes")
    void aLockedHashIsUnsupported(String encoded) {
        assertThat(Crypt.verify(PASSWORD, "!" + encoded)).isEqualTo(Crypt.Result.UNSUPPORTED);
        assertThat(Crypt.verify(PASSWORD, "*" + encoded)).isEqualTo(Crypt.Result.UNSUPPORTED);
    }

    @ParameterizedTest
    @MethodSource("hashes")
    void aPasswordWithNulMatchesNothing(String encoded) {
        assertThat(Crypt.verify("secret\0".getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MISMATCH);
        assertThat(Crypt.verify("secret\0more".getBytes(UTF_8), encoded)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @Test
    void aPasswordLongerThanLibcryptTakesMatchesNothing() {
        byte[] longest = "x".repeat(511).getBytes(UTF_8);
        String ofLongest = CryptMd5.crypt(longest, "$1$salt$");
        assertThat(Crypt.verify(longest, ofLongest)).isEqualTo(Crypt.Result.MATCH);

        byte[] tooLong = "x".repeat(512).getBytes(UTF_8);
        String ofTooLong = CryptMd5.crypt(tooLong, "$1$salt$");
        assertThat(Crypt.verify(tooLong, ofTooLong)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @Test
    void theHashIsComparedInFull() {
        String encoded = CryptMd5.crypt(PASSWORD, "$1$salt$");
        char last = encoded.charAt(encoded.length() - 1);
        String altered = encoded.substring(0, encoded.length() - 1) + (last == '.' ? '/' : '.');
        assertThat(Crypt.verify(PASSWORD, altered)).isEqualTo(Crypt.Result.MISMATCH);
    }

    @ParameterizedTest
    @MethodSource("hashes")
    void aTruncatedHashIsUnsupported(String encoded) {
        for (int length = 0; length < encoded.length(); length++) {
            String truncated = encoded.substring(0, length);
            assertThat(Crypt.verify(PASSWORD, truncated)).as(truncated).isEqualTo(Crypt.Result.UNSUPPORTED);
        }
    }

    @ParameterizedTest
    @MethodSource("hashes")
    void aHashWithAnAlteredCharacterNeverMatches(String encoded) {
        Random random = new Random(SEED);
        for (int i = 0; i < encoded.length(); i++) {
            char replacement = replacement(random);
            if (replacement != encoded.charAt(i)) {
                assertNoMatch(encoded.substring(0, i) + replacement + encoded.substring(i + 1));
            }
            assertNoMatch(encoded.substring(0, i) + encoded.substring(i + 1));
        }
    }

    @ParameterizedTest
    @MethodSource("hashes")
    void aHashWithAnInsertedCharacterNeverMatches(String encoded) {
        Random random = new Random(SEED);
        for (int i = 0; i <= encoded.length(); i++) {
            assertNoMatch(encoded.substring(0, i) + replacement(random) + encoded.substring(i));
        }
    }

    @ParameterizedTest
    @ValueSource(chars = {':', ';', '!', '*', '\\', ' ', '\n', '\u007f', '\u00e4'})
    void saltCharactersThatLibcryptRejectsAreUnsupported(char character) {
        assertThat(Crypt.supports("$1$a" + character + "b$" + "A".repeat(22))).isFalse();
        assertThat(Crypt.supports("$5$a" + character + "b$" + "A".repeat(43))).isFalse();
        assertThat(Crypt.supports("$6$a" + character + "b$" + "A".repeat(86))).isFalse();
        assertThat(Crypt.supports("$2b$04$" + character + "A".repeat(52))).isFalse();
        assertThat(Crypt.supports("a" + character + "A".repeat(11))).isFalse();
    }

    /** These are the results of libxcrypt 4.4.33. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "$1$a#~-\"{}=$zPiXM3gu2lQNWwj7h0M2n0",
                "$5$a#~-\"{}=$yrScA8pywU9WEsTxXv2zfX/hR68DHiVW6AUZnKSfZa0",
            })
    void otherPrintableSaltCharactersAreSupported(String encoded) {
        assertThat(Crypt.verify(PASSWORD, encoded)).isEqualTo(Crypt.Result.MATCH);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "$1$", "$5$", "$6$rounds=", "$2b$10$", "$5$rounds=5000$"})
    void textOfAnyLengthIsRejectedQuietly(String prefix) {
        for (String filling : new String[] {"a", "$", "9", "a$", "\u00e4"}) {
            assertThat(Crypt.supports(prefix + filling.repeat(200_000))).isFalse();
        }
    }

    private static char replacement(Random random) {
        return REPLACEMENTS.charAt(random.nextInt(REPLACEMENTS.length()));
    }

    private static void assertNoMatch(String encoded) {
        assertThat(Crypt.verify(PASSWORD, encoded))
                .as("seed %d: %s", SEED, encoded)
                .isNotEqualTo(Crypt.Result.MATCH);
    }
}
