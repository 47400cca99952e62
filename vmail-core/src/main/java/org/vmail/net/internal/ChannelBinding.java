package org.vmail.net.internal;

import static java.lang.invoke.MethodType.methodType;

import com.google.common.base.Ascii;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidParameterSpecException;
import java.security.spec.PSSParameterSpec;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/** What ties a login to the TLS connection that it is made on (RFC 5056), so that nobody in between can pass it on. */
public enum ChannelBinding {
    /** A digest of the server's certificate (RFC 5929, section 4). */
    TLS_SERVER_END_POINT("tls-server-end-point") {
        @Override
        Optional<byte[]> of(SSLSession session) {
            Certificate[] chain = session.getLocalCertificates();
            return chain != null && chain.length > 0 && chain[0] instanceof X509Certificate own
                    ? digest(own)
                    : Optional.empty();
        }
    },

    /** Keying material of the connection itself (RFC 9266); the JDK gives it from 25 on. */
    TLS_EXPORTER("tls-exporter") {
        @Override
        Optional<byte[]> of(SSLSession session) {
            return session instanceof ExtendedSSLSession extended
                    ? EXPORT.flatMap(method -> export(method, extended))
                    : Optional.empty();
        }
    };

    private static final String EXPORTER_LABEL = "EXPORTER-Channel-Binding";
    private static final int EXPORTER_OCTETS = 32;
    private static final Optional<MethodHandle> EXPORT = findExport();
    private static final Pattern SIGNATURE =
            Pattern.compile("(SHA3-\\d+|SHA-?\\d*|MD\\d)with.*", Pattern.CASE_INSENSITIVE);

    private final String wireName;

    ChannelBinding(String wireName) {
        this.wireName = wireName;
    }

    /**
     * How SASL mechanisms call it.
     *
     * @return the name that is registered with IANA
     */
    public String wireName() {
        return wireName;
    }

    /** Its value for a session; empty if it is not defined for it, or the JDK cannot tell. */
    abstract Optional<byte[]> of(SSLSession session);

    private static Optional<byte[]> digest(X509Certificate certificate) {
        try {
            Optional<String> name = signatureDigest(certificate);
            return name.isEmpty()
                    ? Optional.empty()
                    : Optional.of(MessageDigest.getInstance(name.get()).digest(certificate.getEncoded()));
        } catch (GeneralSecurityException | IOException undefined) {
            return Optional.empty();
        }
    }

    private static Optional<String> signatureDigest(X509Certificate certificate)
            throws GeneralSecurityException, IOException {
        if (certificate.getSigAlgName().equals("RSASSA-PSS")) {
            return Optional.of(strong(pssDigest(certificate)));
        }
        Matcher signature = SIGNATURE.matcher(certificate.getSigAlgName());
        return signature.matches() ? Optional.of(strong(signature.group(1))) : Optional.empty();
    }

    private static String pssDigest(X509Certificate certificate)
            throws GeneralSecurityException, IOException, InvalidParameterSpecException {
        AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
        parameters.init(certificate.getSigAlgParams());
        return parameters.getParameterSpec(PSSParameterSpec.class).getDigestAlgorithm();
    }

    /** MD5 and SHA-1 count as SHA-256. */
    private static String strong(String digest) {
        String name = Ascii.toUpperCase(digest).replaceFirst("^SHA-?(\\d)", "SHA-$1");
        return switch (name) {
            case "MD2", "MD5", "SHA", "SHA-1" -> "SHA-256";
            default -> name.replaceFirst("^SHA-3-", "SHA3-");
        };
    }

    private static Optional<byte[]> export(MethodHandle method, ExtendedSSLSession session) {
        try {
            return Optional.of((byte[]) method.invoke(session, EXPORTER_LABEL, new byte[0], EXPORTER_OCTETS));
        } catch (SSLException | UnsupportedOperationException | IllegalStateException undefined) {
            // TLS 1.2 without the extended master secret (RFC 9266, section 3), or another provider's session.
            return Optional.empty();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("The JDK threw a checked exception that it does not declare", e);
        }
    }

    private static Optional<MethodHandle> findExport() {
        try {
            return Optional.of(MethodHandles.publicLookup()
                    .findVirtual(
                            ExtendedSSLSession.class,
                            "exportKeyingMaterialData",
                            methodType(byte[].class, String.class, byte[].class, int.class)));
        } catch (ReflectiveOperationException absent) {
            return Optional.empty();
        }
    }
}
