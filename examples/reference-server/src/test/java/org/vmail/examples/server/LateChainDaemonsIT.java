package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The late chain to Debian's small POP3 servers, which an inetd starts for each connection. They know less than Dovecot:
 * popa3d has no CAPA, and Courier's login program loses what is sent before its answer.
 */
@Tag("interop")
class LateChainDaemonsIT {
    private static final String USER = "vmaillc" + ProcessHandle.current().pid();
    private static final Path HOME = Path.of("/home", USER);
    private static final Path SPOOL = Path.of("/var/mail", USER);
    private static final String PASSWORD = "cherry pie";
    private static final Path POPA3D = Path.of(System.getProperty("vmail.popa3d", "/usr/sbin"), "popa3d");
    private static final Path COURIER = Path.of(System.getProperty("vmail.courier", "/usr/lib/courier/courier"));
    private static final Path AUTHDAEMON = Path.of("/usr/lib/courier/courier-authlib/authdaemond");
    private static final Path AUTHDAEMON_SOCKET = Path.of("/run/courier/authdaemon/socket");
    private static final List<String> COMMANDS =
            List.of("STAT", "LIST", "UIDL", "RETR 2", "TOP 1 0", "NONSENSE", "DELE 99", "NOOP", "RSET", "QUIT");

    @TempDir
    static Path folder;

    private static Site site;

    @BeforeAll
    static void start() throws Exception {
        Programs.require("systemd-socket-activate", "useradd", "userdel", "chpasswd");
        site = Site.create(folder, "ours");
        Programs.run("useradd", "--create-home", USER).successful();
        Programs.run(Programs.builder(List.of("chpasswd")), (USER + ":" + PASSWORD + "\n").getBytes(UTF_8))
                .successful();
        for (String part : List.of("new", "cur", "tmp")) {
            Files.createDirectories(HOME.resolve("Maildir").resolve(part));
        }
        for (int i = 1; i <= 3; i++) {
            Files.writeString(
                    HOME.resolve("Maildir/new/170000000" + i + ".M1P1.host"),
                    "Subject: " + i + "\n\n.dot\nDear user\n");
        }
        Files.writeString(SPOOL, ScenariosIT.mbox(3));
        Programs.run("chown", "-R", USER + ":", HOME.toString()).successful();
        Programs.run("chown", USER + ":mail", SPOOL.toString()).successful();
    }

    @AfterAll
    static void end() throws Exception {
        if (site != null) {
            Files.deleteIfExists(SPOOL);
            Programs.run("userdel", "--remove", USER);
        }
    }

    /** systemd's, which gives each connection to a program of its own as standard input and output. */
    private static final class Inetd implements AutoCloseable {
        private final Process process;
        private final InetSocketAddress address;

        Inetd(Map<String, String> environment, String... program) throws IOException {
            address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Loopback.freePort("127.0.0.1"));
            List<String> command = new ArrayList<>(List.of(
                    "setsid",
                    "systemd-socket-activate",
                    "--inetd",
                    "--accept",
                    "--listen=" + ScenariosIT.text(address)));
            environment.forEach((name, value) -> command.add("--setenv=" + name + "=" + value));
            command.addAll(List.of(program));
            Path log = Files.createTempFile(folder, "inetd-", ".log");
            process = Programs.builder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            await().until(() -> text(log).contains("Listening on"));
        }

        InetSocketAddress address() {
            return address;
        }

