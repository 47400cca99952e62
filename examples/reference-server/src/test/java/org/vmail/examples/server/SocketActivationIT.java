package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged server, started with a socket that somebody else has opened, as systemd and inetd do. */
@Tag("interop")
class SocketActivationIT {
    private static final Path UNITS = Path.of("../../docs/systemd");
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private Path config;
    private InetSocketAddress address;
    private Optional<Process> activator = Optional.empty();

    @BeforeEach
    void configure() throws IOException {
        Programs.require("systemd-socket-activate");
        Site site = Site.create(folder, "joe");
        config = Files.writeString(folder.resolve("inherited.toml"), """
                directory = "%s"
                mail = "%s"
                [[pop3.listener]]
                address = "inherited"
                [domain-choice.addresses]
                "127.0.0.1" = "a.example"
                """.formatted(site.directory(), site.mail()));
        address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Loopback.freePort("127.0.0.1"));
    }

    @AfterEach
    void end() {
        activator.ifPresent(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().onExit().join();
        });
    }

    /** Listens, and starts the server when somebody connects. */
    private Process activate(List<String> server, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of("systemd-socket-activate", "--inetd"));
        command.addAll(List.of(options));
        command.add("--listen=127.0.0.1:" + address.getPort());
        command.addAll(server);
        Process process = Programs.builder(command)
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
        activator = Optional.of(process);
        await().atMost(LIMIT).until(() -> text().contains("Listening on"));
        return process;
    }

    private List<String> serve() {
        return PackagedJar.command("serve", "--config", config.toString());
    }

    private Path log() {
        return folder.resolve("activated.log");
    }

    private String text() {
        try {
            return Files.exists(log()) ? Files.readString(log(), UTF_8) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void session() throws IOException {
        try (Pop3 client = Pop3.login(address, "joe", Site.PASSWORD_A)) {
            assertThat(client.sizes()).isEmpty();
            client.quit();
        }
    }

    @Test
    void theServerTakesTheListeningSocketOver() throws Exception {
        Process server = activate(serve());
        session();
        session();
        try (Pop3 open = Pop3.login(address, "joe", Site.PASSWORD_A)) {
            server.destroy();
            assertThat(server.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(open.send("NOOP")).as("closed").isNotZero();
        } catch (IOException closed) {
            assertThat(closed).isNotNull();
        }

        assertThat(server.exitValue()).isEqualTo(ServerProcess.TERMINATED);
        assertThat(text()).contains("Serving POP3 on [/127.0.0.1:" + address.getPort() + "]");
        assertThat(text().lines().filter(line -> line.contains("Session ended")))
                .as("what happens while the server closes is still logged")
                .hasSize(3);
    }

    @Test
    void theServerServesTheConnectionThatItIsStartedForAndEnds() throws Exception {
        Process parent = activate(serve(), "--accept");
        session();
        await().atMost(LIMIT)
                .until(() -> parent.descendants()
                        .filter(ProcessHandle::isAlive)
                        .findAny()
                        .isEmpty());
        session();
        await().atMost(LIMIT)
                .until(() -> parent.descendants()
                        .filter(ProcessHandle::isAlive)
                        .findAny()
                        .isEmpty());

        assertThat(text()).doesNotContain("ERROR").contains("died with code 0");
    }

    @Test
    void aProgramLearnsThatItsConnectionIsOver() throws Exception {
        Path over = folder.resolve("over");
        Path program = Files.writeString(folder.resolve("OneConnection.java"), """
                import java.nio.file.*;
                import org.vmail.directory.Directory;
                import org.vmail.mailbox.memory.InMemoryStore;
                import org.vmail.net.Listener;
                import org.vmail.pop3.Pop3Server;

                class OneConnection {
                    public static void main(String[] args) throws Exception {
                        Directory directory = Directory.inMemory().account("joe@a.example", "%s").build();
                        try (Pop3Server server = Pop3Server.builder(directory, new InMemoryStore())
                                .listen(Listener.inherited())
                                .build()) {
                            server.start();
                            server.awaitEnd();
                            Files.writeString(Path.of("%s"), "over");
                        }
                    }
                }
                """.formatted(Site.PASSWORD_A, over));
        activate(PackagedJar.program(program), "--accept");
        try (Pop3 client = Pop3.login(address, "joe@a.example", Site.PASSWORD_A)) {
            assertThat(over).doesNotExist();
            client.quit();
        }
        await().atMost(LIMIT).until(() -> Files.exists(over));
    }

    @Test
    void withoutASocketTheServerSaysSo() throws Exception {
        Programs.Result result = PackagedJar.run("serve", "--config", config.toString());

        assertThat(result.exitCode()).isEqualTo(Sysexits.UNAVAILABLE);
        result.assertOneLine();
        assertThat(result.errors()).contains("standard input", "socket activation");
    }

    @Test
    void theDocumentedUnitsAreInOrder() throws Exception {
        Programs.require("systemd-analyze");
        String service = Files.readString(UNITS.resolve("vmail.service"))
                .replace(
                        "/usr/bin/java",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString());
        Files.writeString(folder.resolve("vmail.service"), service);
        Files.copy(UNITS.resolve("vmail.socket"), folder.resolve("vmail.socket"));

        Programs.Result result = Programs.run(
                "systemd-analyze",
                "verify",
                folder.resolve("vmail.socket").toString(),
                folder.resolve("vmail.service").toString());

        assertThat(result.errors()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(service).contains("StandardInput=socket", "StandardOutput=journal", "StandardError=journal");
    }
}
