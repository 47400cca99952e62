package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two hundred users of a Dovecot, all logged in, some in the middle of a message, when it is killed and comes back. */
@Tag("interop")
class BackEndKilledIT {
    private static final int SESSIONS = 200;
    private static final String CLIENT = "127.0.0.77";
    /** For more processes and connections than it allows by default, and without its own pauses. */
    private static final List<String> LIMITS = List.of(
            "default_process_limit = 1000",
            "default_client_limit = 4000",
            "mail_max_userip_connections = 1000",
            "login_trusted_networks = 127.0.0.0/8",
            "service pop3-login {",
            "  service_count = 0",
            "}");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"[native-daemon]\ntcp", "[late-chain]\nmain-domain = \"main.example\"\nserver"})
    void everyClientIsToldAndThoseThatComeAgainAreServed(String chain) throws Exception {
        Dovecot.require();
        Loopback.requireAddresses(CLIENT);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Site site = Site.create(folder, "ours");
        try (Dovecot dovecot =
                Dovecot.start(Files.createDirectory(folder.resolve("dovecot")), site.mail(), LIMITS, "joe")) {
            dovecot.deliver("joe", Mail.large(20_000_000));
            try (ServerProcess server = ServerProcess.start(config(site, chain, dovecot))) {
                List<Client> clients = allLoggedIn(server.pop3("127.0.0.1"));
                for (int i = 0; i < SESSIONS; i += 10) {
                    clients.get(i).beginToRetrieve();
                }

                dovecot.kill();

                for (Client client : clients) {
                    client.expectTheEnd();
                }
                assertThat(new Client(server.pop3("127.0.0.1")).logIn()).startsWith("-ERR [SYS/TEMP]");
                assertThat(server.log().lines().filter(line -> line.contains("\tat ")))
                        .as("stack traces")
                        .isEmpty();
                dovecot.start();
                await().untilAsserted(() ->
                        assertThat(new Client(server.pop3("127.0.0.1")).logIn()).startsWith("+OK Logged in"));
            }
        }
    }

    private Path config(Site site, String chain, Dovecot dovecot) throws IOException {
        return Files.writeString(folder.resolve("vmail.toml"), """
                directory = "%s"
                mail = "%s"
                [pop3]
                listen = ["127.0.0.1:0"]
                max-connections-per-client = 1000
                failure-delay = "10ms"
                [domain-choice.reverse-lookup]
                enabled = false
                %s = "%s"
                """.formatted(
                        site.directory(), site.mail(), chain, ScenariosIT.text(dovecot.pop3())));
    }

    private static List<Client> allLoggedIn(InetSocketAddress server) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(SESSIONS);
        try {
            List<Future<Client>> logins = new ArrayList<>();
            for (int i = 0; i < SESSIONS; i++) {
                logins.add(threads.submit(() -> {
                    Client client = new Client(server);
                    assertThat(client.logIn()).startsWith("+OK Logged in");
                    return client;
                }));
            }
            List<Client> clients = new ArrayList<>();
            for (Future<Client> login : logins) {
                clients.add(login.get(120, TimeUnit.SECONDS));
            }
            return clients;
        } finally {
            threads.shutdownNow();
        }
    }

    /** Sends a command and reads its answer, one at a time. */
    private static final class Client {
        private final Socket socket;
        private final BufferedReader in;

        Client(InetSocketAddress server) throws IOException {
            socket = new Socket();
            socket.setReceiveBufferSize(8192);
            socket.setSoTimeout(60_000);
            socket.bind(new InetSocketAddress(InetAddress.getByName(CLIENT), 0));
            socket.connect(server);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
        }

        /** The answer to the password, or what the server says instead of letting it come so far. */
        String logIn() throws IOException {
            String greeting = in.readLine();
            if (!greeting.startsWith("+OK")) {
                return greeting;
            }
            assertThat(ask("USER joe")).startsWith("+OK");
            return ask("PASS " + Dovecot.PASSWORD);
        }

        private String ask(String command) throws IOException {
            socket.getOutputStream().write((command + "\r\n").getBytes(ISO_8859_1));
            return in.readLine();
        }

        void beginToRetrieve() throws IOException {
            assertThat(ask("RETR 1")).startsWith("+OK");
        }

        /** Without the end of a message that did not come whole. */
        void expectTheEnd() throws IOException {
            try (socket) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    assertThat(line).isNotEqualTo(".");
                }
            } catch (SocketException reset) {
                assertThat(reset).hasMessageContaining("reset");
            }
        }
    }
}
