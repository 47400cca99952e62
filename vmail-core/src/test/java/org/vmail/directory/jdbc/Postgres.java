package org.vmail.directory.jdbc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.postgresql.ds.PGSimpleDataSource;

/** A cluster of Debian's PostgreSQL of our own, on loopback, in a folder of its own that goes with it. */
public final class Postgres implements AutoCloseable {
    private static final Path INSTALLED = Path.of("/usr/lib/postgresql");
    public static final String PASSWORD = "pg:secret";

    private final Path folder;
    private final int port;
    private Process server;

    private Postgres(Path folder, int port) {
        this.folder = folder;
        this.port = port;
    }

    /** Makes a cluster and starts its server. */
    public static Postgres start() throws IOException {
        Path folder = Files.createTempDirectory(Path.of("/tmp"), "vmail-postgres");
        Postgres postgres = new Postgres(folder, freePort());
        Path secret = Files.writeString(folder.resolve("secret"), PASSWORD);
        run(List.of("chown", "-R", isRoot() ? "postgres" : System.getProperty("user.name"), folder.toString()));
        run(postgres.command(
                "initdb",
                "-D",
                folder.resolve("data").toString(),
                "-U",
                "vmail",
                "-A",
                "scram-sha-256",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--pwfile=" + secret));
        postgres.startServer();
        return postgres;
    }

    /** Starts the server, again if it was killed. */
    public void startServer() throws IOException {
        server = new ProcessBuilder(command(
                        "postgres",
                        "-D",
                        folder.resolve("data").toString(),
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories=" + folder))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
            try (Connection connection = source().getConnection()) {
                return connection.isValid(1);
            }
        });
    }

    /** Ends the server and all of its connections at once, without any goodbye. */
    public void kill() throws IOException {
        run(List.of("kill", "-QUIT", Long.toString(server.pid())));
        server.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    }

    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    PGSimpleDataSource source() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl(url());
        source.setUser("vmail");
        source.setPassword(PASSWORD);
        source.setConnectTimeout(5);
        return source;
    }

    /** Makes tables. */
    public void run(String script) throws SQLException {
        new Tables(source()).run(script);
    }

    /** Makes the tables of the tutorials, with two domains and a few users. */
    public void makeTutorialTables() throws SQLException {
        run("DROP TABLE IF EXISTS virtual_domains, virtual_users, virtual_aliases;" + Tables.TUTORIAL);
    }

    /** Makes PostfixAdmin's tables. */
    public void makePostfixAdminTables() throws SQLException {
        run("DROP TABLE IF EXISTS domain, alias_domain, mailbox, alias;" + Tables.POSTFIX_ADMIN);
    }

    @Override
    public void close() throws IOException {
        if (server != null && server.isAlive()) {
            kill();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    /** The server refuses to be root. */
    private List<String> command(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"));
        }
        try (Stream<Path> versions = Files.list(INSTALLED)) {
            command.add(versions.max(Path::compareTo)
                    .orElseThrow()
                    .resolve("bin")
                    .resolve(program)
                    .toString());
        }
        command.addAll(List.of(arguments));
        return command;
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.onExit().join().exitValue())
                .as("%s: %s", command, output)
                .isZero();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
