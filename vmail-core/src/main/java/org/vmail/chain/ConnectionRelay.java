package org.vmail.chain;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.vmail.net.Connection;
import org.vmail.net.internal.Threads;

/**
 * Connects a client through to another server: what a {@link NativeDaemon} of one's own has left to do once it has reached
 * the server. Thread-safe.
 */
public final class ConnectionRelay {
    private static final Executor THREADS = newThreads();

    private final ChainOptions options;
    private final BufferPool buffers;

    /**
     * The other server's end of a connection, as a channel that blocks. One thread may read while another writes. {@link
     * #close()} may be called by any thread, any number of times, and ends a read or write that is under way.
     */
    public interface Peer extends ByteChannel {
        /**
         * Tells the server that nothing more will be sent; what it sends can still be read.
         *
         * @throws IOException if the connection is broken or closed
         */
        void shutdownOutput() throws IOException;

        /**
         * A server behind a socket.
         *
         * @param socket a connected socket that blocks
         * @return its end, which closes the socket
         */
        static Peer of(SocketChannel socket) {
            return new SocketPeer(socket);
        }
    }

    private ConnectionRelay(ChainOptions options) {
        this.options = options;
        this.buffers = new BufferPool(options);
    }

    /**
     * Prepares to connect clients through; the large buffers are shared by them.
     *
     * @param options for how long both sides may be silent, and the buffers
     * @return a relay for many connections, of which there is nothing to close
     */
    public static ConnectionRelay with(ChainOptions options) {
        return new ConnectionRelay(options);
    }

    /**
     * Copies octets both ways at once, until both sides have ended, the client has broken, or both have been silent for too
     * long. The server's end is closed then; the client may still be open.
     *
     * @param client the client
     * @param server the other server
     */
    public void run(Connection client, Peer server) {
        new Splice(client, server, options, buffers).run(THREADS);
    }

    private static Executor newThreads() {
        ExecutorService threads = Threads.forConversations("vmail-chain", Integer.MAX_VALUE);
        if (threads instanceof ThreadPoolExecutor platform) {
            platform.setKeepAliveTime(1, TimeUnit.SECONDS); // nobody closes it
        }
        return threads;
    }

    private record SocketPeer(SocketChannel socket) implements Peer {
        @Override
        public int read(ByteBuffer target) throws IOException {
            return socket.read(target);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return socket.write(source);
        }

        @Override
        public void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        @Override
        public boolean isOpen() {
            return socket.isOpen();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
