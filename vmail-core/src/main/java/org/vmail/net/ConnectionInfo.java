package org.vmail.net;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What a server knows of a connection before it has read a byte of what the client says.
 *
 * <p>The ends of a Unix socket have no addresses. 127.0.0.1 with port 0 stands for both of them.
 *
 * @param local the address and port that the client connected to: the target IP. Behind a proxy that tells (see {@link
 *     Listener#withProxyProtocol}) it is the proxy's, and {@code listener} ours
 * @param remote the client's address and port, which are not the proxy's if that tells
 * @param serverName the name the client asked for in its TLS handshake with this server (RFC 6066, section 3), if there was
 *     one, in lower case
 * @param encrypted whether TLS protects the connection: TLS with this server, or TLS with a proxy that is trusted so far (see
 *     {@link ProxyTrust#withTlsOfProxy})
 * @param listener the address and port of this server's own socket
 * @param proxied what a proxy told, if the connection came through one that has to
 */
public record ConnectionInfo(
        InetSocketAddress local,
        InetSocketAddress remote,
        Optional<String> serverName,
        boolean encrypted,
        InetSocketAddress listener,
        Optional<ProxiedConnection> proxied) {
    /**
     * A connection straight from the client, without TLS.
     *
     * @param local the address and port the client connected to
     * @param remote the client's address and port
     * @return what is known of it
     */
    public static ConnectionInfo plain(InetSocketAddress local, InetSocketAddress remote) {
        return new ConnectionInfo(local, remote, Optional.empty(), false, local, Optional.empty());
    }

    /**
     * Whether the client is on this machine, so that nobody can listen in. Behind a proxy, both have to be: a loopback
     * address that a proxy tells of is one of the proxy's machine.
     *
     * @return whether what the client says never leaves this machine
     */
    public boolean isLoopback() {
        return remote.getAddress().isLoopbackAddress()
                && proxied.map(ProxiedConnection::isLoopback).orElse(true);
    }

    /**
     * Whether the client, or its proxy, has connected to a Unix socket: then it is on this machine.
     *
     * @return whether the server's own socket has no port
     */
    public boolean isUnixSocket() {
        return listener.getPort() == 0;
    }
}
