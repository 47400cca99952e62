package org.vmail.pop3;

import java.net.InetAddress;
import java.util.Optional;
import org.vmail.net.internal.ClientConnection;
import org.vmail.net.internal.Conversation;
import org.vmail.net.internal.SocketServer;

/**
 * What is spoken on the connections of one listener.
 *
 * @param implicitTls whether TLS begins with the first octet
 */
record Pop3Protocol(Pop3Service service, boolean implicitTls) implements SocketServer.Protocol {
    @Override
    public Conversation begin(ClientConnection connection) {
        return new Pop3Connection(service, implicitTls, connection);
    }

    @Override
    public Optional<String> busyReply() {
        return implicitTls ? Optional.empty() : Optional.of("-ERR [SYS/TEMP] too many connections, try again later");
    }

    @Override
    public void refused(InetAddress client) {
        service.listener().refused(client);
    }
}
