package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.delivery.lmtp.LmtpOptions;
import org.vmail.net.ServerOptions;
import org.vmail.pop3.Pop3Options;

/** What the documentation says of the configuration file. */
class DocumentedSettingsTest {
    private static final Path DOCS = Path.of("../../docs");

    @TempDir
    Path folder;

    @Test
    void theUserGuideShowsSettingsThatExistWithTheirDefaults() throws Exception {
        List<String> guide = Files.readAllLines(DOCS.resolve("user-guide.md"));
        int begin = guide.indexOf("```toml");
        int end = begin + guide.subList(begin, guide.size()).indexOf("```");

        Settings settings = SettingsFile.read(Files.write(folder.resolve("guide.toml"), guide.subList(begin + 1, end)));

        assertThat(settings.pop3().options()).usingRecursiveComparison().isEqualTo(Pop3Options.defaults());
        assertThat(settings.pop3().server()).usingRecursiveComparison().isEqualTo(ServerOptions.defaults());
        assertThat(settings.lmtp().server()).usingRecursiveComparison().isEqualTo(ServerOptions.defaults());
        assertThat(settings.lmtp().options())
                .usingRecursiveComparison()
                .ignoringFields("values.hostName", "values.spoolFolder") // these depend on the machine
                .isEqualTo(LmtpOptions.defaults());
        assertThat(settings.hostedDomains().domains()).hasSize(1);
        assertThat(settings.nativeDaemon()).isPresent();
        assertThat(settings.domainChoice().reverseLookup().orElseThrow().refresh())
                .isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void theUserGuideShowsEverySetting() throws Exception {
        StringBuilder source = new StringBuilder();
        for (String name : List.of(
                "SettingsFile",
                "RelaySettings",
                "AutoReplySettings",
                "DomainSettingsFile",
                "HostedDomainSettings",
                "ListenerSettings",
                "NativeDaemonSettings",
                "SystemUsers")) {
            source.append(Files.readString(Path.of("src/main/java/org/vmail/examples/server", name + ".java")));
        }
        String guide = Files.readString(DOCS.resolve("user-guide.md"));
        assertThat(source.toString()
                        .lines()
                        .flatMap(line -> Pattern.compile("\\.\\w+\\(\"([a-z0-9-]+)\"")
                                .matcher(line)
                                .results())
                        .map(match -> match.group(1)))
                .hasSizeGreaterThan(100)
                .allSatisfy(key -> assertThat(guide).contains(key));
    }

    @Test
    void theConfigurationToBeginWithIsOne() throws Exception {
        Settings settings = SettingsFile.read(DOCS.resolve("vmail.toml"));
        assertThat(settings.pop3().listeners()).hasSize(1);
        assertThat(settings.lmtp().listeners()).hasSize(1);
    }
}
