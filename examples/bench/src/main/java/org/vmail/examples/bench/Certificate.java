package org.vmail.examples.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * A key and a certificate for localhost that it signs itself.
 *
 * @param chain the PEM file of the certificate
 * @param key the PEM file of the key
 * @param trusted what a client trusts
 */
record Certificate(Path chain, Path key, KeyStore trusted) {
    private static final String PASSWORD = "bench-only";
    private static final String ALIAS = "bench";

    /** What kind of key. */
    enum Kind {
        P256("EC", "-groupname", "secp256r1"),
        RSA2048("RSA", "-keysize", "2048");

        private final String algorithm;
        private final String sizeOption;
        private final String size;

        Kind(String algorithm, String sizeOption, String size) {
            this.algorithm = algorithm;
            this.sizeOption = sizeOption;
            this.size = size;
        }

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Certificate make(Kind kind, Path folder) throws IOException, InterruptedException {
        Path file = folder.resolve(kind + ".p12");
        if (!Files.exists(file)) {
            List<String> keytool = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(), "-genkeypair"));
            keytool.addAll(List.of("-keyalg", kind.algorithm, kind.sizeOption, kind.size));
            keytool.addAll(
                    List.of("-alias", ALIAS, "-dname", "CN=localhost", "-ext", "SAN=dns:localhost,ip:127.0.0.1"));
            keytool.addAll(List.of("-validity", "30", "-storetype", "PKCS12", "-keystore", file.toString()));
            keytool.addAll(List.of("-storepass", PASSWORD, "-keypass", PASSWORD));
            Programs.run(keytool);
        }
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            Key key = keys.getKey(ALIAS, PASSWORD.toCharArray());
            java.security.cert.Certificate certificate = keys.getCertificate(ALIAS);
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry(ALIAS, certificate);
            return new Certificate(
                    pem(folder.resolve(kind + "-chain.pem"), "CERTIFICATE", certificate.getEncoded()),
                    pem(folder.resolve(kind + "-key.pem"), "PRIVATE KEY", key.getEncoded()),
                    trusted);
        } catch (GeneralSecurityException e) {
            throw new IOException("No certificate could be made", e);
        }
    }

    private static Path pem(Path file, String what, byte[] octets) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(octets);
        return Files.writeString(
                file, "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n", US_ASCII);
    }
}
