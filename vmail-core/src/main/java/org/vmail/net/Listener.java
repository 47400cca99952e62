package org.vmail.net;

import java.net.InetSocketAddress;
import java.util.Optional;

/**
 * Where a server meets its clients, and what comes first on a connection. Immutable; each {@code with…} method returns a
 * changed copy.
 *
 * @param address an address of this machine or the wildcard, port 0 meaning any free port; empty means a Unix socket, or the
 *     socket that this program was started with
 * @param unixSocket a Unix socket, if it is one
 * @param tls whether TLS begins with the first octet of what the client says
 * @param proxyProtocol whose PROXY headers are demanded, if any are
 */
public record Listener(
        Optional<InetSocketAddress> address,
        Optional<UnixSocket> unixSocket,
        boolean tls,
        Optional<ProxyTrust> proxyProtocol) {
    /**
     * Checks that it is in one place.
     *
     * @param address an address
     * @param unixSocket a Unix socket
     * @param tls whether TLS begins with the first octet
     * @param proxyProtocol whose PROXY headers are demanded
     * @throws IllegalArgumentException if there is both an address and a Unix socket
     */
    public Listener {
        if (address.isPresent() && unixSocket.isPresent()) {
            throw new IllegalArgumentException("A listener has an address or a Unix socket");
        }
    }

    /**
     * Listens on an address, in clear text, for clients that connect themselves.
     *
     * @param address an address of this machine or the wildcard; port 0 means any free port
     * @return a listener
     */
    public static Listener at(InetSocketAddress address) {
        return new Listener(Optional.of(address), Optional.empty(), false, Optional.empty());
    }

    /**
     * Listens on a Unix socket, in clear text. Its clients are taken for clients at the loopback address (see {@link
     * ConnectionInfo#isUnixSocket}), and all count as one where clients are counted.
     *
     * @param socket where, and for whom
     * @return a listener
     */
    public static Listener unix(UnixSocket socket) {
        return new Listener(Optional.empty(), Optional.of(socket), false, Optional.empty());
    }

    /**
     * Takes the socket that is this program's standard input, as a super-server or systemd hands it over ({@link
     * System#inheritedChannel}), so that a port below 1024 needs no root.
     *
     * <p>Either it listens (inetd's {@code wait}; systemd's {@code Accept=no} with {@code StandardInput=socket}): then it is
     * a listener like others, except that it stays open when the server closes, since it belongs to whoever opened it. Or it
     * is one client's connection (inetd's {@code nowait}; {@code Accept=yes}): then that is served, and the server is over.
     * A program has one standard input, so it can have one such listener.
     *
     * <p>When such a connection is closed, the JDK closes standard output and standard error, too, as inetd makes them the
     * same socket. Whatever writes a log there would write it to the client of an inetd, and nowhere later on.
     *
     * @return a listener
     */
    public static Listener inherited() {
        return new Listener(Optional.empty(), Optional.empty(), false, Optional.empty());
    }

    /**
     * Lets TLS begin with the first octet.
     *
     * @return the changed copy
     */
    public Listener withTls() {
        return new Listener(address, unixSocket, true, proxyProtocol);
    }

    /**
     * Demands that each connection begins with a header of HAProxy's PROXY protocol, version 1 or 2, before everything else,
     * TLS included. The addresses in it count for all that follows: for the choice of a domain, for limits and for logs.
     *
     * <p>A connection from elsewhere than a trusted proxy is closed, and so is one whose header does not come within {@link
     * ServerOptions#proxyHeaderTimeout()}, has more than 4096 octets or is not in order.
     *
     * @param trust whose headers
     * @return the changed copy
     */
    public Listener withProxyProtocol(ProxyTrust trust) {
        return new Listener(address, unixSocket, tls, Optional.of(trust));
    }
}
