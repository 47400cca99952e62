package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not ours: passed on to Debian's POP3 servers, or served from the system's own users. */
@Tag("interop")
class ChainIT {
    private static final String CLIENT = "127.0.0.77";
    private static final String USER = "vmailit" + ProcessHandle.current().pid();
    private static final String PASSWORD = "Sesame, öffne dich: $(id)";
    private static final Path SYSTEM_MAILBOX = Path.of("/var/mail", USER);
    /** Debian has one POP3 server installed at a time, so the folders of others can be told. */
    private static final Path POPA3D = Path.of(System.getProperty("vmail.popa3d", "/usr/sbin") + "/popa3d");

    private static final Path COURIER =
            Path.of(System.getProperty("vmail.courier", "/usr/lib/courier/courier") + "/courierpop3d");

    @TempDir
    static Path folder;

    private static Dovecot dovecot;
    private static Site site;

    @BeforeAll
    static void start() throws Exception {
        Dovecot.require();
        Programs.require("useradd", "userdel", "chpasswd");
        Loopback.requireAddresses(CLIENT);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        site = Site.create(folder, "joe");
        dovecot = Dovecot.start(Files.createDirectory(folder.resolve("dovecot")), site.mail(), "joe@main.example");
        for (String message : Mail.difficult().values()) {
            dovecot.deliver("joe@main.example", message);
        }
        Programs.run("useradd", "--no-create-home", USER).successful();
        Programs.run(Programs.builder(List.of("chpasswd")), (USER + ":" + PASSWORD + "\n").getBytes(UTF_8))
                .successful();
    }

    @AfterAll
    static void end() throws Exception {
        if (dovecot != null) {
            dovecot.close();
            Programs.run("userdel", USER);
            Files.deleteIfExists(SYSTEM_MAILBOX);
        }
    }

    /** Writes a system user's mail as the system's MTA leaves it. */
    private static void deliverToTheSystemUser() throws Exception {
        StringBuilder mbox = new StringBuilder();
        for (int i = 1; i <= 3; i++) {
            mbox.append("From other@c.example Sun Nov 22 16:16:0%d 2026\nSubject: %d\n\nDear user\n\n".formatted(i, i));
        }
        Files.writeString(SYSTEM_MAILBOX, mbox);
        Files.setPosixFilePermissions(SYSTEM_MAILBOX, PosixFilePermissions.fromString("rw-rw----"));
        Programs.run("chown", USER + ":mail", SYSTEM_MAILBOX.toString()).successful();
    }

