package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** vmail behind a HAProxy, which tells who its clients are in either version of its PROXY protocol. */
@Tag("interop")
class HaproxyIT {
    /** Where vmail listens for HAProxy. */
    private static final String BEHIND = "127.0.0.1";

    @TempDir
    static Path folder;

    private static ServerProcess server;
    private static Haproxy haproxy;
    private static int plain;
    private static int secure;

    @BeforeAll
    static void start() throws Exception {
        Programs.require("haproxy", "openssl");
        Loopback.requireAddresses(Site.A, Site.B, Site.SECURE);
        Site site = Site.create(folder, "joe");
        Path certificate = certificate();
        Path key = folder.resolve("key.pem");
        server = ServerProcess.start(behindProxies(site.secureConfig(certificate, key)));
        plain = Loopback.freePort(Site.A);
        secure = Loopback.freePort(Site.SECURE);
        Path both =
                Files.writeString(folder.resolve("both.pem"), Files.readString(certificate) + Files.readString(key));
        haproxy = Haproxy.start(
                folder,
                """
                frontend version1
                  bind %1$s:%4$d
                  default_backend version1
                frontend version2
                  bind %2$s:%4$d
                  default_backend version2
                frontend terminating
                  bind %3$s:%5$d ssl crt %6$s
                  unique-id-format vmail-%%ci-%%pid
                  default_backend terminating
                backend version1
                  server vmail %7$s check inter 20ms send-proxy
                backend version2
                  server vmail %7$s check inter 20ms send-proxy-v2 proxy-v2-options crc32c
                backend terminating
                  option tcp-check
                  tcp-check expect string +OK
                  server vmail %7$s check inter 20ms send-proxy-v2 proxy-v2-options ssl,cert-cn,ssl-cipher,authority,crc32c,unique-id
                """.formatted(
                                Site.A,
                                Site.B,
                                Site.SECURE,
                                plain,
                                secure,
                                both,
                                BEHIND + ":" + server.pop3(BEHIND).getPort()),
                3);
    }

    private static Path certificate() throws Exception {
        Path certificate = folder.resolve("chain.pem");
        String key = folder.resolve("key.pem").toString();
        Programs.run(Stream.of(
                                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=mail.a.example"
                                        .split(" "),
                                new String[] {"-keyout", key, "-out", certificate.toString()})
                        .flatMap(Stream::of)
                        .toList())
                .successful();
        return certificate;
    }

