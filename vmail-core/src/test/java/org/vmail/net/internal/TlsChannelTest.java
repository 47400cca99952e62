package org.vmail.net.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsContext;

/** What comes in pieces, and what no client would send. */
@Timeout(60)
class TlsChannelTest {
    @TempDir
    private static Path folder;

    private static TlsContext tls;

    @BeforeAll
    static void makeCertificate() throws IOException {
        tls = TestCertificate.server(folder, TestCertificate.ec("mail.a.example"))
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void octetsMayComeAndGoOneByOne(String version) throws IOException {
        try (SocketPair pair = SocketPair.open(Duration.ofMinutes(1));
                SocketChannel client = pair.client()) {
            SSLSocket socket = (SSLSocket) TestCertificate.client()
                    .getSocketFactory()
                    .createSocket(client.socket(), "mail.a.example", 995, true);
            socket.setSoTimeout(20_000);
            socket.setEnabledProtocols(new String[] {version});
            TlsChannel channel = new TlsChannel(tls.newEngine(), "pop3", new OneByOne(pair.server()));
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> echo(channel));
            byte[] octets = new byte[5000];
            new Random(1).nextBytes(octets);
            socket.getOutputStream().write(octets);
            assertThat(socket.getInputStream().readNBytes(octets.length)).isEqualTo(octets);
            client.shutdownOutput();
            served.join();
        }
    }

    @Test
    void aDamagedHelloIsAnErrorAndNoBug() throws IOException {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        SSLEngine client = TestCertificate.client().createSSLEngine("mail.a.example", 995);
        client.setUseClientMode(true);
        ByteBuffer hello = ByteBuffer.allocate(20_000);
        client.wrap(ByteBuffer.allocate(0), hello);
        for (int round = 0; round < 500; round++) {
            byte[] damaged = java.util.Arrays.copyOf(hello.array(), hello.position());
            for (int i = random.nextInt(4); i >= 0; i--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            try {
                new TlsChannel(tls.newEngine(), "pop3", new Once(ByteBuffer.wrap(damaged))).handshake();
            } catch (IOException expected) {
                assertThat(expected).hasMessageNotContaining("\n");
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed + ", round " + round, e);
            }
        }
    }

    private static void echo(TlsChannel channel) {
        try {
            channel.handshake();
            ByteBuffer buffer = ByteBuffer.allocate(100);
            while (channel.read(buffer) >= 0) {
                channel.write(buffer.flip());
                buffer.clear();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private record OneByOne(ByteChannel below) implements ByteChannel {
        @Override
        public int read(ByteBuffer target) throws IOException {
            ByteBuffer one = ByteBuffer.allocate(1);
            int count = below.read(one);
            target.put(one.flip());
            return count;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            return below.write(ByteBuffer.wrap(new byte[] {source.get()}));
        }

        @Override
        public boolean isOpen() {
            return below.isOpen();
        }

        @Override
        public void close() throws IOException {
            below.close();
        }
    }

    /** Gives what it has, then ends; takes everything. */
    private record Once(ByteBuffer octets) implements ByteChannel {
        @Override
        public int read(ByteBuffer target) {
            if (!octets.hasRemaining()) {
                return -1;
            }
            int count = Math.min(octets.remaining(), target.remaining());
            target.put(octets.slice(octets.position(), count));
            octets.position(octets.position() + count);
            return count;
        }

        @Override
        public int write(ByteBuffer source) {
            int count = source.remaining();
            source.position(source.limit());
            return count;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }
}
