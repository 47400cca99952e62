package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.domain.ReverseLookup;

/** What an administrator does about mail that waits, with a server that runs and with one that does not. */
@Timeout(120)
class SpoolCommandTest {
    private static final byte[] MESSAGE = "Subject: hello\r\n\r\nhi\r\n".getBytes(ISO_8859_1);
    private static final Pattern ID = Pattern.compile("(?m)^([0-9.]+) from=<ann@far\\.example> .* attempts=1 ");

    private static final Pattern REPORT = Pattern.compile("(?m)^([0-9.]+) from=<> ");

    @TempDir
    private Path folder;

    private Path config;
    private ReferenceServer server;

    /** Nobody is there to take mail. */
    @BeforeEach
    void start() throws Exception {
        Site site = Site.create(folder, "joe");
        site.alias("a.example", "far: someone@far.example");
        config = site.config(Optional.empty());
        Files.writeString(
                config,
                Files.readString(config) + "\n[relay]\nspool-folder = \"" + folder.resolve("relay")
                        + "\"\nour-name = \"us.example\"\nsmart-host = \"127.0.0.1:" + Loopback.freePort("127.0.0.1")
                        + "\"\n");
        server = startServer();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private ReferenceServer startServer() throws Exception {
        return ReferenceServer.start(SettingsFile.read(config), ReverseLookup.system());
    }

    private Programs.Result spool(String... words) {
        Object[] arguments = new Object[words.length + 3];
        arguments[0] = "spool";
        System.arraycopy(words, 0, arguments, 1, words.length);
        arguments[words.length + 1] = "--config";
        arguments[words.length + 2] = config;
        return OwnCommand.run(arguments);
    }

    /** A message that was tried once. */
    private String waiting() throws IOException {
        try (Lmtp client = new Lmtp(server.lmtpAddresses().get(0))) {
            client.deliver("far@a.example", MESSAGE);
        }
        await().until(() -> ID.matcher(spool("list").output()).find());
        Matcher matcher = ID.matcher(spool("list").output());
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    @Test
    void whatWaitsIsListedAndShown() throws IOException {
        assertThat(spool("list").successful().output()).endsWith("0 messages\n");
        String id = waiting();

        assertThat(spool("list").successful().output())
                .contains(id + " from=<ann@far.example> octets=")
                .endsWith("\n    <someone@far.example> 4.4.1 the next host cannot be reached\n1 message\n");
        assertThat(spool("show", id).successful().output())
                .contains("Subject: hello")
                .endsWith("\r\n\r\nhi\r\n");
    }

    @Test
    void whatIsGivenUpIsReportedAndWhatIsDroppedIsGone() throws IOException {
        String id = waiting();

        assertThat(spool("return", id).successful().output()).endsWith("returned\n");
        assertThat(spool("list").output()).doesNotContain(id).contains("\n    <ann@far.example>");

        Matcher report = REPORT.matcher(spool("list").output());
        assertThat(report.find()).isTrue();
        assertThat(spool("show", report.group(1)).output()).contains("Status: 5.0.0", "given up by the administrator");
        assertThat(spool("drop", report.group(1)).successful().output()).endsWith("dropped\n");
        assertThat(spool("list").output()).endsWith("0 messages\n");
    }

    @Test
    void whatIsTriedNowIsTriedAgainThoughItsTimeHasNotCome() throws IOException {
        String id = waiting();

        assertThat(spool("retry").successful().output()).endsWith("tried now\n");
        await().until(() -> spool("list").output().contains(" attempts=2 "));
        assertThat(spool("retry", id).successful().output()).endsWith("tried now\n");
        await().until(() -> spool("list").output().contains(" attempts=3 "));
    }

    @Test
    void aServerThatDoesNotRunDoesItWhenItIsStarted() throws Exception {
        String id = waiting();
        server.close();

        assertThat(spool("drop", id).successful().output())
                .startsWith("noted; it will be dropped when the server runs");
        assertThat(spool("list").output()).contains(id);
        server = startServer();
        assertThat(spool("list").output()).endsWith("0 messages\n");
    }

    @Test
    void whatMakesNoSenseIsRefused() throws IOException {
        waiting();

        assertThat(spool("drop", "1.2.3.4").exitCode()).isEqualTo(65);
        assertThat(spool("show", "../lock").errors()).isEqualTo("vmail: there is no message ../lock\n");
        assertThat(spool("drop").exitCode()).isEqualTo(64);
        Path plain = Site.create(Files.createDirectory(folder.resolve("plain")), "joe")
                .config(Optional.empty());
        Programs.Result none = OwnCommand.run("spool", "list", "--config", plain);
        assertThat(none.exitCode()).isEqualTo(78);
        assertThat(none.errors()).contains("relay.spool-folder is missing");
    }
}
