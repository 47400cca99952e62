package org.vmail.net;

import com.google.common.base.Ascii;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;

/**
 * A certificate with its chain and its key.
 *
 * @param alias a digest of the chain: an alias means the same chain and key for ever
 * @param chain the server's own certificate, and those that lead to the authority
 * @param key the private key, decrypted
 * @param names the host names it is for, in lower case; some may begin with "*."
 */
record ServerCertificate(String alias, List<X509Certificate> chain, PrivateKey key, Set<String> names) {
    private static final int DNS_NAME = 2;
    private static final byte[] CHALLENGE = new byte[32];

    static ServerCertificate load(Path chainFile, Path keyFile, Optional<Provider> provider) throws IOException {
        List<X509Certificate> chain = certificates(PemFile.read(chainFile));
        PrivateKey key = PrivateKeys.read(PemFile.read(keyFile), provider);
        try {
            if (!fits(key, chain.get(0).getPublicKey())) {
                throw new IOException("The key in " + keyFile + " does not fit the first certificate in " + chainFile);
            }
            return new ServerCertificate(alias(chain), chain, key, names(chain.get(0)));
        } catch (GeneralSecurityException e) {
            throw new IOException("The certificate in " + chainFile + " cannot be used: " + e.getMessage(), e);
        }
    }

    static List<X509Certificate> certificates(PemFile file) throws IOException {
        List<X509Certificate> chain = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (PemFile.Block block : file.blocks()) {
                if (block.label().equals("CERTIFICATE") || block.label().equals("X509 CERTIFICATE")) {
                    chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.octets())));
                }
            }
        } catch (CertificateException e) {
            throw new IOException(file.origin() + ": a certificate cannot be decoded", e);
        }
        if (chain.isEmpty()) {
            throw new IOException(file.origin() + " holds no certificate");
        }
        return List.copyOf(chain);
    }

    private static boolean fits(PrivateKey key, PublicKey publicKey) throws GeneralSecurityException {
        if (key instanceof RSAKey ours && publicKey instanceof RSAKey theirs) {
            return ours.getModulus().equals(theirs.getModulus());
        }
        boolean edwards = key.getAlgorithm().equals("EdDSA");
        if (!edwards && !key.getAlgorithm().equals(publicKey.getAlgorithm())) {
            return false;
        }
        String algorithm = edwards ? "EdDSA" : "SHA256withECDSA";
        try {
            Signature signer = Signature.getInstance(algorithm);
            signer.initSign(key);
            signer.update(CHALLENGE);
            byte[] signature = signer.sign();
            Signature verifier = Signature.getInstance(algorithm);
            verifier.initVerify(publicKey);
            verifier.update(CHALLENGE);
            return verifier.verify(signature);
        } catch (java.security.InvalidKeyException | java.security.SignatureException otherKind) {
            return false;
        }
    }

    private static String alias(List<X509Certificate> chain) throws GeneralSecurityException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (X509Certificate certificate : chain) {
            digest.update(certificate.getEncoded());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** RFC 6125, section 6.4.4: the subject's common name counts only if the certificate names no host elsewhere. */
    private static Set<String> names(X509Certificate certificate) throws CertificateException {
        Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
        if (alternatives == null) {
            return commonName(certificate).map(Ascii::toLowerCase).stream().collect(Collectors.toUnmodifiableSet());
        }
        return alternatives.stream()
                .filter(name -> name.get(0).equals(DNS_NAME))
                .map(name -> Ascii.toLowerCase((String) name.get(1)))
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Optional<String> commonName(X509Certificate certificate) {
        try {
            return new LdapName(certificate.getSubjectX500Principal().getName())
                    .getRdns().stream()
                            .filter(rdn -> Ascii.equalsIgnoreCase(rdn.getType(), "CN"))
                            .map(Rdn::getValue)
                            .filter(String.class::isInstance)
                            .map(String.class::cast)
                            .reduce((outer, inner) -> inner);
        } catch (InvalidNameException e) {
            return Optional.empty();
        }
    }

    /** The key is secret, and the chain is long. */
    @Override
    public String toString() {
        X509Certificate own = chain.get(0);
        return own.getPublicKey().getAlgorithm() + " certificate for " + names + ", valid until "
                + own.getNotAfter().toInstant();
    }
}
