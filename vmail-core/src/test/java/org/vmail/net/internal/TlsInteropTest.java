package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.net.ServerOptions;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsContext;

/** TLS against OpenSSL's client. */
@Tag("interop")
@Timeout(60)
class TlsInteropTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void opensslResumesItsSession(String version) throws Exception {
        TlsContext tls = TestCertificate.server(folder, TestCertificate.ec("mail.a.example"))
                .build();
        String session = folder.resolve("session").toString();
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            assertThat(visit(listener, tls, version, "-sess_out", session)).contains("New, TLSv1");
            assertThat(visit(listener, tls, version, "-sess_in", session)).contains("Reused, TLSv1");
        }
    }

    private static String visit(ServerSocketChannel listener, TlsContext tls, String... options)
            throws IOException, InterruptedException {
        int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();
        List<String> command = new ArrayList<>(
                List.of("openssl", "s_client", "-connect", "127.0.0.1:" + port, "-servername", "mail.a.example"));
        command.addAll(List.of("-alpn", "pop3", "-ign_eof"));
        command.addAll(List.of(options));
        Process openssl = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (ClientConnection server = new ClientConnection(listener.accept(), ServerOptions.defaults(), () -> {})) {
            server.startTls(tls, "pop3", MINUTE);
            assertThat(server.info().serverName()).contains("mail.a.example");
            server.write(ByteBuffer.wrap("+OK\r\n".getBytes(UTF_8)));
            server.dropUnread();
        }
        String said = new String(openssl.getInputStream().readAllBytes(), UTF_8);
        assertThat(openssl.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return said;
    }
}
