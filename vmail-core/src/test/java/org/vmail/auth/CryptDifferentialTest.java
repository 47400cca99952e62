package org.vmail.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.password4j.BcryptFunction;
import java.util.Random;
import org.apache.commons.codec.digest.Md5Crypt;
import org.apache.commons.codec.digest.Sha2Crypt;
import org.apache.commons.codec.digest.UnixCrypt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random passwords and salts give the hashes that independent implementations give. */
class CryptDifferentialTest {

    private static final int LONGEST_PASSWORD = 100;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void desAgreesWithCommonsCodec(long seed) {
        Random random = new Random(seed);
        for (int length = 0; length <= LONGEST_PASSWORD; length++) {
            byte[] password = password(random, length);
            String setting = salt(random, CryptBase64.CRYPT, 2);
            assertAgrees(seed, password, UnixCrypt.crypt(password.clone(), setting));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = 1)
    void md5AgreesWithCommonsCodec(long seed) {
        Random random = new Random(seed);
        for (int length = 0; length <= LONGEST_PASSWORD; length++) {
            byte[] password = password(random, length);
            String setting = "$1$" + salt(random, CryptBase64.CRYPT, 1 + random.nextInt(8)) + "$";
            assertAgrees(seed, password, Md5Crypt.md5Crypt(password.clone(), setting));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = 1)
    void sha256AgreesWithCommonsCodec(long seed) {
        Random random = new Random(seed);
        for (int length = 0; length <= LONGEST_PASSWORD; length++) {
            byte[] password = password(random, length);
            String setting = "$5$" + roundsAndSalt(random);
            assertAgrees(seed, password, Sha2Crypt.sha256Crypt(password.clone(), setting));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = 1)
    void sha512AgreesWithCommonsCodec(long seed) {
        Random random = new Random(seed);
        for (int length = 0; length <= LONGEST_PASSWORD; length++) {
            byte[] password = password(random, length);
            String setting = "$6$" + roundsAndSalt(random);
            assertAgrees(seed, password, Sha2Crypt.sha512Crypt(password.clone(), setting));
        }
    }

    /** Not with its {@code $2a$}: password4j 1.8.4 extends the sign of bytes there, which belongs to {@code $2x$}. */
    @ParameterizedTest
    @ValueSource(longs = 1)
    void bcryptAgreesWithPassword4j(long seed) {
        Random random = new Random(seed);
        BcryptFunction reference = BcryptFunction.getInstance(com.password4j.types.Bcrypt.B, 4);
        for (int length = 0; length <= LONGEST_PASSWORD; length++) {
            byte[] password = password(random, length);
            byte[] salt = new byte[16];
            random.nextBytes(salt);
            String setting = "$2b$04$" + CryptBase64.encode(CryptBase64.BCRYPT, salt);
            byte[] expected =
                    reference.hash(password.clone(), setting.getBytes(US_ASCII)).getResultAsBytes();
            assertAgrees(seed, password, new String(expected, US_ASCII));
        }
    }

    private static void assertAgrees(long seed, byte[] password, String expected) {
        assertThat(Crypt.verify(password, expected))
                .as("seed %d, %d bytes, %s", seed, password.length, expected)
                .isEqualTo(Crypt.Result.MATCH);
    }

    private static byte[] password(Random random, int length) {
        byte[] password = new byte[length];
        for (int i = 0; i < length; i++) {
            password[i] = (byte) (1 + random.nextInt(255));
        }
        return password;
    }

    private static String salt(Random random, String alphabet, int length) {
        StringBuilder salt = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            salt.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return salt.toString();
    }

    /** Mostly the least work that is possible, now and then the default, which has no notation. */
    private static String roundsAndSalt(Random random) {
        String rounds = random.nextInt(20) == 0 ? "" : "rounds=" + (1000 + random.nextInt(100)) + "$";
        return rounds + salt(random, CryptBase64.CRYPT, 1 + random.nextInt(16)) + "$";
    }
}
