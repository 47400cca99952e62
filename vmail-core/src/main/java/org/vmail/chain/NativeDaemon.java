package org.vmail.chain;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.vmail.net.Connection;

/**
 * Serves what is not ours: the daemon that was there before, for the users of the main domain.
 *
 * <p>A connection is handed over before anything was read from it or written to it, so the native daemon greets the
 * client and reads everything itself, as behind vpop3d. Implementations are thread-safe.
 */
@FunctionalInterface
public interface NativeDaemon {
    /**
     * Serves a whole connection, and returns when it is over. The caller closes the connection.
     *
     * @param connection the client; untouched
     * @throws IOException if the daemon cannot be reached. It is thrown only while nothing has been written to the client,
     *     so that the caller can still answer; later failures end the connection and nothing else
     */
    void serve(Connection connection) throws IOException;

    /**
     * A daemon that listens on TCP, with {@link ChainOptions#defaults()}.
     *
     * @param address where; a host name that is not resolved is looked up for each connection
     * @return the daemon
     */
    static NativeDaemon tcp(InetSocketAddress address) {
        return tcp(address, ChainOptions.defaults());
    }

    /**
     * A daemon that listens on TCP.
     *
     * @param address where; a host name that is not resolved is looked up for each connection
     * @param options time limits
     * @return the daemon
     */
    static NativeDaemon tcp(InetSocketAddress address, ChainOptions options) {
        return new SocketDaemon(address, options);
    }

    /**
     * A daemon that listens on a Unix-domain socket, with {@link ChainOptions#defaults()}.
     *
     * @param path the socket
     * @return the daemon
     */
    static NativeDaemon unixSocket(Path path) {
        return unixSocket(path, ChainOptions.defaults());
    }

    /**
     * A daemon that listens on a Unix-domain socket.
     *
     * @param path the socket
     * @param options time limits
     * @return the daemon
     */
    static NativeDaemon unixSocket(Path path, ChainOptions options) {
        return new SocketDaemon(UnixDomainSocketAddress.of(path), options);
    }
}
