package org.vmail.chain;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.vmail.net.Connection;
import org.vmail.net.ConnectionInfo;

/** A client's socket, and the connection that the server accepted from it. */
record ClientPair(SocketChannel client, Accepted connection) implements AutoCloseable {
    static ClientPair open() throws IOException {
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SocketChannel client = SocketChannel.open(listener.getLocalAddress());
            return new ClientPair(client, new Accepted(listener.accept()));
        }
    }

    void reset() throws IOException {
        client.setOption(StandardSocketOptions.SO_LINGER, 0);
        client.close();
    }

    @Override
    public void close() throws IOException {
        client.close();
        connection.close();
    }

    /** The plainest connection there can be. */
    static class Accepted implements Connection {
        private final SocketChannel channel;
        private final ConnectionInfo info;

        Accepted(SocketChannel channel) throws IOException {
            this.channel = channel;
            this.info = ConnectionInfo.plain(
                    (InetSocketAddress) channel.getLocalAddress(), (InetSocketAddress) channel.getRemoteAddress());
        }

        @Override
        public ConnectionInfo info() {
            return info;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            return channel.read(target);
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return channel.write(source);
        }

        @Override
        public void shutdownOutput() throws IOException {
            channel.shutdownOutput();
        }

        @Override
        public boolean isOpen() {
            return channel.isOpen();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
