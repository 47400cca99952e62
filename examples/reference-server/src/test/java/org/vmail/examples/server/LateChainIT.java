package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.domain.ReverseAnswer;

/** One address for the main domain, whose users a Dovecot serves, and for the hosted ones. */
@Tag("interop")
class LateChainIT {
    private static final String CLIENT = "127.0.0.77";
    private static final String COMMANDS =
            "STAT\r\nLIST\r\nUIDL\r\nRETR 2\r\nTOP 3 1\r\nRETR 5\r\nNONSENSE\r\nDELE 99\r\nNOOP\r\nQUIT\r\n";

    @TempDir
    static Path folder;

    private static Dovecot dovecot;
    private static Path config;
    private static Path certificate;
    private static int proxiedPort;

    @BeforeAll
    static void start() throws Exception {
        Dovecot.require();
        Programs.require("openssl");
        Loopback.requireAddresses(Site.A, Site.SHARED, CLIENT);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Site site = Site.create(folder, "ours");
        certificate = folder.resolve("dovecot.pem");
        Path key = folder.resolve("dovecot.key");
        String request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost"
                + " -addext subjectAltName=DNS:localhost -out " + certificate + " -keyout " + key;
        Programs.run(("openssl " + request).split(" ")).successful();
        proxiedPort = Loopback.freePort("127.0.0.9");
        dovecot = Dovecot.start(
                Files.createDirectory(folder.resolve("dovecot")),
                site.mail(),
                List.of(
                        "ssl = yes",
                        "ssl_cert = <" + certificate,
                        "ssl_key = <" + key,
                        "login_trusted_networks = 127.0.0.0/8",
                        "mail_max_userip_connections = 1000",
                        "haproxy_trusted_networks = 127.0.0.0/8",
                        "service pop3-login {",
                        "  inet_listener pop3_proxied {",
                        "    port = " + proxiedPort,
                        "    haproxy = yes",
                        "  }",
                        "}"),
                "proxied-v1",
                "proxied-v2",
                "joe",
                "ann",
                "empty");
        for (String message : Mail.difficult().values()) {
            dovecot.deliver("joe", message);
        }
        config = site.config(Optional.empty());
    }

    @AfterAll
    static void end() throws IOException {
        if (dovecot != null) {
            dovecot.close();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "login = \"sasl-plain\"",
                "encryption = \"stls\"",
                "encryption = \"stls\"\nlogin = \"sasl-plain\"\nxclient-ttl = 3"
            })
    void afterTheLoginItIsHeardOctetForOctet(String settings) throws Exception {
        String login = "USER joe\r\nPASS " + Dovecot.PASSWORD + "\r\n";
        String straight = converse(dovecot.pop3(), login + COMMANDS);
        try (ReferenceServer server = chain(settings)) {
            String chained = converse(shared(server), login + COMMANDS);
            String qualified = converse(shared(server), login.replace("joe", "joe@main.example") + COMMANDS);
            String plain =
                    converse(shared(server), "AUTH PLAIN " + base64("\0joe\0" + Dovecot.PASSWORD) + "\r\n" + COMMANDS);

            assertThat(straight).contains("\r\n+OK Logged in.\r\n", "\r\n+OK Logging out");
            assertThat(behindLogin(chained))
                    .isEqualTo(behindLogin(straight))
                    .isEqualTo(behindLogin(qualified))
                    .isEqualTo(behindLogin(plain));
            assertThat(converse(
                            shared(server), "USER ours@a.example\r\nPASS " + Site.PASSWORD_A + "\r\nSTAT\r\nQUIT\r\n"))
                    .contains("\r\n+OK 0 0\r\n");
        }
    }

    @Test
    void whatItSaysAboutAWrongPasswordIsPassedOn() throws Exception {
        try (ReferenceServer server = chain("");
                Pop3 straight = new Pop3(dovecot.pop3());
                Pop3 chained = new Pop3(shared(server))) {
            assertThat(straight.tryLogin("joe", "wrong")).isFalse();
            assertThat(chained.tryLogin("joe", "wrong")).isFalse();
            assertThat(chained.reply()).isEqualTo(straight.reply()).startsWith("-ERR [AUTH]");
            assertThat(chained.tryLogin("joe", Dovecot.PASSWORD)).isTrue();
        }
    }

