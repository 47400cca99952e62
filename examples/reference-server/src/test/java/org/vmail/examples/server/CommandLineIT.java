package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands as an MTA or a shell sees them: processes of the packaged jar. */
class CommandLineIT {
    private static final String MESSAGE = "Subject: hello\n\nDear Joe\n";

    @TempDir
    Path folder;

    private Site site;
    private Path config;

    @BeforeEach
    void create() throws IOException {
        site = Site.create(folder, "joe");
        config = site.config(Optional.empty());
    }

    @Test
    void theExitCodeOfADeliveryReachesTheMta() throws Exception {
        Programs.Result delivered = deliver("joe@a.example");
        Programs.Result unknown = deliver("nobody@a.example");
        Programs.Result bad = deliver("joe@..");
        Files.delete(config);
        Programs.Result broken = deliver("joe@a.example");

        assertThat(delivered.successful().output()).isEmpty();
        assertThat(site.mailbox("joe", "a.example").resolve("new")).isNotEmptyDirectory();
        assertThat(unknown.exitCode()).isEqualTo(67);
        assertThat(unknown.output()).startsWith("5.1.1 ");
        assertThat(bad.exitCode()).isEqualTo(65);
        assertThat(bad.output()).startsWith("5.1.3 ");
        assertThat(broken.exitCode()).isEqualTo(75);
        assertThat(broken.output()).startsWith("4.3.5 ").contains(config.toString());
    }

    @Test
    void theLogDoesNotStandBeforeTheStatusThatPostfixReads() throws Exception {
        Files.createDirectory(site.mailbox("joe", "a.example").getParent());
        Files.writeString(site.mailbox("joe", "a.example"), "a file where a folder should be");
        site.alias("a.example", "what is this");

        Programs.Result result = Programs.run(
                Programs.builder(command("joe@a.example")).redirectErrorStream(true), MESSAGE.getBytes(UTF_8));

        assertThat(result.exitCode()).isEqualTo(75);
        assertThat(result.output())
                .as("pipe(8) reads both outputs as one")
                .startsWith("4.2.0 ")
                .contains("aliases.a.example:1:");
    }

    @Test
    void aProblemIsOneLineAndAnExitCode() throws Exception {
        Programs.Result command = PackagedJar.run("sevre");
        Programs.Result settings =
                PackagedJar.run("check", "--config", folder.resolve("none").toString());
        Programs.Result noTerminal = PackagedJar.run("password");
        Files.delete(site.mail());
        Programs.Result mail = PackagedJar.run("serve", "--config", config.toString());

        assertThat(command.exitCode()).isEqualTo(64);
        assertThat(settings.exitCode()).isEqualTo(78);
        settings.assertOneLine();
        assertThat(noTerminal.exitCode()).isEqualTo(65);
        noTerminal.assertOneLine();
        assertThat(mail.exitCode()).isEqualTo(69);
        mail.assertOneLine();
    }

    @Test
    void theDemoShowsBothDomainsAndTheNativeDaemonAndLeavesNothing() throws Exception {
        Loopback.requireAddresses(Site.A, Site.B, Site.SHARED);
        List<String> command = PackagedJar.command("demo", "--once");
        command.add(1, "-Djava.io.tmpdir=" + Files.createDirectory(folder.resolve("tmp")));

        Programs.Result result = Programs.run(command).successful();

        assertThat(result.output())
                .contains("Dear Joe of A", "Dear Joe of B", "+OK native POP3 daemon ready", "550 5.1.1");
        assertThat(result.errors()).isEmpty();
        assertThat(folder.resolve("tmp")).isEmptyDirectory();
    }

    private Programs.Result deliver(String recipient) throws IOException, InterruptedException {
        return Programs.run(Programs.builder(command(recipient)), MESSAGE.getBytes(UTF_8));
    }

    private List<String> command(String recipient) {
        return PackagedJar.command("deliver", "--config", config.toString(), "-f", "ann@far.example", "-d", recipient);
    }
}
