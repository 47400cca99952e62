package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A HAProxy with a configuration of its own, in the foreground. */
final class Haproxy implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Process process;
    private final Path log;

    private Haproxy(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts it with TCP front ends and back ends, and returns when all back ends have been found alive. */
    static Haproxy start(Path folder, String ends, int backEnds) throws IOException {
        return run(folder, """
                global
                  log stdout format raw local0
                  ssl-default-bind-options ssl-min-ver TLSv1.2
                defaults
                  mode tcp
                  log global
                  option log-health-checks
                  timeout connect 10s
                  timeout client 60s
                  timeout server 60s
                  timeout check 10s
                """ + ends, backEnds);
    }

    /** Starts it with a configuration that is complete, and returns when all back ends have been found alive. */
    static Haproxy run(Path folder, String configuration, int backEnds) throws IOException {
        Path config = Files.writeString(folder.resolve("haproxy.cfg"), configuration);
        Path log = folder.resolve("haproxy.log");
        Process process = Programs.builder(List.of("haproxy", "-db", "-f", config.toString()))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Haproxy haproxy = new Haproxy(process, log);
        try {
            await().atMost(LIMIT).until(() -> haproxy.succeededChecks() >= backEnds || !process.isAlive());
            assertThat(process.isAlive()).as(haproxy.log()).isTrue();
            return haproxy;
        } catch (RuntimeException | Error e) {
            haproxy.close();
            throw e;
        }
    }

    String log() {
        try {
            return Files.readString(log, UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private long succeededChecks() {
        return log().lines().filter(line -> line.contains("succeeded")).count();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