    @Test
    void itLearnsTheClientsAddressByXclient() throws Exception {
        try (ReferenceServer server = chain("xclient-ttl = 3")) {
            converse(shared(server), "USER ann\r\nPASS " + Dovecot.PASSWORD + "\r\nQUIT\r\n");

            assertThat(dovecot.logged("Login: user=<ann>"))
                    .singleElement()
                    .asString()
                    .contains("rip=" + CLIENT + ",");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2"})
    void itLearnsTheClientsAddressByAProxyHeader(String version) throws Exception {
        try (ReferenceServer server = chain("proxy-header = \"" + version + "\"", proxiedPort)) {
            String user = "proxied-" + version;
            String session =
                    converse(shared(server), "CAPA\r\nUSER " + user + "\r\nPASS " + Dovecot.PASSWORD + "\r\nQUIT\r\n");

            assertThat(session).contains("\r\nPIPELINING\r\n", "\r\n+OK Logged in.\r\n");
            assertThat(dovecot.logged("Login: user=<" + user + ">"))
                    .singleElement()
                    .asString()
                    .contains("rip=" + CLIENT + ", lip=" + Site.SHARED + ",");
        }
    }

    @Test
    void whatIsAnnouncedIsWhatBothCanDo() throws Exception {
        try (ReferenceServer server = chain("")) {
            assertThat(converse(shared(server), "CAPA\r\nUTF8\r\nQUIT\r\n"))
                    .as("Dovecot 2.3 has no UTF8")
                    .contains("\r\nTOP\r\n", "\r\nUIDL\r\n", "\r\nPIPELINING\r\n", "\r\nRESP-CODES\r\n")
                    .doesNotContain("UTF8 USER", "LANG")
                    .contains("-ERR UTF8 is not available");
        }
    }

    @Test
    void aCertificateThatIsNotTrustedIsATemporaryFailure() throws Exception {
        try (ReferenceServer server = chain("encryption = \"stls\"\nhost-name = \"elsewhere.example\"");
                Pop3 client = new Pop3(shared(server))) {
            assertThat(client.tryLogin("joe", Dovecot.PASSWORD)).isFalse();
            assertThat(client.reply()).startsWith("-ERR [SYS/TEMP]");
        }
    }

    @Test
    void twoHundredSessionsAtATime() throws Exception {
        ExecutorService users = Executors.newFixedThreadPool(200);
        try (ReferenceServer server = chain("max-parallel = 200")) {
            List<Callable<String>> sessions = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                boolean empty = i % 2 == 0;
                String login = empty
                        ? "USER empty@main.example\r\nPASS " + Dovecot.PASSWORD
                        : "USER joe\r\nPASS " + Dovecot.PASSWORD;
                sessions.add(() -> converse(shared(server), login + "\r\nUIDL\r\nQUIT\r\n"));
            }
            List<String> replies = new ArrayList<>();
            for (Future<String> session : users.invokeAll(sessions)) {
                replies.add(session.get());
            }
            assertThat(replies).allMatch(reply -> reply.contains("\r\n+OK Logged in.\r\n"));
            assertThat(replies.stream().distinct()).hasSize(2);
        } finally {
            users.shutdownNow();
        }
    }

    private static ReferenceServer chain(String settings) throws Exception {
        return chain(settings, dovecot.pop3().getPort());
    }

    private static ReferenceServer chain(String settings, int port) throws Exception {
        String trust = settings.contains("encryption") ? "\nauthorities = \"" + certificate + "\"\n" : "\n";
        String text = Files.readString(config)
                .replace("\n[pop3]\n", "\n[pop3]\nmax-connections-per-client = 500\nmax-half-open-connections = 500\n");
        String address = dovecot.pop3().getAddress().getHostAddress() + ":" + port;
        Path file = Files.writeString(
                Files.createTempFile(folder, "late-", ".toml"),
                text + "\n[late-chain]\nmain-domain = \"main.example\"\nserver = \"" + address + "\"\n"
                        + (settings.contains("host-name") ? "" : "host-name = \"localhost\"\n")
                        + settings
                        + trust);
        return ReferenceServer.start(SettingsFile.read(file), target -> ReverseAnswer.of());
    }

    private static InetSocketAddress shared(ReferenceServer server) {
        return server.pop3Addresses().stream()
                .filter(address -> address.getAddress().getHostAddress().equals(Site.SHARED))
                .findFirst()
                .orElseThrow();
    }

    private static String behindLogin(String session) {
        return session.substring(session.indexOf("+OK Logged in."));
    }

    /** Says everything at once, from an address of its own, and listens until the server closes. */
    private static String converse(InetSocketAddress server, String session) throws IOException {
        try (Socket socket = new Socket(server.getAddress(), server.getPort(), InetAddress.getByName(CLIENT), 0)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(session.getBytes(ISO_8859_1));
            ByteArrayOutputStream replies = new ByteArrayOutputStream();
            InputStream in = socket.getInputStream();
            in.transferTo(replies);
            return replies.toString(ISO_8859_1);
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(US_ASCII));
    }
}
