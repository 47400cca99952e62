package org.vmail.net.internal;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import org.vmail.net.ServerOptions;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsContext;

/** TLS of accepted connections, against the JDK's own client. */
@Timeout(30)
class TlsConnectionTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String HOST = "mail.a.example";
    private static final String TLS_1_2 = "TLSv1.2";
    private static final String TLS_1_3 = "TLSv1.3";
    private static final byte[] LINE = "NOOP\r\n".getBytes(US_ASCII);

    @TempDir
    private static Path folder;

    private static TlsContext tls;

    private final SSLContext client = TestCertificate.client();
    private SocketPair pair;

    @BeforeAll
    static void makeCertificates() throws IOException {
        tls = TestCertificate.server(folder, TestCertificate.ec(HOST), TestCertificate.rsa("*.b.example"))
                .build();
    }

    @BeforeEach
    void connect() throws IOException {
        pair = SocketPair.open(MINUTE);
    }

    @AfterEach
    void disconnect() throws IOException {
        pair.close();
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, mail.a.example", "TLSv1.3, mail.a.example", "TLSv1.3, pop.b.example"})
    void aMegabyteGoesBothWaysAtOnce(String version, String host) throws IOException {
        SSLSocket socket = handshake(version, host);
        assertThat(pair.server().info().encrypted()).isTrue();
        assertThat(pair.server().info().serverName()).contains(host);
        assertThat(pair.server().info().remote()).isEqualTo(pair.client().getLocalAddress());
        assertThat(pair.server().tlsText().orElseThrow()).startsWith(version + " TLS_");
        byte[] octets = new byte[1 << 20];
        new Random(1).nextBytes(octets);
        CompletableFuture<Integer> echo = echo();
        CompletableFuture<Integer> sent = background(() -> {
            socket.getOutputStream().write(octets);
            return 0;
        });
        assertThat(socket.getInputStream().readNBytes(octets.length)).isEqualTo(octets);
        sent.join();
        socket.close();
        assertThat(echo.join()).isEqualTo(octets.length);
    }

    @Test
    void whatWasSentWithTheEndOfTheHandshakeIsNotLost() throws IOException {
        CompletableFuture<Integer> started = start();
        SSLSocket socket = socket(TLS_1_3, HOST);
        socket.getOutputStream().write(LINE);
        started.join();
        assertThat(receive(LINE.length)).isEqualTo(LINE);
    }

    @Test // RFC 8996
    void tls11IsRefused() throws IOException {
        CompletableFuture<Integer> started = start();
        pair.client()
                .write(ByteBuffer.wrap(HexFormat.of()
                        .parseHex("1603010031" + "0100002d" + "0302" + "00".repeat(32) + "00" + "0004c013c009" + "0100"
                                + "0000")));
        byte[] alert = new byte[7];
        assertThat(pair.client().socket().getInputStream().readNBytes(alert, 0, 7))
                .isEqualTo(7);
        assertThat(alert).startsWith(21).endsWith(2, 70); // fatal, protocol_version
        assertThatIOException().isThrownBy(() -> unwrap(started)).withMessageStartingWith("The TLS handshake failed");
    }

    @Test // RFC 7301, section 3.2
    void theProtocolIsAgreedOnIfTheClientOffersIt() throws IOException {
        CompletableFuture<Integer> started = start();
        SSLSocket socket = socket(TLS_1_3, HOST);
        offer(socket, "http/1.1", "pop3");
        socket.startHandshake();
        started.join();
        assertThat(socket.getApplicationProtocol()).isEqualTo("pop3");
    }

    @Test
    void aClientThatOffersNoProtocolIsServed() throws IOException {
        assertThat(handshake(TLS_1_3, HOST).getApplicationProtocol()).isEmpty();
    }

    @ParameterizedTest // RFC 7301, section 3.2
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void aClientThatOffersOtherProtocolsOnlyGetsAnAlert(String version) throws IOException {
        CompletableFuture<Integer> started = start();
        SSLSocket socket = socket(version, HOST);
        offer(socket, "http/1.1", "imap");
        assertThatIOException().isThrownBy(socket::startHandshake).withMessageContaining("no_application_protocol");
        assertThatIOException().isThrownBy(() -> unwrap(started)).withMessageStartingWith("The TLS handshake failed");
    }

    @ParameterizedTest // RFC 8446, section 2.2; RFC 5077
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void aClientThatComesBackResumesItsSession(String version) throws Exception {
        SSLSession first;
        byte[] binding;
        SSLSession second;
        // One port, as the client keeps its sessions by address.
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            reconnect(listener);
            first = handshakeAndTalk(version);
            binding = pair.server()
                    .channelBinding(ChannelBinding.TLS_SERVER_END_POINT)
                    .orElseThrow();
            reconnect(listener);
            second = handshakeAndTalk(version);
        }
        assertThat(second.getCreationTime()).isEqualTo(first.getCreationTime());
        assertThat(second.getPeerCertificates()).isEqualTo(first.getPeerCertificates());
        assertThat(pair.server().info().serverName()).contains(HOST);
        assertThat(pair.server().channelBinding(ChannelBinding.TLS_SERVER_END_POINT))
                .contains(binding);
    }

    @ParameterizedTest // RFC 5929, section 4.1
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void bothEndsKnowTheDigestOfTheCertificate(String version) throws Exception {
        SSLSocket socket = handshake(version, HOST);
        byte[] certificate = socket.getSession().getPeerCertificates()[0].getEncoded();
        assertThat(pair.server().channelBinding(ChannelBinding.TLS_SERVER_END_POINT))
                .contains(MessageDigest.getInstance("SHA-256").digest(certificate));
    }

    @ParameterizedTest // RFC 5929, section 4.1
    @CsvSource({
        "RSA, SHA1withRSA, SHA-256",
        "RSA, SHA384withRSA, SHA-384",
        "RSA, SHA512withRSAandMGF1, SHA-512",
        "EC, SHA224withECDSA, SHA-224",
        "EC, SHA512withECDSA, SHA-512",
        "Ed25519, Ed25519,"
    })
    void theDigestIsThatOfTheCertificatesSignature(String key, String signature, String digest) throws Exception {
        KeyPair keys = TestCertificate.newKey(key, key.equals("RSA") ? 2048 : key.equals("EC") ? 256 : 0);
        TestCertificate certificate = TestCertificate.selfSigned(keys, signature, "CN=a.example");
        SSLSession session = Mockito.mock(SSLSession.class);
        Mockito.when(session.getLocalCertificates())
                .thenReturn(new java.security.cert.Certificate[] {certificate.own()});
        if (digest == null) {
            assertThat(ChannelBinding.TLS_SERVER_END_POINT.of(session)).isEmpty();
        } else {
            assertThat(ChannelBinding.TLS_SERVER_END_POINT.of(session))
                    .contains(MessageDigest.getInstance(digest)
                            .digest(certificate.own().getEncoded()));
        }
    }

    @ParameterizedTest // RFC 9266
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void bothEndsExportTheSameWhereTheJdkCan(String version) throws Exception {
        SSLSocket socket = handshake(version, HOST);
        if (Runtime.version().feature() < 25) {
            assertThat(pair.server().channelBinding(ChannelBinding.TLS_EXPORTER))
                    .isEmpty();
            return;
        }
        Method export =
                ExtendedSSLSession.class.getMethod("exportKeyingMaterialData", String.class, byte[].class, int.class);
        byte[] exported = (byte[]) export.invoke(socket.getSession(), "EXPORTER-Channel-Binding", new byte[0], 32);
        assertThat(exported).hasSize(32);
        assertThat(pair.server().channelBinding(ChannelBinding.TLS_EXPORTER)).contains(exported);
    }

    @Test
    void withoutTlsThereIsNoBinding() {
        assertThat(pair.server().channelBinding(ChannelBinding.TLS_EXPORTER)).isEmpty();
        assertThat(pair.server().channelBinding(ChannelBinding.TLS_SERVER_END_POINT))
                .isEmpty();
        assertThat(pair.server().tlsText()).isEmpty();
    }

    @Test // RFC 8446, section 6.1
    void aClientThatEndsItsOutputStillGetsReplies() throws IOException {
        SSLSocket socket = handshake(TLS_1_3, HOST);
        socket.getOutputStream().write(LINE);
        socket.shutdownOutput();
        assertThat(receive(LINE.length)).isEqualTo(LINE);
        assertThat(pair.server().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        assertThat(pair.server().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        pair.server().write(ByteBuffer.wrap(LINE));
        assertThat(socket.getInputStream().readNBytes(LINE.length)).isEqualTo(LINE);
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void anEndWithoutItsAnnouncementIsAnEndOfInput(String version) throws IOException {
        SSLSocket socket = handshake(version, HOST);
        pair.client().shutdownOutput();
        assertThat(pair.server().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        pair.server().write(ByteBuffer.wrap(LINE));
        assertThat(socket.getInputStream().readNBytes(LINE.length)).isEqualTo(LINE);
    }

    @ParameterizedTest // RFC 5246, section 7.2.1; RFC 8446, section 6.1
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void theEndOfOutputIsAnnounced(String version) throws IOException {
        SSLSocket socket = handshake(version, HOST);
        pair.server().shutdownOutput();
        // The client would throw if the connection ended without the announcement.
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        if (version.equals(TLS_1_3)) {
            socket.getOutputStream().write(LINE);
            assertThat(receive(LINE.length)).isEqualTo(LINE);
        }
        assertThatIOException().isThrownBy(() -> pair.server().write(ByteBuffer.wrap(LINE)));
    }

    @ParameterizedTest
    @ValueSource(strings = {TLS_1_2, TLS_1_3})
    void whoeverIsDroppedHearsTheLastReplyAndTheEnd(String version) throws IOException {
        SSLSocket socket = handshake(version, HOST);
        socket.getOutputStream().write(new byte[1000]);
        pair.server().write(ByteBuffer.wrap(LINE));
        pair.server().dropUnread();
        pair.server().close();
        assertThat(socket.getInputStream().readNBytes(LINE.length)).isEqualTo(LINE);
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }

    @Test
    void aHandshakeThatTakesTooLongEnds() throws IOException {
        CompletableFuture<Integer> started = start();
        pair.client().write(ByteBuffer.wrap(new byte[] {22, 3, 1}));
        await().until(() -> {
            pair.server()
                    .checkDeadlines(System.nanoTime() + MINUTE.plusSeconds(1).toNanos());
            return started.isDone();
        });
        assertThatIOException().isThrownBy(() -> unwrap(started)).withMessageContaining("took longer than 60 s");
        assertThat(pair.client().read(ByteBuffer.allocate(100))).isEqualTo(-1);
    }

    @Test
    void tinyRecordsDoNotLengthenAHandshake() throws IOException {
        CompletableFuture<Integer> started = start();
        await().until(() -> {
            if (!started.isDone()) {
                pair.client().write(ByteBuffer.wrap(new byte[] {22, 3, 1, 0, 1, 1}, 0, 6));
            }
            pair.server()
                    .checkDeadlines(System.nanoTime() + MINUTE.plusSeconds(1).toNanos());
            return started.isDone();
        });
        assertThatIOException().isThrownBy(() -> unwrap(started));
    }

    @Test
    void aStopEndsAHandshake() throws IOException {
        CompletableFuture<Integer> started = start();
        pair.server().requestStop();
        assertThatIOException().isThrownBy(() -> unwrap(started));
        assertThatIOException().isThrownBy(() -> pair.server().startTls(tls, "pop3", MINUTE));
    }

    @Test // RFC 5746 makes it safe, and it is still a way to keep a server busy
    void aRenegotiationIsRefused() throws IOException {
        SSLSocket socket = handshake(TLS_1_2, HOST);
        CompletableFuture<Integer> read = background(() -> pair.server().read(ByteBuffer.allocate(10)));
        assertThatIOException().isThrownBy(() -> {
            socket.startHandshake();
            socket.getInputStream().read();
            socket.getOutputStream().write(LINE);
            throw new IOException("the client was not refused, or was told politely");
        });
        assertThatIOException().isThrownBy(() -> unwrap(read)).withMessageContaining("renegotiation");
        assertThat(pair.server().isOpen()).isFalse();
    }

    @Test // RFC 8446, section 4.6.3
    void keysMayBeChangedAtAnyTime() throws IOException {
        SSLSocket socket = handshake(TLS_1_3, HOST);
        CompletableFuture<Integer> echo = echo();
        for (int i = 0; i < 20; i++) {
            socket.startHandshake();
            socket.getOutputStream().write(LINE);
            assertThat(socket.getInputStream().readNBytes(LINE.length)).isEqualTo(LINE);
        }
        socket.close();
        assertThat(echo.join()).isEqualTo(20 * LINE.length);
    }

    @Test
    void closingFromAnotherThreadEndsARead() throws IOException {
        handshake(TLS_1_3, HOST);
        CompletableFuture<Integer> read = background(() -> pair.server().read(ByteBuffer.allocate(10)));
        pair.server().close();
        assertThatIOException().isThrownBy(() -> unwrap(read));
        pair.server().close();
    }

    @Test
    void closingFromAnotherThreadEndsAWriteAndDoesNotWait() throws IOException {
        handshake(TLS_1_3, HOST);
        CompletableFuture<Integer> written = writeForever();
        pair.server().close();
        assertThatIOException().isThrownBy(() -> unwrap(written));
    }

    @Test
    void aClientThatDoesNotReadIsClosed() throws IOException {
        handshake(TLS_1_3, HOST);
        CompletableFuture<Integer> written = writeForever();
        await().until(() -> {
            pair.server()
                    .checkDeadlines(System.nanoTime() + MINUTE.plusSeconds(1).toNanos());
            return written.isDone();
        });
        assertThatIOException().isThrownBy(() -> unwrap(written));
        assertThat(pair.server().isOpen()).isFalse();
    }

    @Test
    void aClientThatSendsNoCommandInTimeCanStillBeTold() throws IOException {
        SSLSocket socket = handshake(TLS_1_3, HOST);
        Wire wire = new Wire(pair.server());
        CompletableFuture<Wire.Line> line = background(() -> wire.readLine(100, MINUTE));
        await().until(() -> {
            pair.server()
                    .checkDeadlines(System.nanoTime() + MINUTE.plusSeconds(1).toNanos());
            return line.isDone();
        });
        assertThat(line.join()).isEqualTo(new Wire.Line.End(Wire.EndReason.TIMED_OUT));
        wire.writeLine("-ERR bye");
        wire.flush();
        assertThat(socket.getInputStream().readNBytes(10)).isEqualTo("-ERR bye\r\n".getBytes(US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(strings = {"CAPA\r\nUSER x\r\n", "GET / HTTP/1.1\r\n\r\n", "\u0000\u0000\u0000\u0000\u0000\u0000"})
    void plainTextIsNoHandshake(String text) throws IOException {
        CompletableFuture<Integer> started = start();
        pair.client().write(US_ASCII.encode(text));
        assertThatIOException().isThrownBy(() -> unwrap(started)).withMessage("The client does not speak TLS");
        pair.server().close();
        ByteBuffer reply = ByteBuffer.allocate(100);
        while (pair.client().read(reply) >= 0) {}
        assertThat(reply.position()).as("at most an alert").isLessThanOrEqualTo(7);
    }

    @Test
    void garbageAfterTheHandshakeEndsTheConnection() throws IOException {
        handshake(TLS_1_3, HOST);
        pair.client().write(ByteBuffer.wrap(new byte[] {23, 3, 3, 0, 30}));
        pair.client().write(ByteBuffer.wrap(new byte[30]));
        assertThatIOException()
                .isThrownBy(() -> pair.server().read(ByteBuffer.allocate(10)))
                .withMessageStartingWith("The TLS connection broke");
        assertThat(pair.server().isOpen()).isFalse();
    }

    @Test // RFC 8446, section 5.2
    void aRecordThatIsTooLargeEndsTheConnection() throws IOException {
        handshake(TLS_1_3, HOST);
        pair.client().write(ByteBuffer.wrap(new byte[] {23, 3, 3, (byte) 0xff, (byte) 0xff}));
        assertThatIOException().isThrownBy(() -> pair.server().read(ByteBuffer.allocate(10)));
    }

    @Test
    void aSessionOutlivesAChangeOfTheCertificate(@TempDir Path changing) throws IOException {
        TlsContext reloading = TestCertificate.server(changing, TestCertificate.ec(HOST))
                .reloadInterval(Duration.ofNanos(1))
                .build();
        SSLSocket socket = handshake(reloading, TLS_1_3, HOST);
        CompletableFuture<Integer> echo = echo();
        TestCertificate renewed = TestCertificate.rsa(HOST).write(changing, "c0");
        try (SocketPair other = SocketPair.open(MINUTE)) {
            SocketPair first = pair;
            pair = other;
            SSLSocket fresh = handshake(reloading, TLS_1_3, "other.example");
            assertThat(fresh.getSession().getPeerCertificates()).startsWith(renewed.own());
            pair = first;
        }
        socket.getOutputStream().write(LINE);
        assertThat(socket.getInputStream().readNBytes(LINE.length)).isEqualTo(LINE);
        socket.close();
        assertThat(echo.join()).isEqualTo(LINE.length);
    }

    @Test
    void tlsIsStartedOnce() throws IOException {
        handshake(TLS_1_3, HOST);
        assertThatIllegalStateException().isThrownBy(() -> pair.server().startTls(tls, "pop3", MINUTE));
    }

    @Test // CVE-2011-0411
    void aWireTellsWhatWasSentBeforeTls() throws IOException {
        Wire wire = new Wire(pair.server());
        pair.client().write(US_ASCII.encode("STLS\r\n"));
        assertThat(wire.readLine(100, MINUTE)).isEqualTo(new Wire.Line.Text("STLS"));
        assertThat(wire.hasUnread()).isFalse();
        pair.client().write(US_ASCII.encode("STLS\r\nUS"));
        assertThat(wire.readLine(100, MINUTE)).isEqualTo(new Wire.Line.Text("STLS"));
        assertThat(wire.hasUnread()).isTrue();
    }

    private void reconnect(ServerSocketChannel listener) throws IOException {
        pair.close();
        SocketChannel socket = SocketChannel.open(listener.getLocalAddress());
        pair = new SocketPair(
                socket,
                new ClientConnection(listener.accept(), ServerOptions.defaults().withWriteTimeout(MINUTE), () -> {}));
    }

    private SSLSocket handshake(String version, String host) throws IOException {
        return handshake(tls, version, host);
    }

    private SSLSocket handshake(TlsContext context, String version, String host) throws IOException {
        CompletableFuture<Integer> started = start(context);
        SSLSocket socket = socket(version, host);
        socket.startHandshake();
        started.orTimeout(10, TimeUnit.SECONDS).join();
        return socket;
    }

    /** Some octets have to come, as tickets come after the handshake. */
    private SSLSession handshakeAndTalk(String version) throws IOException {
        SSLSocket socket = handshake(version, HOST);
        pair.server().write(ByteBuffer.wrap(LINE));
        assertThat(socket.getInputStream().readNBytes(LINE.length)).isEqualTo(LINE);
        SSLSession session = socket.getSession();
        pair.server().shutdownOutput();
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
        socket.close();
        return session;
    }

    private CompletableFuture<Integer> start() {
        return start(tls);
    }

    private CompletableFuture<Integer> start(TlsContext context) {
        return background(() -> {
            pair.server().startTls(context, "pop3", MINUTE);
            return 0;
        });
    }

    private SSLSocket socket(String version, String host) throws IOException {
        SSLSocket socket =
                (SSLSocket) client.getSocketFactory().createSocket(pair.client().socket(), host, 995, true);
        socket.setSoTimeout(20_000);
        socket.setEnabledProtocols(new String[] {version});
        return socket;
    }

    private static void offer(SSLSocket socket, String... protocols) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
    }

    private byte[] receive(int octets) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(octets);
        while (target.hasRemaining() && pair.server().read(target) >= 0) {}
        return Arrays.copyOf(target.array(), target.position());
    }

    /** Sends everything back; the result is how much it was. */
    private CompletableFuture<Integer> echo() {
        ClientConnection server = pair.server();
        return background(() -> {
            ByteBuffer buffer = ByteBuffer.allocate(3000);
            int count = 0;
            while (server.read(buffer) >= 0) {
                buffer.flip();
                count += server.write(buffer);
                buffer.clear();
            }
            return count;
        });
    }

    private CompletableFuture<Integer> writeForever() {
        return background(() -> {
            while (true) {
                pair.server().write(ByteBuffer.allocate(16 * 1024));
            }
        });
    }

    private static void unwrap(CompletableFuture<?> future) throws Throwable {
        try {
            future.orTimeout(10, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw e.getCause();
        }
    }

    private static <T> CompletableFuture<T> background(Task<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Threads.start("test", () -> {
            try {
                result.complete(task.run());
            } catch (IOException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        return result;
    }

    private interface Task<T> {
        T run() throws IOException;
    }
}
