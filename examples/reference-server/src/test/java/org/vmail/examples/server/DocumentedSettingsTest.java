package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.delivery.lmtp.LmtpOptions;
import org.vmail.net.ServerOptions;
import org.vmail.pop3.Pop3Options;

/** What the documentation says of the configuration file. */
class DocumentedSettingsTest {
    private static final Path GUIDE = Path.of("../../docs/guide");

    @TempDir
    Path folder;

    @Test
    void theGuideShowsSettingsThatExistWithTheirDefaults() throws Exception {
        Settings settings = SettingsFile.read(Files.writeString(
                folder.resolve("guide.toml"),
                blocks(GUIDE.resolve("settings.md"), "toml").get(0)));

        assertThat(settings.pop3().options()).usingRecursiveComparison().isEqualTo(Pop3Options.defaults());
        assertThat(settings.pop3().server()).usingRecursiveComparison().isEqualTo(ServerOptions.defaults());
        assertThat(settings.lmtp().server()).usingRecursiveComparison().isEqualTo(ServerOptions.defaults());
        assertThat(settings.lmtp().options())
                .usingRecursiveComparison()
                .ignoringFields("values.hostName", "values.spoolFolder") // these depend on the machine
                .isEqualTo(LmtpOptions.defaults());
        assertThat(settings.lmtp().copies())
                .isEqualTo(SettingsFile.read(
                                Files.writeString(folder.resolve("empty.toml"), "directory = \"d\"\nmail = \"m\"\n"))
                        .lmtp()
                        .copies());
        assertThat(settings.hostedDomains().domains()).hasSize(1);
        assertThat(settings.nativeDaemon()).isPresent();
        assertThat(settings.domainChoice().reverseLookup().orElseThrow().refresh())
                .isEqualTo(Duration.ofMinutes(5));
    }

    @Test
    void theGuideShowsTheDefaultsOfADirectoryInADatabase() throws Exception {
        String shown = blocks(GUIDE.resolve("settings.md"), "toml").get(1);
        String shortest = """
                mail = "m"
                [sql]
                url = "jdbc:postgresql://127.0.0.1/mail"
                user = "vmail"
                password-file = "/etc/vmail/sql-password"
                """;

        Settings settings =
                SettingsFile.read(Files.writeString(folder.resolve("shown.toml"), "mail = \"m\"\n" + shown));

        assertThat(settings.sql())
                .usingRecursiveComparison()
                .withEqualsForType((a, b) -> true, Function.class) // defaults of domains are made anew each time
                .isEqualTo(SettingsFile.read(Files.writeString(folder.resolve("shortest.toml"), shortest))
                        .sql());
    }

    @Test
    void theGuideShowsEverySetting() throws Exception {
        List<Path> sources = files(
                Path.of("src/main/java/org/vmail/examples/server"), ".*(Settings|SettingsFile|SystemUsers)\\.java");
        StringBuilder source = new StringBuilder();
        for (Path file : sources) {
            source.append(Files.readString(file));
        }
        StringBuilder guide = new StringBuilder();
        for (Path page : files(GUIDE, ".*\\.md")) {
            guide.append(Files.readString(page));
        }

        assertThat(sources).hasSizeGreaterThan(8);
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
        Settings settings = SettingsFile.read(GUIDE.resolve("../vmail.toml"));
        assertThat(settings.pop3().listeners()).hasSize(1);
        assertThat(settings.lmtp().listeners()).hasSize(1);
    }

    private static List<String> blocks(Path page, String language) throws IOException {
        return Pattern.compile("(?s)```" + language + "\n(.*?)```\n")
                .matcher(Files.readString(page))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    private static List<Path> files(Path folder, String name) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(name))
                    .toList();
        }
    }
}
