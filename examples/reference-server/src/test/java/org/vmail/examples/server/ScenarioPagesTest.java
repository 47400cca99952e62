package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the pages of {@code docs/scenarios} show is what {@link ScenariosIT} runs. */
class ScenarioPagesTest {
    private static final Set<String> KINDS_OF_FILES = Set.of("toml", "haproxy", "dovecot");
    private static final List<String> SECTIONS = List.of(
            "## When you want it",
            "## Who listens where",
            "## The configuration",
            "## What users type",
            "## What goes wrong",
            "## As others did it");

    static List<Scenario> pages() throws IOException {
        return Scenario.all();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageShowsItsFilesAsTheyAre(Scenario scenario) throws Exception {
        List<String> shown = scenario.blocks().stream()
                .filter(block -> KINDS_OF_FILES.contains(block.kind()))
                .map(Scenario.Block::text)
                .toList();
        for (Path file : scenario.files()) {
            assertThat(shown).as("%s on its page", file).contains(Files.readString(file));
        }
        assertThat(shown).hasSameSizeAs(scenario.files());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aConfigurationIsOneAsItStands(Scenario scenario) throws Exception {
        assertThat(SettingsFile.read(scenario.toml()).pop3().listeners()).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageAnswersTheSameQuestionsAsTheOthers(Scenario scenario) throws Exception {
        assertThat(Files.readAllLines(scenario.page()).stream().filter(line -> line.startsWith("## ")))
                .containsExactlyElementsOf(SECTIONS);
        assertThat(scenario.blocks("pop3")).isNotEmpty();
        assertThat(scenario.blocks("log")).isNotEmpty();
    }

    @Test
    void theIndexNamesEveryPage() throws Exception {
        String index = Files.readString(Scenario.FOLDER.resolve("README.md"));
        try (Stream<Path> files = Files.list(Scenario.FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".md") && !name.equals("README.md")))
                    .hasSizeGreaterThan(5)
                    .allSatisfy(name -> assertThat(index).contains("](" + name + ")"));
        }
        assertThat(Scenario.all())
                .allSatisfy(scenario -> assertThat(scenario.page()).exists());
    }
}
