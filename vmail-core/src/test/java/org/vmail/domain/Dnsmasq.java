package org.vmail.domain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Debian's dnsmasq on a loopback address, which knows only what it is told. */
final class Dnsmasq implements AutoCloseable {
    private final InetSocketAddress address;
    private final Path log;
    private Process process;

    private Dnsmasq(InetSocketAddress address, Path log, Process process) {
        this.address = address;
        this.log = log;
        this.process = process;
    }

    static Dnsmasq start(Path folder, String... records) throws IOException {
        Path log = folder.resolve("dnsmasq.log");
        for (int attempt = 0; attempt < 10; attempt++) {
            InetSocketAddress address = freeAddress();
            Dnsmasq dnsmasq = new Dnsmasq(address, log, run(address, log, records));
            if (dnsmasq.isListening()) {
                return dnsmasq;
            }
        }
        throw new IOException("dnsmasq does not start: " + Files.readString(log));
    }

    /** Free for UDP and TCP, unless somebody else takes it before dnsmasq does. */
    private static InetSocketAddress freeAddress() throws IOException {
        try (ServerSocket streams = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                DatagramSocket datagrams =
                        new DatagramSocket(streams.getLocalPort(), InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) datagrams.getLocalSocketAddress();
        }
    }

    private static Process run(InetSocketAddress address, Path log, String... records) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "dnsmasq",
                "--keep-in-foreground",
                "--log-facility=-",
                "--conf-file=/dev/null",
                "--pid-file=",
                "--user=" + System.getProperty("user.name"),
                "--port=" + address.getPort(),
                "--listen-address=" + address.getAddress().getHostAddress(),
                "--bind-interfaces",
                "--no-resolv",
                "--no-hosts",
                "--local=/2.0.192.in-addr.arpa/"));
        command.addAll(List.of(records));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    /** By UDP: for each TCP connection it has a child, which would outlive it and keep the port. */
    private boolean isListening() {
        ReverseLookup probe =
                ReverseLookup.dns(servers().withTimeout(Duration.ofMillis(200)).withAttempts(1));
        await().until(() -> {
            try {
                return !process.isAlive() || probe.names(Targets.TWO).names().isEmpty();
            } catch (IOException notYet) {
                return false;
            }
        });
        return process.isAlive();
    }

    DnsServers servers() {
        return DnsServers.at(List.of(address));
    }

    /** It still has its port, and does nothing any more. */
    void stop() throws IOException, InterruptedException {
        signal("STOP");
    }

    void goOn() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String name) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start();
        assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(kill.exitValue()).isZero();
    }

    void kill() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    /** On the same port. */
    void restart(String... records) throws IOException {
        process = run(address, log, records);
        assertThat(isListening()).as("see %s", log).isTrue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
