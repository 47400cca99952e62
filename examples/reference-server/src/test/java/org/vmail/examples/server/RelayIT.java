package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The packaged server and the mail that it sends on. */
@Timeout(120)
class RelayIT {
    private static final byte[] MESSAGE = "Subject: hello\r\n\r\nhi\r\n".getBytes(ISO_8859_1);

    @TempDir
    private Path folder;

    @Test
    void whatWasAcceptedIsSentOnceByTheServerThatFollowsAKilledOne() throws Exception {
        Site site = Site.create(folder, "joe");
        site.alias("a.example", "far: joe, someone@far.example");
        String plain = Files.readString(site.config(Optional.empty()));
        String away;
        try (SmtpSink closed = new SmtpSink()) {
            away = closed.address();
        }
        Path config = folder.resolve("vmail.toml");
        Files.writeString(config, plain + relay(away));
        try (ServerProcess server = ServerProcess.start(config);
                Lmtp client = new Lmtp(server.lmtp())) {
            client.deliver("far@a.example", MESSAGE);
            server.kill();
        }

        try (SmtpSink sink = new SmtpSink()) {
            Files.writeString(config, plain + relay(sink.address()));
            try (ServerProcess server = ServerProcess.start(config)) {
                assertThat(sink.next().to()).singleElement().asString().startsWith("RCPT TO:<someone@far.example>");
                assertThat(server.terminate()).isEqualTo(ServerProcess.TERMINATED);
            }
            try (ServerProcess server = ServerProcess.start(config)) {
                assertThat(server.terminate()).isEqualTo(ServerProcess.TERMINATED);
            }
            assertThat(sink.isEmpty()).isTrue();
        }
    }

    private String relay(String host) {
        return """

                [relay]
                spool-folder = "%s"
                smart-host = "%s"
                min-retry-interval = "200ms"
                max-retry-interval = "200ms"
                pause = "200ms"
                """.formatted(folder.resolve("relay"), host);
    }
}