    /** Instead of all its listeners the server has one, which HAProxy alone may use. */
    private static Path behindProxies(Path config) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line : Files.readAllLines(config)) {
            if (line.equals("[lmtp]")) {
                lines.addAll(List.of(
                        "[[pop3.listener]]",
                        "address = \"" + BEHIND + ":0\"",
                        "proxies = [\"127.0.0.0/8\"]",
                        "trust-tls-of-proxies = true"));
            }
            if (!line.startsWith("listen") || lines.contains("[lmtp]")) {
                lines.add(line);
            }
        }
        return Files.write(config, lines, StandardOpenOption.TRUNCATE_EXISTING);
    }

    @AfterAll
    static void end() {
        if (haproxy != null) {
            haproxy.close();
        }
        if (server != null) {
            server.close();
        }
    }

    /** A client in lines. */
    private static final class Talk implements AutoCloseable {
        private final Socket socket;
        private final BufferedReader in;
        private final Writer out;

        Talk(Socket socket) throws IOException {
            this.socket = socket;
            socket.setSoTimeout(20_000);
            this.in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            this.out = new OutputStreamWriter(socket.getOutputStream(), US_ASCII);
        }

        String line() throws IOException {
            return Optional.ofNullable(in.readLine()).orElse("closed");
        }

        String ask(String command) throws IOException {
            out.write(command + "\r\n");
            out.flush();
            return line();
        }

        List<String> capabilities() throws IOException {
            List<String> all = new ArrayList<>();
            for (String line = ask("CAPA"); !line.equals("."); line = line()) {
                all.add(line);
            }
            return all;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static Socket connect(String host, int port) throws IOException {
        return new Socket(InetAddress.getByName(host), port, InetAddress.getByName("127.0.0.77"), 0);
    }

    private static SSLSocket secured(Socket socket, String name) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new AnyCertificate()}, null);
        SSLSocket secured = (SSLSocket) context.getSocketFactory().createSocket(socket, name, socket.getPort(), true);
        secured.startHandshake();
        return secured;
    }

    private static String logIn(Talk client, String password) throws IOException {
        assertThat(client.ask("USER joe")).startsWith("+OK");
        return client.ask("PASS " + password);
    }

    private static void awaitSession(String... parts) {
        await().until(() -> server.log()
                .lines()
                .anyMatch(line ->
                        line.contains("Session ended") && Stream.of(parts).allMatch(line::contains)));
    }

    @ParameterizedTest
    @ValueSource(strings = {Site.A, Site.B})
    void bothVersionsTellTheClientAndTheAddressThatChoosesTheDomain(String host) throws Exception {
        try (Talk client = new Talk(connect(host, plain))) {
            assertThat(client.line()).startsWith("+OK");
            assertThat(client.capabilities()).contains("STLS", "USER");
            assertThat(logIn(client, host.equals(Site.A) ? Site.PASSWORD_A : Site.PASSWORD_B))
                    .startsWith("+OK");
            assertThat(client.ask("QUIT")).startsWith("+OK");
        }
        awaitSession(
                "client=127.0.0.77:",
                "target=" + host + ":" + plain,
                "account=joe@" + (host.equals(Site.A) ? "a" : "b") + ".example");
    }

    @Test
    void stlsWorksThroughTheProxy() throws Exception {
        Socket socket = connect(Site.A, plain);
        try (Talk clear = new Talk(socket)) {
            clear.line();
            assertThat(clear.ask("STLS")).startsWith("+OK");
            Talk client = new Talk(secured(socket, "mail.a.example"));
            assertThat(client.capabilities()).contains("USER").doesNotContain("STLS");
            assertThat(logIn(client, Site.PASSWORD_A)).startsWith("+OK");
        }
    }

    @Test
    void whereTheProxyEndsTlsTheConnectionIsProtected() throws Exception {
        try (Talk client = new Talk(secured(connect(Site.SECURE, secure), "mail.a.example"))) {
            assertThat(client.line()).startsWith("+OK");
            assertThat(client.capabilities()).contains("USER").doesNotContain("STLS");
            assertThat(logIn(client, Site.PASSWORD_A)).startsWith("+OK");
            assertThat(client.ask("QUIT")).startsWith("+OK");
        }
        awaitSession("client=127.0.0.77:", "target=" + Site.SECURE + ":" + secure, "account=joe@a.example");
    }

    @Test
    void whoeverComesWithoutTheProxyIsNotServed() throws Exception {
        try (Talk client = new Talk(connect(BEHIND, server.pop3(BEHIND).getPort()))) {
            assertThat(client.ask("USER joe")).isEqualTo("closed");
        } catch (IOException reset) {
            assertThat(reset).isNotNull();
        }
    }

    @Test
    void healthChecksDoNotFillTheLog() throws Exception {
        // Some hundred checks have been made by now; all sessions in the log are those of clients.
        try (Talk client = new Talk(connect(Site.A, plain))) {
            client.line();
            client.ask("QUIT");
        }
        awaitSession("client=127.0.0.77:", "account=none");

        assertThat(haproxy.log())
                .contains("version1/vmail succeeded", "version2/vmail succeeded")
                .doesNotContain("failed");
        assertThat(haproxy.log()).contains("terminating/vmail succeeded");
        assertThat(server.log().lines().filter(line -> line.contains("client=127.0.0.1:")))
                .isEmpty();
        assertThat(server.log().lines().filter(line -> line.contains(" WARN ") && !line.contains("no PROXY header")))
                .isEmpty();
    }
}
