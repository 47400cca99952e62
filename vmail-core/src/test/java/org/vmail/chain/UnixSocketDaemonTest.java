package org.vmail.chain;

import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixSocketDaemonTest extends NativeDaemonContract {
    @TempDir
    Path folder;

    @Override
    ServerSocketChannel listen() throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(folder.resolve("native")), 1);
    }

    @Override
    NativeDaemon daemon(SocketAddress address, ChainOptions options) {
        return NativeDaemon.unixSocket(((UnixDomainSocketAddress) address).getPath(), options);
    }

    @Override
    ProtocolFamily family() {
        return StandardProtocolFamily.UNIX;
    }

    @Override
    boolean connects(SocketChannel channel, SocketAddress address) throws IOException {
        channel.configureBlocking(false);
        try {
            return channel.connect(address);
        } catch (SocketException full) {
            return false;
        }
    }

    @Test
    void aSocketThatIsMissingOrAFileIsAnException() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        try (ClientPair pair = ClientPair.open()) {
            assertThatIOException()
                    .isThrownBy(() ->
                            NativeDaemon.unixSocket(folder.resolve("missing")).serve(pair.connection()));
            assertThatIOException()
                    .isThrownBy(() -> NativeDaemon.unixSocket(file).serve(pair.connection()));
        }
    }
}
