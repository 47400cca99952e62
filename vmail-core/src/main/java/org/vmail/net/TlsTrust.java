package org.vmail.net;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * Which servers we believe to be who they say, where we are the client. TLS 1.2 and 1.3 are spoken. Immutable and
 * thread-safe; connections that share one may resume each other's sessions.
 *
 * <p>A server has to show a certificate of a trusted authority that is for the host that is called (RFC 2595, section 2.4;
 * RFC 6125), unless its certificate is {@linkplain #pinned pinned}. Revocation is not looked at.
 */
public final class TlsTrust {
    private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

    private final SSLContext context;
    private final Optional<String> hostName;
    private final boolean hostChecked;

    private TlsTrust(SSLContext context, Optional<String> hostName, boolean hostChecked) {
        this.context = context;
        this.hostName = hostName;
        this.hostChecked = hostChecked;
    }

    /**
     * The authorities that the JVM trusts: those of the JDK, or what {@code javax.net.ssl.trustStore} names.
     *
     * @return a trust that checks the host name
     */
    public static TlsTrust system() {
        return new TlsTrust(newContext(Optional.empty()), Optional.empty(), true);
    }

    /**
     * Certain authorities and no others, such as the one of one's own network.
     *
     * @param file a PEM file with their certificates; read once
     * @return a trust that checks the host name
     * @throws IOException if the file cannot be read or has no certificate; the message names it
     */
    public static TlsTrust authorities(Path file) throws IOException {
        try {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            List<X509Certificate> certificates = ServerCertificate.certificates(PemFile.read(file));
            for (int i = 0; i < certificates.size(); i++) {
                trusted.setCertificateEntry("authority-" + i, certificates.get(i));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted);
            return new TlsTrust(newContext(Optional.of(factory.getTrustManagers())), Optional.empty(), true);
        } catch (GeneralSecurityException e) {
            throw new IOException("The certificates in " + file + " cannot be used: " + e.getMessage(), e);
        }
    }

    /**
     * Certain servers, by their own certificates, which may be self-signed. The certificate must be one of these, whatever
     * its names and dates.
     *
     * @param file a PEM file with the certificates; read once
     * @return a trust in these certificates
     * @throws IOException if the file cannot be read or has no certificate; the message names it
     */
    public static TlsTrust pinned(Path file) throws IOException {
        Set<X509Certificate> certificates = Set.copyOf(ServerCertificate.certificates(PemFile.read(file)));
        TrustManager[] trust = {new PinnedTrust(certificates)};
        return new TlsTrust(newContext(Optional.of(trust)), Optional.empty(), false);
    }

    /**
     * Sets the name that the server's certificate must be for, and that is asked for in the handshake (RFC 6066, section
     * 3): for servers that are called by an address.
     *
     * @param name a host name; default: the host that is called
     * @return the changed copy
     */
    public TlsTrust withHostName(String name) {
        return new TlsTrust(context, Optional.of(name), hostChecked);
    }

    /**
     * Makes the engine for one connection to a server.
     *
     * @param host the host that is called, a name or an address
     * @param port its port
     * @return an engine in client mode, for the caller alone
     */
    public SSLEngine newEngine(String host, int port) {
        SSLEngine engine = context.createSSLEngine(hostName.orElse(host), port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(supported(engine));
        if (hostChecked) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    private static String[] supported(SSLEngine engine) {
        List<String> all = List.of(engine.getSupportedProtocols());
        return Arrays.stream(PROTOCOLS).filter(all::contains).toArray(String[]::new);
    }

    private static SSLContext newContext(Optional<TrustManager[]> trust) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.orElse(null), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("The JVM cannot speak TLS", e);
        }
    }
}
