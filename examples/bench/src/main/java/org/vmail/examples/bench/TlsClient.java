package org.vmail.examples.bench;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** The client's side of TLS. Thread-safe. Sessions are kept by the name of the peer: a new name is a full handshake. */
final class TlsClient {
    private final SSLContext context;
    private final LongAdder handshakes = new LongAdder();
    private final LongAdder resumed = new LongAdder();

    TlsClient(KeyStore trusted) throws GeneralSecurityException {
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
    }

    Socket over(Socket socket, String peer) throws IOException {
        long before = System.currentTimeMillis();
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(socket, peer, socket.getPort(), true);
        SSLParameters parameters = secured.getSSLParameters();
        parameters.setServerNames(List.of());
        parameters.setProtocols(new String[] {"TLSv1.3"});
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        handshakes.increment();
        // The JDK gives a resumed session the time of birth of the one that it goes on from.
        if (secured.getSession().getCreationTime() < before) {
            resumed.increment();
        }
        return secured;
    }

    /** Which share of the handshakes since the last call resumed a session, in percent. */
    long takeResumedPercent() {
        long all = handshakes.sumThenReset();
        return all == 0 ? 0 : Math.round(100.0 * resumed.sumThenReset() / all);
    }
}