    private static ServerProcess serve(String tables) throws IOException {
        return ServerProcess.start(Files.writeString(
                Files.createTempFile(folder, "vmail-", ".toml"), """
                directory = "%s"
                mail = "%s"
                [pop3]
                listen = ["127.0.0.1:0"]
                max-connections-per-client = 300
                failure-delay = "10ms"
                [domain-choice.reverse-lookup]
                enabled = false
                %s""".formatted(site.directory(), site.mail(), tables)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2"})
    void dovecotLearnsFromAProxyHeaderWhoTheClientIs(String version) throws Exception {
        String chain = "[native-daemon]\nback-ends = [\"127.0.0.9:1\", \"%s\"]\nproxy-header = \"%s\"\n"
                .formatted(text(dovecot.proxied()), version);
        dovecot.assertContent();
        dovecot.forget();
        dovecot.stop();
        dovecot.start();
        try (ServerProcess server = serve(chain)) {
            String session = "USER joe@main.example\r\nPASS " + Dovecot.PASSWORD + "\r\nRETR 1\r\nQUIT\r\n";
            assertThat(converse(server.pop3("127.0.0.1"), session))
                    .startsWith("+OK Dovecot")
                    .contains("Logging out");
            assertThat(server.log()).contains("127.0.0.9:1 is left alone");
        }
        await().untilAsserted(() -> assertThat(dovecot.log()).contains("rip=" + CLIENT + ", lip=127.0.0.1"));
    }

    @Test
    void twoHundredSessionsAtATimeAreThoseOfDovecot() throws Exception {
        String session = "CAPA\r\nNOOP\r\nNONSENSE\r\nQUIT\r\n";
        String straight = converse(dovecot.pop3(), session);
        ExecutorService threads = Executors.newFixedThreadPool(200);
        try (ServerProcess server = serve("[native-daemon]\ntcp = \"" + text(dovecot.pop3()) + "\"\n")) {
            InetSocketAddress address = server.pop3("127.0.0.1");
            List<Future<String>> sessions = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                sessions.add(threads.submit(() -> converse(address, session)));
            }
            for (Future<String> chained : sessions) {
                assertThat(chained.get(60, TimeUnit.SECONDS)).isEqualTo(straight);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void popa3dAsAProcessIsHeardOctetForOctet() throws Exception {
        Programs.require(Files.isExecutable(POPA3D), "popa3d is not installed; -Dvmail.popa3d names its folder");
        Programs.require(Programs.run("id", "popa3d").exitCode() == 0, "popa3d has no user");
        Files.createDirectories(Path.of("/var/lib/popa3d"));
        deliverToTheSystemUser();
        String session = "USER " + USER + "\r\nPASS " + PASSWORD
                + "\r\nSTAT\r\nLIST\r\nUIDL\r\nRETR 2\r\nTOP 3 1\r\nNONSENSE\r\nDELE 99\r\nNOOP\r\nQUIT\r\n";
        String straight = Programs.run(Programs.builder(List.of(POPA3D.toString())), session.getBytes(UTF_8))
                .successful()
                .output();
        try (ServerProcess server = serve("[native-daemon]\nprocess = [\"" + POPA3D + "\"]\n")) {
            assertThat(straight).contains("Subject: 2");
            assertThat(converse(server.pop3("127.0.0.1"), session)).isEqualTo(straight);
        }
    }

    @Test
    void courierAsAProcessIsHeardOctetForOctet() throws Exception {
        Programs.require(Files.isExecutable(COURIER), "courier-pop is not installed; -Dvmail.courier names its folder");
        Path mailbox = site.mailbox("joe", "a.example");
        for (String part : List.of("new", "cur", "tmp")) {
            Files.createDirectories(mailbox.resolve(part));
        }
        Files.writeString(mailbox.resolve("new/1700000000.M1P1.host"), "Subject: 1\n\n.dot\n");
        String session = "STAT\r\nUIDL\r\nRETR 1\r\nNONSENSE\r\nQUIT\r\n";
        ProcessBuilder direct = Programs.builder(List.of(COURIER.toString(), mailbox.toString()));
        direct.environment().put("AUTHENTICATED", "joe");
        direct.environment().put("MAILDIR", mailbox.toString());
        String straight =
                Programs.run(direct, session.getBytes(UTF_8)).successful().output();
        String chain = """
                [native-daemon]
                process = ["%s", "%s"]
                environment = {AUTHENTICATED = "joe", MAILDIR = "%s"}
                """.formatted(COURIER, mailbox, mailbox);
        try (ServerProcess server = serve(chain)) {
            assertThat(straight).contains("..dot");
            assertThat(converse(server.pop3("127.0.0.1"), session)).isEqualTo(straight);
        }
    }

    /** Debian 12 hashes a new password by yescrypt. */
    @Test
    void systemUsersAreServedFromTheirMailSpoolBesideVirtualDomains() throws Exception {
        Programs.require(Files.isExecutable(Path.of("/usr/sbin/unix_chkpwd")), "unix_chkpwd is not installed");
        deliverToTheSystemUser();
        Path aside = Files.createDirectory(folder.resolve("aside"));
        String tables = """
                [login]
                default-domain = "main.example"
                [system-users]
                domain = "main.example"
                unix-chkpwd = "/usr/sbin/unix_chkpwd"
                own-files = "%s"
                """.formatted(aside);
        try (ServerProcess server = serve(tables)) {
            InetSocketAddress address = server.pop3("127.0.0.1");
            assertThat(converse(address, "USER " + USER + "\r\nPASS wrong\r\nQUIT\r\n"))
                    .contains("-ERR [AUTH]");
            assertThat(converse(address, "USER nosuchuser\r\nPASS wrong\r\nQUIT\r\n"))
                    .contains("-ERR [AUTH]");
            String reply = converse(
                    address, "USER " + USER + "\r\nPASS " + PASSWORD + "\r\nRETR 2\r\nDELE 1\r\nDELE 2\r\nQUIT\r\n");
            assertThat(reply).contains("Subject: 2").doesNotContain("-ERR");
            assertThat(Files.readString(SYSTEM_MAILBOX))
                    .contains("Subject: 3")
                    .doesNotContain("Subject: 1", "Subject: 2");
            assertThat(Files.getOwner(SYSTEM_MAILBOX).getName()).isEqualTo(USER);
            assertThat(Path.of("/var/mail", "." + USER + ".session")).doesNotExist();
            assertThat(converse(address, "USER joe@b.example\r\nPASS " + Site.PASSWORD_B + "\r\nSTAT\r\nQUIT\r\n"))
                    .contains("\r\n+OK 0 0\r\n");
        }
    }

    /** Says everything at once, from an address that can be recognised, and listens until the server closes. */
    private static String converse(InetSocketAddress server, String session) throws IOException {
        try (Socket socket = new Socket()) {
            socket.bind(new InetSocketAddress(CLIENT, 0));
            socket.setSoTimeout(60_000);
            socket.connect(server);
            socket.getOutputStream().write(session.getBytes(UTF_8));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }
}
