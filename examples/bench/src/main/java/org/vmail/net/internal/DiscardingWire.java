package org.vmail.net.internal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import org.vmail.net.ServerOptions;

/** A conversation with a client that takes everything at once and never says anything. */
public final class DiscardingWire {
    private DiscardingWire() {}

    /**
     * Begins it.
     *
     * @return the server's end
     */
    public static Wire begin() {
        try {
            return new Wire(new ClientConnection(new DiscardingChannel(), ServerOptions.defaults(), () -> {}));
        } catch (IOException e) {
            throw new IllegalStateException("A channel that does nothing cannot fail", e);
        }
    }

    private static final class DiscardingChannel extends SocketChannel {
        private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

        DiscardingChannel() {
            super(SelectorProvider.provider());
        }

        @Override
        public int write(ByteBuffer source) {
            int count = source.remaining();
            source.position(source.limit());
            return count;
        }

        @Override
        public long write(ByteBuffer[] sources, int offset, int length) {
            long count = 0;
            for (int i = offset; i < offset + length; i++) {
                count += write(sources[i]);
            }
            return count;
        }

        @Override
        public int read(ByteBuffer target) {
            return -1;
        }

        @Override
        public long read(ByteBuffer[] targets, int offset, int length) {
            return -1;
        }

        @Override
        public <T> SocketChannel setOption(SocketOption<T> name, T value) {
            return this;
        }

        @Override
        public SocketAddress getLocalAddress() {
            return ADDRESS;
        }

        @Override
        public SocketAddress getRemoteAddress() {
            return ADDRESS;
        }

        @Override
        public SocketChannel bind(SocketAddress local) {
            throw unused();
        }

        @Override
        public <T> T getOption(SocketOption<T> name) {
            throw unused();
        }

        @Override
        public Set<SocketOption<?>> supportedOptions() {
            throw unused();
        }

        @Override
        public SocketChannel shutdownInput() {
            return this;
        }

        @Override
        public SocketChannel shutdownOutput() {
            return this;
        }

        @Override
        public Socket socket() {
            throw unused();
        }

        @Override
        public boolean isConnected() {
            return true;
        }

        @Override
        public boolean isConnectionPending() {
            return false;
        }

        @Override
        public boolean connect(SocketAddress remote) {
            throw unused();
        }

        @Override
        public boolean finishConnect() {
            return true;
        }

        @Override
        protected void implCloseSelectableChannel() {}

        @Override
        protected void implConfigureBlocking(boolean block) {}

        private static UnsupportedOperationException unused() {
            return new UnsupportedOperationException("no benchmark needs this");
        }
    }
}
