package org.vmail.chain;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
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
     * @throws IOException if the daemon cannot be reached. It is thrown only while nothing has been read from the client or
     *     written to it, so that the caller can still answer; later failures end the connection and nothing else
     */
    void serve(Connection connection) throws IOException;

    /**
     * This daemon, and another one for the connections that this one cannot serve now. Unlike {@link #sockets}, it remembers
     * no failures: each connection asks this one first.
     *
     * @param other serves what this one throws for
     * @return both
     */
    default NativeDaemon or(NativeDaemon other) {
        return new EitherDaemon(this, other);
    }

    /**
     * A daemon that listens on TCP, with {@link ChainOptions#defaults()}.
     *
     * @param address where; a host name that is not resolved is looked up for each connection, and all its addresses are
     *     tried
     * @return the daemon
     */
    static NativeDaemon tcp(InetSocketAddress address) {
        return tcp(address, ChainOptions.defaults());
    }

    /**
     * A daemon that listens on TCP.
     *
     * @param address where; a host name that is not resolved is looked up for each connection, and all its addresses are
     *     tried
     * @param options bounds
     * @return the daemon
     */
    static NativeDaemon tcp(InetSocketAddress address, ChainOptions options) {
        return sockets(List.of(address), options);
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
     * @param options bounds
     * @return the daemon
     */
    static NativeDaemon unixSocket(Path path, ChainOptions options) {
        return sockets(List.of(UnixDomainSocketAddress.of(path)), options);
    }

    /**
     * A daemon that listens in several places, of which one is enough.
     *
     * <p>A place that cannot be reached is left alone for {@link ChainOptions#retryAfter()}, and the next one serves the
     * connection; all of them are tried before a client is refused. What fails once the connection is made ends the
     * connection: the client may have been greeted by then. A daemon that accepts and closes at once counts as reached, since
     * it may do so for one client and not for another.
     *
     * @param addresses where, of either family, at least one
     * @param options bounds, the order, and for how long a failure is remembered
     * @return the daemon
     * @throws IllegalArgumentException if there is no address
     */
    static NativeDaemon sockets(List<? extends SocketAddress> addresses, ChainOptions options) {
        return new SocketDaemon(addresses, options, System::nanoTime);
    }

    /**
     * A program that is started for each connection and finds it on its standard input and output, with
     * {@link ChainOptions#defaults()}.
     *
     * @param command the program and its arguments
     * @return the daemon
     * @see #process(List, ChainOptions)
     */
    static NativeDaemon process(List<String> command) {
        return process(command, ChainOptions.defaults());
    }

    /**
     * A program that is started for each connection and finds it on its standard input and output, as under inetd. It gets
     * pipes, for a JVM cannot pass a socket on: a program that asks its socket for the client's address finds none, and has to
     * take it from the environment.
     *
     * <p>The environment is that of tcpserver: {@code PROTO} is {@code TCP} or {@code TCP6}; {@code TCPREMOTEIP}, {@code
     * TCPREMOTEPORT}, {@code TCPLOCALIP} and {@code TCPLOCALPORT} are the two ends; {@code VMAIL_PROCESS} is a mark by which
     * its descendants are found. Of ours it gets {@code PATH}, {@code HOME}, {@code TZ}, {@code LANG} and {@code LC_ALL}, and
     * otherwise what {@link ChainOptions#withEnvironment} says, so that none of our secrets gets to it. What it writes to
     * its standard error is logged, up to 50 lines.
     *
     * <p>The end of the client's input is the end of the program's input; the end of the program's output is that of the
     * connection. When the connection is over, the program and all that it has started are given
     * {@link ChainOptions#terminationGrace()} to end, then SIGTERM, and then SIGKILL; what it leaves behind when it ends gets
     * SIGKILL. It has no access to other files of ours.
     *
     * <p>Serving fails if the program cannot be started, and if {@link ChainOptions#maxProcesses()} connections have one.
     *
     * @param command the program and its arguments, which no shell looks at
     * @param options bounds and environment
     * @return the daemon
     * @throws IllegalArgumentException if the command is empty
     */
    static NativeDaemon process(List<String> command, ChainOptions options) {
        return new ProcessDaemon(command, options);
    }
}
