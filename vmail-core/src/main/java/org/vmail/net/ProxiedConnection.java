package org.vmail.net;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What a proxy told of a connection, beside its two ends. The texts may be what a client sent, and may stand in a log only
 * when they have been made printable.
 *
 * @param proxy the proxy's end of its connection to this server
 * @param own whether the proxy speaks for itself, as to see whether the server is there, or cannot tell for whom
 *     (LOCAL, UNKNOWN): the connection then has the addresses of its own socket
 * @param authority the host name that the client asked for, in lower case: the server name of its TLS handshake with the
 *     proxy, if the proxy has ended or inspected that
 * @param applicationProtocol what the client wants to speak (RFC 7301), one char for each octet
 * @param uniqueId the proxy's name for the connection, as in the proxy's own log, one char for each octet
 * @param tls the TLS between client and proxy, if there was some and the proxy tells
 */
public record ProxiedConnection(
        InetSocketAddress proxy,
        boolean own,
        Optional<String> authority,
        Optional<String> applicationProtocol,
        Optional<String> uniqueId,
        Optional<ProxiedTls> tls) {
    /** Who is behind a proxy that does not tell may be anywhere. */
    boolean isLoopback() {
        return !own && proxy.getAddress().isLoopbackAddress();
    }
}
