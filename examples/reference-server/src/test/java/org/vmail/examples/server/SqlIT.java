package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.directory.jdbc.Postgres;

/** The packaged server over Debian's PostgreSQL, which is killed in mid-use and comes back. */
@Tag("interop")
@Timeout(120)
class SqlIT {
    private static final byte[] MESSAGE = "Subject: hello\r\n\r\nhi\r\n".getBytes(ISO_8859_1);

    @TempDir
    Path folder;

    @Test
    void mailWaitsWhileTheDatabaseIsAwayAndUsersOfAMomentAgoLogIn() throws Exception {
        Site site = Site.create(folder);
        try (Postgres postgres = Postgres.start()) {
            postgres.makeTutorialTables();
            try (ServerProcess server = ServerProcess.start(config(site, postgres));
                    Lmtp client = new Lmtp(server.lmtp())) {
                client.deliver("joe@a.example", MESSAGE);
                client.deliver("whoever@a.example", MESSAGE);
                assertThat(Pop3.fetch(server.pop3(Site.A), "joe", "joe-a")).hasSize(2);

                postgres.kill();
                assertThat(Pop3.fetch(server.pop3(Site.A), "joe", "joe-a")).hasSize(2);
                try (Pop3 session = new Pop3(server.pop3(Site.A))) {
                    assertThat(session.tryLogin("jim", "x")).isFalse();
                    assertThat(session.reply()).startsWith("-ERR [SYS/TEMP]");
                }
                try (Lmtp other = new Lmtp(server.lmtp())) {
                    assertThat(other.answerTo("jim@b.example")).startsWith("451 4.3.0");
                }
                assertThat(server.log()).doesNotContain(Postgres.PASSWORD, "{PLAIN}");

                postgres.startServer();
                await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                    try (Lmtp other = new Lmtp(server.lmtp())) {
                        assertThat(other.answerTo("jim@b.example")).startsWith("550 5.1.1");
                    }
                });
                client.deliver("joe@a.example", MESSAGE);
                assertThat(Pop3.fetch(server.pop3(Site.A), "joe", "joe-a")).hasSize(3);
            }
        }
    }

    private Path config(Site site, Postgres postgres) throws Exception {
        Path secret = Files.writeString(folder.resolve("secret"), Postgres.PASSWORD);
        Path config = site.config(Optional.empty());
        String files = Files.readString(config);
        return Files.writeString(
                config, files.substring(files.indexOf("mail = ")) + """

                [sql]
                url = "%s"
                user = "vmail"
                password-file = "%s"
                fresh-for = "0s"
                absent-for = "0s"
                timeout = "1s"
                """.formatted(postgres.url(), secret));
    }
}
