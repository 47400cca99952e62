package org.vmail.chain;

import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class TcpDaemonTest extends NativeDaemonContract {
    @Override
    ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    }

    @Override
    NativeDaemon daemon(SocketAddress address, ChainOptions options) {
        return NativeDaemon.tcp((InetSocketAddress) address, options);
    }

    @Override
    ProtocolFamily family() {
        return StandardProtocolFamily.INET;
    }

    @Override
    boolean connects(SocketChannel channel, SocketAddress address) throws IOException {
        try {
            channel.socket().connect(address, 100);
            return true;
        } catch (SocketTimeoutException full) {
            return false;
        }
    }

    @Test
    void aHostNameThatIsUnknownIsAnException() throws IOException {
        NativeDaemon daemon = NativeDaemon.tcp(InetSocketAddress.createUnresolved("no..such.host", 110));
        try (ClientPair pair = ClientPair.open()) {
            assertThatIOException()
                    .isThrownBy(() -> daemon.serve(pair.connection()))
                    .withMessageContaining("no..such.host");
        }
    }

    @Test
    void aHostNameIsLookedUpForEachConnection() throws Exception {
        try (ServerSocketChannel listener = listen();
                ClientPair pair = ClientPair.open()) {
            int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
            NativeDaemon daemon = NativeDaemon.tcp(InetSocketAddress.createUnresolved("127.0.0.1", port));
            pair.client().shutdownOutput();
            Thread backEnd = new Thread(() -> {
                try {
                    listener.accept().close();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            backEnd.start();
            daemon.serve(pair.connection());
            backEnd.join();
        }
    }

    @Test
    void aConnectTimeoutBelowAMillisecondIsNotForEver() throws IOException {
        ChainOptions hasty = ChainOptions.defaults().withConnectTimeout(Duration.ofNanos(1));
        try (ServerSocketChannel full = listen();
                ClientPair pair = ClientPair.open()) {
            fillBacklog(full.getLocalAddress());
            NativeDaemon daemon = daemon(full.getLocalAddress(), hasty);
            assertThatIOException().isThrownBy(() -> daemon.serve(pair.connection()));
        }
    }
}
