package org.vmail.net.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.vmail.net.ServerOptions;

/** A client's socket and the accepted end of it, with small buffers. */
record SocketPair(SocketChannel client, ClientConnection server) implements AutoCloseable {
    private static final int SMALL_BUFFER = 4096;

    static SocketPair open(Duration writeTimeout) throws IOException {
        return open(ServerOptions.defaults().withWriteTimeout(writeTimeout));
    }

    static SocketPair open(ServerOptions options) throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SocketChannel client = SocketChannel.open();
            client.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
            client.connect(listener.getLocalAddress());
            SocketChannel accepted = listener.accept();
            ServerOptions small = options.withSendBufferOctets(SMALL_BUFFER);
            return new SocketPair(client, new ClientConnection(accepted, small, () -> {}));
        }
    }

    @Override
    public void close() throws IOException {
        client.close();
        server.close();
    }
}
