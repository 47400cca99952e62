package org.vmail.net;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate of an authority that exists for the tests only, with its key. */
public record TestCertificate(List<X509Certificate> chain, PrivateKey key) {
    private static final X500Name AUTHORITY_NAME = new X500Name("CN=Authority of the tests");
    private static final AtomicLong SERIAL = new AtomicLong(1);
    private static final KeyPair AUTHORITY_KEY = newKey("EC", 256);
    private static final X509Certificate AUTHORITY =
            sign(AUTHORITY_NAME, AUTHORITY_KEY, List.of(), true, AUTHORITY_KEY.getPrivate(), "SHA256withECDSA", 30);
    private static final KeyPair RSA_KEY = newKey("RSA", 2048);
    private static final KeyPair EC_KEY = newKey("EC", 256);

    /** With an elliptic curve's key, P-256, the same for all. */
    public static TestCertificate ec(String... names) {
        return of(EC_KEY, 30, names);
    }

    /** With an RSA key of 2048 bits, the same for all. */
    public static TestCertificate rsa(String... names) {
        return of(RSA_KEY, 30, names);
    }

    /** With a key of its own. */
    public static TestCertificate of(KeyPair pair, int days, String... names) {
        X500Name subject = new X500Name("CN=" + names[0].replace("*", "wildcard"));
        X509Certificate own =
                sign(subject, pair, List.of(names), false, AUTHORITY_KEY.getPrivate(), "SHA256withECDSA", days);
        return new TestCertificate(List.of(own, AUTHORITY), pair.getPrivate());
    }

    /** Signed by its own key with an algorithm, and without alternative names. */
    public static TestCertificate selfSigned(KeyPair pair, String algorithm, String subject) {
        X509Certificate own = sign(new X500Name(subject), pair, List.of(), false, pair.getPrivate(), algorithm, 30);
        return new TestCertificate(List.of(own), pair.getPrivate());
    }

    /** A new key. */
    public static KeyPair newKey(String algorithm, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (bits > 0) {
                generator.initialize(bits);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A client's context that trusts the authority. */
    public static SSLContext client() {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("authority", AUTHORITY);
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(trusted);
            SSLContext client = SSLContext.getInstance("TLS");
            client.init(null, factory.getTrustManagers(), null);
            return client;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The server's own certificate. */
    public X509Certificate own() {
        return chain.get(0);
    }

    /** The chain in PEM. */
    public String chainPem() {
        return chain.stream().map(TestCertificate::pem).collect(Collectors.joining());
    }

    /** The key in PEM and PKCS #8. */
    public String keyPem() {
        return pem("PRIVATE KEY", key.getEncoded());
    }

    /** Writes both into a folder, as {@code name.crt} and {@code name.key}. */
    public TestCertificate write(Path folder, String name) throws IOException {
        Files.writeString(folder.resolve(name + ".crt"), chainPem());
        Files.writeString(folder.resolve(name + ".key"), keyPem());
        return this;
    }

    /** Adds both to a builder, by way of files. */
    public static TlsContext.Builder server(Path folder, TestCertificate... certificates) throws IOException {
        TlsContext.Builder builder = TlsContext.builder();
        for (int i = 0; i < certificates.length; i++) {
            certificates[i].write(folder, "c" + i);
            builder.certificate(folder.resolve("c" + i + ".crt"), folder.resolve("c" + i + ".key"));
        }
        return builder;
    }

    /** A PEM block. */
    public static String pem(String label, byte[] octets) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(octets);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }

    private static String pem(X509Certificate certificate) {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ContentSigner newSigner(String algorithm, PrivateKey key) throws OperatorCreationException {
        JcaContentSignerBuilder builder = new JcaContentSignerBuilder(algorithm);
        if (algorithm.contains("MGF1")) { // the JDK has another name for it
            builder.setProvider(new BouncyCastleProvider());
        }
        return builder.build(key);
    }

    @SuppressWarnings("JavaUtilDate") // what the builder takes
    private static X509Certificate sign(
            X500Name subject,
            KeyPair pair,
            List<String> names,
            boolean authority,
            PrivateKey signer,
            String algorithm,
            int days) {
        try {
            Instant now = Instant.now();
            X500Name issuer = signer.equals(pair.getPrivate()) ? subject : AUTHORITY_NAME;
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    BigInteger.valueOf(SERIAL.getAndIncrement()),
                    Date.from(now.minus(60, ChronoUnit.DAYS)),
                    Date.from(now.plus(days, ChronoUnit.DAYS)),
                    subject,
                    pair.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            if (!names.isEmpty()) {
                GeneralName[] alternatives = names.stream()
                        .map(name -> new GeneralName(GeneralName.dNSName, name))
                        .toArray(GeneralName[]::new);
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(alternatives));
            }
            return new JcaX509CertificateConverter().getCertificate(builder.build(newSigner(algorithm, signer)));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException(Arrays.toString(names.toArray()), e);
        }
    }
}
