package org.vmail.examples.bench;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/** How clients connect. */
interface Connector {
    Pop3Client connect(Server server, int client) throws IOException;

    static Connector plain() {
        return (server, client) -> Pop3Client.connect(server.pop3());
    }

    /** With TLS; each connection goes on with a session of an earlier one of the same client, or none ever does. */
    static Connector tls(TlsClient tls, boolean resuming) {
        AtomicLong count = new AtomicLong();
        return (server, client) -> Pop3Client.connect(
                server.pop3s(), tls, resuming ? "client-" + client : "new-" + count.incrementAndGet());
    }
}
