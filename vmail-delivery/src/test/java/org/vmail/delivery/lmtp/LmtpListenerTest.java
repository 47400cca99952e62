package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.delivery.Deliverer;
import org.vmail.net.Listener;
import org.vmail.net.Network;
import org.vmail.net.ProxyTrust;
import org.vmail.net.RawClient;
import org.vmail.net.UnixClient;
import org.vmail.net.UnixSocket;

/** Where LMTP may be spoken, and what a proxy in front of it tells. */
class LmtpListenerTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    Path folder;

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    private LmtpServer.Builder builder() {
        return LmtpServer.builder(Deliverer.over(lmtp.directory, lmtp.target)).options(LmtpFixture.OPTIONS);
    }

    private LmtpServer startBehindProxy() throws IOException {
        ProxyTrust trust = ProxyTrust.in(List.of(Network.of("127.0.0.0/8")));
        LmtpServer server =
                builder().listen(Listener.at(ANY_PORT).withProxyProtocol(trust)).build();
        server.start();
        return server;
    }

    @Test
    void theTraceFieldNamesTheClientOfTheProxy() throws IOException {
        try (LmtpServer server = startBehindProxy();
                RawClient client = RawClient.connect(server.boundAddress())) {
            for (String line : List.of(
                    "PROXY TCP6 2001:db8::7 2001:db8::a 56324 24",
                    "LHLO client.test",
                    "MAIL FROM:<>",
                    "RCPT TO:<joe@a.example>",
                    "DATA")) {
                client.sendLine(line);
            }
            String reply = client.readLine();
            while (!reply.startsWith("354")) {
                reply = client.readLine();
            }
            client.send("Subject: x\r\n\r\nx\r\n");
            assertThat(client.ask(".")).startsWith("250");
        }

        assertThat(lmtp.target.messages("joe@a.example"))
                .singleElement()
                .satisfies(message -> assertThat(message).contains("Received: from client.test ([IPv6:2001:db8::7])"));
    }

    @Test
    void healthChecksOfTheProxyDoNotFillTheLog() throws IOException {
        try (LmtpServer server = startBehindProxy()) {
            try (RawClient check = RawClient.connect(server.boundAddress())) {
                check.send("PROXY UNKNOWN\r\n");
                assertThat(check.readLine()).startsWith("220");
            }
            await().until(() -> !lmtp.log().texts("Session ended").isEmpty());
        }
        assertThat(lmtp.log().texts()).allMatch(text -> text.startsWith("DEBUG") || text.startsWith("TRACE"));
    }

    @Test
    @Timeout(60)
    void aMessageComesOverAUnixSocket(@TempDir Path folder) throws IOException {
        Path socket = folder.resolve("lmtp");
        try (LmtpServer server = builder()
                .listen(Listener.unix(UnixSocket.at(socket)))
                .options(LmtpFixture.OPTIONS.withXclientNetworks(List.of(Network.of("127.0.0.1"))))
                .build()) {
            server.start();
            try (UnixClient client = UnixClient.connect(socket)) {
                assertThat(client.readLine()).startsWith("220 ");
                String reply = client.ask("LHLO client.test");
                while (reply.startsWith("250-")) {
                    assertThat(reply).isNotEqualTo("250-STARTTLS");
                    reply = client.readLine();
                }
                client.ask("MAIL FROM:<>");
                client.ask("RCPT TO:<joe@a.example>");
                assertThat(client.ask("DATA")).startsWith("354 ");
                assertThat(client.ask("Subject: x\r\n\r\nx\r\n.")).startsWith("250 2.1.5 ");
                assertThat(client.ask("XCLIENT NAME=spike.example"))
                        .as("who is on this machine is at 127.0.0.1")
                        .startsWith("220 ");
            }
        }
        assertThat(lmtp.target.messages("joe@a.example"))
                .singleElement()
                .asString()
                .contains("Received: from client.test\r\n\tby mx.test with LMTP (vmail)\r\n\tfor <joe@a.example>;");
        assertThat(Files.exists(socket)).isFalse();
    }

    @Test // RFC 2033, section 5
    void port25IsNotForLmtp() {
        InetSocketAddress smtp = new InetSocketAddress(InetAddress.getLoopbackAddress(), 25);
        assertThatIllegalArgumentException().isThrownBy(() -> builder().listen(smtp));
        assertThatIllegalArgumentException().isThrownBy(() -> builder().listen(Listener.at(smtp)));
    }

    @Test // RFC 2033, section 5
    void aSocketOfPort25ThatIsInheritedIsNotForLmtpEither() throws Exception {
        try (ServerSocketChannel smtp = ServerSocketChannel.open()) {
            try {
                smtp.bind(new InetSocketAddress("127.25.25.25", 25));
            } catch (IOException e) {
                assumeTrue(false, "port 25 is not ours: " + e);
            }
        }
        Path program = Files.writeString(folder.resolve("Inherit.java"), """
                import java.nio.file.Path;
                import org.vmail.delivery.Deliverer;
                import org.vmail.delivery.lmtp.LmtpServer;
                import org.vmail.directory.Directory;
                import org.vmail.mailbox.maildir.MaildirStore;
                import org.vmail.net.Listener;

                class Inherit {
                    public static void main(String[] args) throws Exception {
                        LmtpServer server = LmtpServer.builder(Deliverer.over(
                                        Directory.inMemory().build(), MaildirStore.under(Path.of("/nowhere"))))
                                .listen(Listener.inherited())
                                .build();
                        try {
                            server.start();
                            System.err.println("Serving");
                        } catch (java.io.IOException e) {
                            System.err.println(e.getMessage());
                        }
                        Runtime.getRuntime().halt(0);
                    }
                }
                """);
        assertThat(startedWithASocketOf(25, program)).contains("RFC 2033").doesNotContain("Serving");
        assertThat(startedWithASocketOf(0, program)).contains("Serving");
    }

    /** Starts a program whose standard input is a socket that listens, as systemd does. */
    private String startedWithASocketOf(int port, Path program) throws Exception {
        Process process = new ProcessBuilder(
                        "perl",
                        "-MSocket",
                        "-e",
                        "close STDIN; socket(S, PF_INET, SOCK_STREAM, 0) or die; setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);"
                                + " bind(S, sockaddr_in(shift, inet_aton('127.25.25.25'))) or die $!; listen(S, 5) or die;"
                                + " open(STDIN, '<&=', fileno(S)) if fileno(S) != 0; $^F = 9; exec @ARGV or die",
                        Integer.toString(port),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.toString())
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(text).isZero();
        return text;
    }

    @Test
    void tlsIsNotSpokenHere() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().listen(Listener.at(ANY_PORT).withTls()));
    }

    @Test
    void withoutASocketToInheritTheServerDoesNotStart() {
        LmtpServer server =
                builder().listen(ANY_PORT).listen(Listener.inherited()).build();
        assertThatIOException()
                .isThrownBy(server::start)
                .withMessageContaining("lmtp")
                .withMessageContaining("standard input");
        assertThat(server.boundAddresses()).isEmpty();
        server.close();
    }
}
