package org.vmail.net;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * What a server knows of a connection before it has read a byte of it.
 *
 * @param local the address and port the client connected to: the target IP
 * @param remote the client's address and port
 * @param serverName the name the client asked for in its TLS handshake (RFC 6066, section 3), if there was one
 * @param encrypted whether TLS protects the connection
 */
public record ConnectionInfo(
        InetSocketAddress local, InetSocketAddress remote, Optional<String> serverName, boolean encrypted) {
    /**
     * A connection without TLS.
     *
     * @param local the address and port the client connected to
     * @param remote the client's address and port
     * @return what is known of it
     */
    public static ConnectionInfo plain(InetSocketAddress local, InetSocketAddress remote) {
        return new ConnectionInfo(local, remote, Optional.empty(), false);
    }

    /**
     * Whether the client is on this machine, so that nobody can listen in.
     *
     * @return whether the client's address is a loopback address
     */
    public boolean isLoopback() {
        return remote.getAddress().isLoopbackAddress();
    }
}
