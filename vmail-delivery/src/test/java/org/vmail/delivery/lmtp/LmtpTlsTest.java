package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.delivery.Deliverer;
import org.vmail.net.Network;
import org.vmail.net.TestCertificate;
import org.vmail.net.TlsContext;

/** STARTTLS (RFC 3207). */
class LmtpTlsTest {
    private static final String HOST = "mx.test";

    @TempDir
    private static Path folder;

    private static TlsContext tls;

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    @BeforeAll
    static void makeCertificate() throws IOException {
        tls = TestCertificate.server(folder, TestCertificate.ec(HOST)).build();
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }

    private LmtpClient hello() throws IOException {
        LmtpServer server = LmtpServer.builder(Deliverer.over(lmtp.directory, lmtp.target))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .options(LmtpFixture.OPTIONS.withXclientNetworks(List.of(Network.of("127.0.0.0/8"))))
                .tls(tls)
                .build();
        opened.push(server);
        server.start();
        LmtpClient client = lmtp.connect(server);
        opened.push(client);
        client.lhlo();
        return client;
    }

    private LmtpClient secure() throws IOException {
        LmtpClient client = hello();
        assertThat(client.ask("STARTTLS")).startsWith("220 2.0.0 ");
        client.raw().startTls(HOST);
        return client;
    }

    @Test
    void aMessageIsProtectedBehindStarttls() throws IOException {
        LmtpClient client = secure();
        assertThat(client.lhlo())
                .as("RFC 3207, section 4.2: not within TLS")
                .contains("250-PIPELINING")
                .doesNotContain("250-STARTTLS");
        client.begin("joe@a.example");
        assertThat(client.finish("x\r\n.\r\n", 1).get(0)).startsWith("250 ");
        assertThat(lmtp.target.messages("joe@a.example"))
                .singleElement()
                .asString()
                .as("RFC 3848")
                .contains(" with LMTPS (vmail)");
        assertThat(client.ask("STARTTLS")).startsWith("503 5.5.1 ");
    }

    @Test // RFC 3207, section 4.2
    void whatWasSaidInClearTextIsForgotten() throws IOException {
        LmtpClient client = hello();
        assertThat(client.lhlo()).contains("250-STARTTLS");
        client.raw().ask("XCLIENT NAME=spike.example HELO=spike");
        assertThat(client.ask("STARTTLS")).as("LHLO comes first").startsWith("503 5.5.1 ");
        client.lhlo();
        client.ask("STARTTLS");
        client.raw().startTls(HOST);

        assertThat(client.ask("MAIL FROM:<>")).startsWith("503 5.5.1 ");
        client.lhlo();
        client.begin("joe@a.example");
        client.finish("x\r\n.\r\n", 1);
        assertThat(lmtp.target.messages("joe@a.example"))
                .singleElement()
                .asString()
                .doesNotContain("spike");
    }

    @Test
    void withinAMessageItIsTooLate() throws IOException {
        LmtpClient client = hello();
        client.ask("MAIL FROM:<>");
        assertThat(client.ask("STARTTLS")).startsWith("503 5.5.1 ");
        client.ask("RSET");
        assertThat(client.ask("STARTTLS now")).startsWith("501 5.5.4 ");
        assertThat(client.ask("STARTTLS")).startsWith("220 ");
    }

    @ParameterizedTest // CVE-2011-0411
    @ValueSource(strings = {"STARTTLS\r\nNOOP\r\n", "STARTTLS\r\nMA", "STARTTLS\r\nMAIL FROM:<>\r\n", "STARTTLS\n\n"})
    void whatFollowsStarttlsInClearTextIsNeverTakenForEncrypted(String injected) throws IOException {
        LmtpClient client = hello();
        client.raw().send(injected);

        assertThat(client.raw().readToEnd()).startsWith("503 5.5.1 ").hasLineCount(1);
    }

    @Test
    void octetsInTheMiddleOfAHandshakeAreNoCommand() throws IOException {
        LmtpClient client = hello();
        client.ask("STARTTLS");
        client.raw().send("LHLO client.test\r\n");

        assertThat(client.raw().readToEnd()).doesNotContain("250");
    }

    @Test
    void withoutCertificatesItIsNotThere() throws IOException {
        LmtpClient client = lmtp.connect(lmtp.start());
        assertThat(client.lhlo()).doesNotContain("250-STARTTLS");
        assertThat(client.ask("STARTTLS")).startsWith("500 5.5.1 ");
    }
}
