package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The packaged server, serving as a process of its own. */
final class ServerProcess implements AutoCloseable {
    /** What a JVM that SIGTERM ended leaves as its exit code. */
    static final int TERMINATED = 128 + 15;

    private static final String SERVING = "ServeCommand Serving POP3 on ";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Process process;
    private final Path log;

    private ServerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts the server and returns when it serves. */
    static ServerProcess start(Path config) throws IOException {
        Path log = Files.createTempFile(config.getParent(), "server-", ".log");
        ServerProcess server = new ServerProcess(
                Programs.builder(PackagedJar.command("serve", "--config", config.toString()))
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start(),
                log);
        try {
            await().atMost(LIMIT).until(() -> server.log().contains(SERVING) || !server.process.isAlive());
            assertThat(server.log()).contains(SERVING);
            return server;
        } catch (RuntimeException | Error e) {
            server.process.destroyForcibly();
            throw e;
        }
    }

    /** Where POP3 is spoken on one of the configured addresses; the system chose the port. */
    InetSocketAddress pop3(String host) {
        return address("POP3 on \\[[^]]*/", host);
    }

    InetSocketAddress lmtp() {
        return address("LMTP on \\[/", "127.0.0.1");
    }

    String log() {
        try {
            return Files.readString(log, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SIGTERM, as service managers send it. Returns the exit code. */
    int terminate() throws InterruptedException {
        process.destroy();
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as("the server ends when it is told to")
                .isTrue();
        return process.exitValue();
    }

    /** SIGKILL: whatever the server had in mind, it cannot do it any more. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    private InetSocketAddress address(String before, String host) {
        Matcher address =
                Pattern.compile(before + Pattern.quote(host) + ":(\\d+)").matcher(log());
        assertThat(address.find()).as("the log says where %s listens", host).isTrue();
        return new InetSocketAddress(host, Integer.parseInt(address.group(1)));
    }
}
