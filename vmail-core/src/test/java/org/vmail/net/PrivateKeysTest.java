package org.vmail.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Optional;
import java.util.Random;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrivateKeysTest {
    private static final KeyPair RSA = TestCertificate.newKey("RSA", 2048);
    private static final KeyPair EC = TestCertificate.newKey("EC", 384);

    @TempDir
    private Path folder;

    @Test // RFC 5958
    void pkcs8IsReadForEachKind() throws IOException {
        for (KeyPair pair : new KeyPair[] {RSA, EC, TestCertificate.newKey("Ed25519", 0)}) {
            String pem = TestCertificate.pem("PRIVATE KEY", pair.getPrivate().getEncoded());
            assertThat(read(pem).getEncoded()).isEqualTo(pair.getPrivate().getEncoded());
        }
    }

    @Test // RFC 8017, A.1.2
    void pkcs1IsReadWithoutConversion() throws IOException {
        assertThat(read(TestCertificate.pem("RSA PRIVATE KEY", inner(RSA)))).isEqualTo(RSA.getPrivate());
    }

    @Test // RFC 5915
    void sec1IsReadWithItsCurveInsideOrBeforeIt() throws IOException {
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(EC.getPrivate().getEncoded());
        ASN1Encodable curve = info.getPrivateKeyAlgorithm().getParameters();
        ECPrivateKey bare = ECPrivateKey.getInstance(info.parsePrivateKey());
        byte[] withCurve = new ECPrivateKey(384, bare.getKey(), curve).getEncoded();
        byte[] without = new ECPrivateKey(384, bare.getKey()).getEncoded();
        String before =
                TestCertificate.pem("EC PARAMETERS", curve.toASN1Primitive().getEncoded());
        assertThat(secret(read(TestCertificate.pem("EC PRIVATE KEY", withCurve))))
                .isEqualTo(secret(EC.getPrivate()));
        assertThat(secret(read(before + TestCertificate.pem("EC PRIVATE KEY", withCurve))))
                .isEqualTo(secret(EC.getPrivate()));
        assertThat(secret(read(before + TestCertificate.pem("EC PRIVATE KEY", without))))
                .isEqualTo(secret(EC.getPrivate()));
        assertThatIOException()
                .isThrownBy(() -> read(TestCertificate.pem("EC PRIVATE KEY", without)))
                .withMessageContaining("its curve is not given by name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", """
                -----BEGIN RSA PRIVATE KEY-----
                Proc-Type: 4,ENCRYPTED
                DEK-Info: AES-128-CBC,00FF

                AAAA
                -----END RSA PRIVATE KEY-----
                """})
    void anEncryptedKeyIsRefusedWithThatReason(String pem) {
        assertThatIOException().isThrownBy(() -> read(pem)).withMessageContainingAll("file", "is encrypted");
    }

    @Test
    void linesMayEndInCrlfAndTextMayStandAround() throws IOException {
        String pem = "\ufeffBag Attributes\n    friendlyName: x\n"
                + TestCertificate.ec("a.example").chainPem()
                + "subject=CN = a.example\n" + TestCertificate.pem("DH PARAMETERS", new byte[3])
                + TestCertificate.pem("PRIVATE KEY", RSA.getPrivate().getEncoded()) + "the end";
        assertThat(read(pem.replace("\n", "\r\n"))).isEqualTo(RSA.getPrivate());
        assertThat(read(pem.replace("\n", "  \n"))).isEqualTo(RSA.getPrivate());
    }

    @Test
    void chainAndKeyMayBeInOneFile() throws IOException {
        TestCertificate certificate = TestCertificate.rsa("a.example");
        Path both = folder.resolve("both.pem");
        Files.writeString(both, certificate.keyPem() + certificate.chainPem());
        assertThat(ServerCertificate.load(both, both, Optional.empty()).chain()).hasSize(2);
    }

    @Test
    void anEd25519CertificateAndItsKeyFit() throws IOException {
        KeyPair pair = TestCertificate.newKey("Ed25519", 0);
        TestCertificate.of(pair, 1, "a.example").write(folder, "ed");
        assertThat(ServerCertificate.load(folder.resolve("ed.crt"), folder.resolve("ed.key"), Optional.empty())
                        .names())
                .containsExactly("a.example");
        TestCertificate.of(TestCertificate.newKey("Ed25519", 0), 1, "a.example").write(folder, "other");
        assertThatIOException()
                .isThrownBy(() ->
                        ServerCertificate.load(folder.resolve("ed.crt"), folder.resolve("other.key"), Optional.empty()))
                .withMessageContaining("does not fit");
    }

    @Test
    void aFileThatIsTooLargeIsRefused() throws IOException {
        Path large = folder.resolve("large");
        Files.write(large, new byte[PemFile.MAX_OCTETS + 1]);
        assertThatIOException().isThrownBy(() -> PemFile.read(large)).withMessageContaining("larger than 1 MiB");
    }

    @Test
    void whateverIsDamagedIsAnErrorThatNamesTheFileAndNotTheKey() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String rsa = TestCertificate.pem("RSA PRIVATE KEY", inner(RSA));
        String ec = TestCertificate.pem("PRIVATE KEY", EC.getPrivate().getEncoded());
        for (int i = 0; i < 3000; i++) {
            String pem = damaged(random.nextBoolean() ? rsa : ec, random);
            try {
                read(pem);
            } catch (IOException e) {
                assertThat(e).as("seed %d, round %d", seed, i).hasMessageStartingWith("file");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + i + ": " + pem, e);
            }
        }
    }

    @Test
    void whateverIsCutOffIsAnError() throws IOException {
        String pem = TestCertificate.pem("RSA PRIVATE KEY", inner(RSA)).strip();
        for (int end = 0; end < pem.length(); end++) {
            String cut = pem.substring(0, end);
            assertThatIOException().isThrownBy(() -> read(cut)).withMessageStartingWith("file");
        }
    }

    @Test
    void derIsReadAsItIsWritten() throws IOException {
        for (int length : new int[] {0, 1, 127, 128, 255, 256, 65535, 65536}) {
            byte[] content = new byte[length];
            byte[] written = Der.value(Der.OCTET_STRING, content);
            assertThat(new Der(written).read(Der.OCTET_STRING)).hasSize(length);
            for (int cut = 0; cut < Math.min(written.length, 10); cut++) {
                byte[] part = java.util.Arrays.copyOf(written, cut);
                assertThatIOException().isThrownBy(() -> new Der(part).read(Der.OCTET_STRING));
            }
        }
    }

    private static String damaged(String pem, Random random) {
        StringBuilder text = new StringBuilder(pem);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.setCharAt(at, (char) random.nextInt(256));
                case 1 -> text.delete(at, Math.min(text.length(), at + random.nextInt(40)));
                default -> text.insert(at, text.substring(at, Math.min(text.length(), at + random.nextInt(40))));
            }
        }
        return text.toString();
    }

    private static byte[] inner(KeyPair pair) {
        try {
            return PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded())
                    .parsePrivateKey()
                    .toASN1Primitive()
                    .getEncoded();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static BigInteger secret(java.security.PrivateKey key) {
        return ((java.security.interfaces.ECPrivateKey) key).getS();
    }

    private static java.security.PrivateKey read(String pem) throws IOException {
        return PrivateKeys.read(PemFile.parse(pem, "file"), Optional.empty());
    }
}
