package org.vmail.examples.server;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Exim from Debian's package, with spool and configuration of its own. */
final class Exim implements Mta {
    private static final String PROGRAM = "/usr/sbin/exim4";

    private final Path folder;
    private final int port;
    private final Process daemon;

    private Exim(Path folder, int port, Process daemon) {
        this.folder = folder;
        this.port = port;
        this.daemon = daemon;
    }

    static void require() {
        Programs.require(
                Files.isExecutable(Path.of(PROGRAM)) && "root".equals(System.getProperty("user.name")),
                "exim4-daemon-light is not installed, or this is not root");
    }

    /** Starts it with a configuration that says nothing of the machine. */
    static Exim start(Path folder, String configuration) throws IOException {
        int port = Mta.freePort();
        Files.createDirectory(folder.resolve("log"));
        Files.setOwner(
                folder.resolve("log"),
                folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("Debian-exim"));
        Path file = Files.writeString(folder.resolve("exim.conf"), """
                primary_hostname = mx.example
                local_interfaces = 127.0.0.1
                daemon_smtp_ports = %1$d
                spool_directory = %2$s/spool
                log_file_path = %2$s/log/%%s
                pid_file_path = %2$s/pid
                keep_environment =
                tls_advertise_hosts =
                host_lookup =
                rfc1413_hosts =
                """.formatted(port, folder) + configuration);
        Process daemon = Programs.builder(List.of(PROGRAM, "-C", file.toString(), "-bdf", "-q1h"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("out").toFile())
                .start();
        Exim exim = new Exim(folder, port, daemon);
        await().until(() -> exim.complaints().contains("daemon started") || !daemon.isAlive());
        return exim;
    }

    private Programs.Result run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(PROGRAM, "-C", folder.resolve("exim.conf").toString()));
        command.addAll(List.of(arguments));
        return Programs.run(command);
    }

    @Override
    public InetSocketAddress address() {
        return Mta.loopback(port);
    }

    @Override
    public String complaints() throws IOException {
        Path log = folder.resolve("log/main");
        return Files.exists(log) ? Files.readString(log) : "";
    }

    @Override
    public boolean isQueueEmpty() throws IOException, InterruptedException {
        return run("-bpc").successful().output().strip().equals("0");
    }

    @Override
    public void flush() throws IOException, InterruptedException {
        run("-qff").successful();
    }

    @Override
    public void stop() throws IOException, InterruptedException {
        daemon.destroy();
        daemon.waitFor();
    }
}
