package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a configuration means, and what is wrong behind it. */
class CheckCommandTest {
    @TempDir
    Path folder;

    private Site site;
    private Path config;

    @BeforeEach
    void create() throws IOException {
        site = Site.create(folder, "joe", "ann");
        config = site.config(Optional.empty());
    }

    @Test
    void aSoundConfigurationSaysWhatEachAddressIsFor() throws Exception {
        Programs.Result result = check().successful();

        assertThat(result.output())
                .contains("2 domains: [a.example, b.example]")
                .contains("127.0.0.2: a.example [", "127.0.0.4: all domains [")
                .contains("all is well");
        assertThat(result.errors()).isEmpty();
    }

    @Test
    void aBrokenLineIsNamedByFileAndNumber() throws Exception {
        Path passwd = site.directory().resolve("passwd.b.example");
        Files.writeString(passwd, Files.readString(passwd) + "kim:" + Site.hash("secret") + "\n");

        Programs.Result result = check();

        assertThat(result.exitCode()).isEqualTo(78);
        assertThat(result.errors()).contains(passwd + ":3: ").doesNotContain("$2b$");
        assertThat(result.output()).doesNotContain("all is well");
    }

    @Test
    void anAddressOfADomainThatIsNotHostedIsAProblem() throws Exception {
        Files.delete(site.directory().resolve("passwd.b.example"));

        Programs.Result result = check();

        assertThat(result.exitCode()).isEqualTo(78);
        assertThat(result.errors()).contains("127.0.0.3", "b.example");
    }

    @Test
    void aSpoolFolderThatIsMissingIsAProblem() throws Exception {
        Files.delete(site.spool());

        Programs.Result result = check();

        assertThat(result.exitCode()).isEqualTo(78);
        assertThat(result.errors()).contains("lmtp.spool-folder", site.spool().toString());
    }

    private Programs.Result check() throws IOException, InterruptedException {
        return OwnCommand.run("check", "--config", config.toString());
    }
}
