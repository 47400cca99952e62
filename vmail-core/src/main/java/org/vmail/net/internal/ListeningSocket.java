package org.vmail.net.internal;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.vmail.net.Listener;
import org.vmail.net.UnixSocket;

/** Where connections come from: a socket that we bound or inherited, or one connection that we inherited. */
final class ListeningSocket implements Closeable {
    private static final AtomicBoolean INHERITED = new AtomicBoolean();

    private final Channel channel;
    private final Optional<InetSocketAddress> address;
    private final Optional<UnixSocketFile> file;
    private final boolean ours;

    private ListeningSocket(Channel channel, InetSocketAddress address, boolean ours) {
        this.channel = channel;
        this.address = Optional.of(address);
        this.file = Optional.empty();
        this.ours = ours;
    }

    private ListeningSocket(Channel channel, UnixSocketFile file) {
        this.channel = channel;
        this.address = Optional.empty();
        this.file = Optional.of(file);
        this.ours = true;
    }

    /** Opens what a listener asks for; a message of an exception names it, and the server. */
    static ListeningSocket open(String server, Listener listener, int backlog) throws IOException {
        if (listener.unixSocket().isPresent()) {
            return bind(server, listener.unixSocket().get(), backlog);
        }
        return listener.address().isPresent() ? bind(server, listener.address().get(), backlog) : inherit(server);
    }

    private static ListeningSocket bind(String server, UnixSocket where, int backlog) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            return new ListeningSocket(channel, UnixSocketFile.bind(channel, where, backlog));
        } catch (IOException | RuntimeException e) { // a system without owners and modes is a RuntimeException
            channel.close();
            throw new IOException("Cannot listen on " + where.path() + " for " + server + ": " + e.getMessage(), e);
        }
    }

    private static ListeningSocket bind(String server, InetSocketAddress address, int backlog) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.bind(address, backlog);
            return new ListeningSocket(channel, (InetSocketAddress) channel.getLocalAddress(), true);
        } catch (IOException | RuntimeException e) { // an unresolved address is a RuntimeException
            channel.close();
            String reason = e.getMessage() == null ? "the host name is unknown" : e.getMessage();
            throw new IOException(
                    "Cannot listen on " + address.getHostString() + ":" + address.getPort() + " for " + server + ": "
                            + reason,
                    e);
        }
    }

    private static ListeningSocket inherit(String server) throws IOException {
        Channel channel = System.inheritedChannel();
        if (channel instanceof ServerSocketChannel listening
                && listening.getLocalAddress() instanceof InetSocketAddress address) {
            takeOnce(server);
            return new ListeningSocket(listening, address, false);
        }
        if (channel instanceof SocketChannel connection
                && connection.getLocalAddress() instanceof InetSocketAddress address
                && connection.getRemoteAddress() instanceof InetSocketAddress) {
            takeOnce(server);
            // The JDK takes it for one that blocks, whatever it was to whoever opened it.
            connection.configureBlocking(false);
            connection.configureBlocking(true);
            return new ListeningSocket(connection, address, true);
        }
        throw new IOException(
                "Cannot inherit a socket for " + server + ": the standard input of this program is none for"
                        + " TCP; start it by socket activation, or name an address to listen on");
    }

    private static void takeOnce(String server) throws IOException {
        if (!INHERITED.compareAndSet(false, true)) {
            throw new IOException("Cannot inherit a socket for " + server + ": another listener has it already");
        }
    }

    /** The address with the port that the system chose; a Unix socket has none. */
    Optional<InetSocketAddress> address() {
        return address;
    }

    /** Whether this is a single connection, and not a socket that listens. */
    boolean isConnection() {
        return channel instanceof SocketChannel;
    }

    /** The single connection. */
    SocketChannel connection() {
        return (SocketChannel) channel;
    }

    /** Lets a selector find out when somebody connects. */
    void register(Selector selector, Object attachment) throws IOException {
        ServerSocketChannel listening = (ServerSocketChannel) channel;
        listening.configureBlocking(false);
        listening.register(selector, SelectionKey.OP_ACCEPT, attachment);
    }

    /**
     * Closes what is ours. A socket that listens and was inherited is left as it is: whoever opened it uses it again, and the JDK
     * would close standard output and standard error along with it, where the last lines of a log go.
     */
    @Override
    public void close() throws IOException {
        if (ours) {
            file.ifPresent(UnixSocketFile::remove);
            channel.close();
        }
    }
}