        @Override
        public void close() {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().onExit().join();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void popa3dIsHeardOctetForOctetBehindTheLogin() throws Exception {
        Programs.require(Files.isExecutable(POPA3D), "popa3d is not installed; -Dvmail.popa3d names its folder");
        Programs.require(Programs.run("id", "popa3d").exitCode() == 0, "popa3d has no user");
        Files.createDirectories(Path.of("/var/lib/popa3d"));
        try (Inetd popa3d = new Inetd(Map.of(), POPA3D.toString())) {
            assertTheSame(popa3d, "Subject: 2");
        }
    }

    @Test
    void courierIsHeardOctetForOctetBehindTheLogin() throws Exception {
        Path login = COURIER.resolve("courierpop3login");
        Programs.require(Files.isExecutable(login), "courier-pop is not installed; -Dvmail.courier names its folder");
        Programs.require(Files.isExecutable(AUTHDAEMON), "courier-authlib is not installed");
        // In a session of its own: when it ends it ends its whole process group, which would be Maven's.
        Process authentication = Programs.builder(List.of("setsid", AUTHDAEMON.toString()))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("authdaemond.log").toFile())
                .start();
        Map<String, String> environment = Map.of(
                "TCPREMOTEIP", "127.0.0.1", "TCPREMOTEPORT", "1234", "TCPLOCALIP", "127.0.0.1", "TCPLOCALPORT", "110");
        try (Inetd courier = new Inetd(
                environment, login.toString(), COURIER.resolve("courierpop3d").toString(), "Maildir")) {
            await().until(() -> Files.exists(AUTHDAEMON_SOCKET)
                    && text(folder.resolve("authdaemond.log")).contains("Installation complete"));
            assertTheSame(courier, "\r\n..dot\r\n");
        } finally {
            authentication.descendants().forEach(ProcessHandle::destroy);
            authentication.destroy();
            authentication.onExit().join();
        }
    }

    private static void assertTheSame(Inetd daemon, String content) throws Exception {
        Path config = Files.writeString(Files.createTempFile(folder, "vmail-", ".toml"), """
                directory = "%s"
                mail = "%s"
                [pop3]
                listen = ["127.0.0.1:0"]
                failure-delay = "10ms"
                [domain-choice.reverse-lookup]
                enabled = false
                [late-chain]
                main-domain = "main.example"
                server = "%s"
                """.formatted(
                        site.directory(), site.mail(), ScenariosIT.text(daemon.address())));
        String straight = session(daemon.address(), USER, PASSWORD);
        try (ServerProcess server = ServerProcess.start(config)) {
            InetSocketAddress chained = server.pop3("127.0.0.1");
            assertThat(straight).contains(content);
            assertThat(session(chained, USER, PASSWORD)).isEqualTo(straight);
            assertThat(session(chained, USER + "@main.example", PASSWORD)).isEqualTo(straight);
            assertThat(session(chained, USER, "wrong")).startsWith("-ERR");
            assertThat(session(chained, "ours@a.example", Site.PASSWORD_A)).contains("+OK 0 0");
            assertThat(server.log()).contains("refuses the login").doesNotContain(" ERROR ");
        }
    }

    /** What the server says from its answer to the password on; a command is sent when the one before is answered. */
    private static String session(InetSocketAddress server, String user, String password) throws IOException {
        StringBuilder said = new StringBuilder();
        try (Socket socket = new Socket(server.getAddress(), server.getPort())) {
            socket.setSoTimeout(30_000);
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
            assertThat(in.readLine()).startsWith("+OK");
            assertThat(ask(socket, in, "USER " + user)).startsWith("+OK");
            String answer = ask(socket, in, "PASS " + password);
            said.append(answer).append("\r\n");
            for (String command : answer.startsWith("+OK") ? COMMANDS : List.<String>of()) {
                String reply = ask(socket, in, command);
                said.append(reply).append("\r\n");
                boolean lines = List.of("LIST", "UIDL", "RETR", "TOP").contains(command.split(" ", 2)[0]);
                while (lines && reply.startsWith("+OK") && !said.toString().endsWith("\r\n.\r\n")) {
                    said.append(in.readLine()).append("\r\n");
                }
            }
            return said.toString();
        }
    }

    private static String ask(Socket socket, BufferedReader in, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(ISO_8859_1));
        return Optional.ofNullable(in.readLine()).orElse("closed");
    }
}
