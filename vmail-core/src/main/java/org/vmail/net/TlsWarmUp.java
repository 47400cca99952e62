package org.vmail.net;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Handshakes in memory, so that the JVM has compiled the code before clients come. */
final class TlsWarmUp {
    private static final Logger LOG = LoggerFactory.getLogger(TlsWarmUp.class);
    private static final int MAX_STEPS = 100;
    private static final String[] TLS_1_2 = {"TLSv1.2"};

    private final TlsContext server;
    private final List<ServerCertificate> certificates;

    TlsWarmUp(TlsContext server, List<ServerCertificate> certificates) {
        this.server = server;
        this.certificates = certificates;
    }

    /** Holds so many handshakes for each kind of key, half of them of TLS 1.2. What fails only stays cold. */
    void run(int handshakes) {
        try {
            SSLContext client = newClient();
            Set<String> keyTypes = certificates.stream()
                    .map(certificate -> certificate.key().getAlgorithm())
                    .collect(Collectors.toSet());
            for (String keyType : keyTypes) {
                for (int i = 0; i < handshakes; i++) {
                    SSLEngine engine = client.createSSLEngine();
                    engine.setUseClientMode(true);
                    if (i % 2 == 1) {
                        restrict(engine, keyType);
                    }
                    handshake(engine, server.newEngine());
                }
            }
        } catch (GeneralSecurityException | SSLException | IllegalArgumentException e) {
            LOG.warn("Warming up TLS failed, which only costs time: {}", e.toString());
        }
    }

    private SSLContext newClient() throws GeneralSecurityException {
        Set<X509Certificate> trusted = certificates.stream()
                .map(certificate -> certificate.chain().get(0))
                .collect(Collectors.toSet());
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(null, new TrustManager[] {new PinnedTrust(trusted)}, null);
        return client;
    }

    /** Only in TLS 1.2 does the cipher suite decide about the kind of the certificate's key. */
    private static void restrict(SSLEngine engine, String keyType) {
        String kind = keyType.startsWith("RSA") ? "TLS_ECDHE_RSA_" : "TLS_ECDHE_ECDSA_";
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(TLS_1_2);
        parameters.setCipherSuites(List.of(parameters.getCipherSuites()).stream()
                .filter(suite -> suite.startsWith(kind))
                .toArray(String[]::new));
        engine.setSSLParameters(parameters);
    }

    static void handshake(SSLEngine client, SSLEngine server) throws SSLException {
        ByteBuffer toServer = ByteBuffer.allocate(2 * client.getSession().getPacketBufferSize());
        ByteBuffer toClient = ByteBuffer.allocate(2 * server.getSession().getPacketBufferSize());
        for (int i = 0; i < MAX_STEPS && (isShaking(client) || isShaking(server) || i == 0); i++) {
            step(client, toClient, toServer);
            step(server, toServer, toClient);
        }
        client.closeOutbound();
        server.closeOutbound();
    }

    private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        ByteBuffer nothing = ByteBuffer.allocate(0);
        in.flip();
        SSLEngineResult result;
        do {
            result = engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NEED_UNWRAP
                    ? engine.unwrap(in, nothing)
                    : engine.wrap(nothing, out);
            for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                task.run();
            }
        } while (result.getStatus() == SSLEngineResult.Status.OK
                && (result.bytesConsumed() > 0 || result.bytesProduced() > 0 || isWrapping(engine)));
        in.compact();
    }

    private static boolean isWrapping(SSLEngine engine) {
        return engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NEED_WRAP;
    }

    private static boolean isShaking(SSLEngine engine) {
        return engine.getHandshakeStatus() != SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING;
    }
}
