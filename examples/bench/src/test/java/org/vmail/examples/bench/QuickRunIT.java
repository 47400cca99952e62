package org.vmail.examples.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The packaged tool against the packaged server, for a minute. It says nothing about speed. */
@Tag("long")
class QuickRunIT {
    @Test
    void everyUsualScenarioComesOutWithFigures() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String jar = Objects.requireNonNull(System.getProperty("bench.jar"), "the failsafe plug-in sets bench.jar");

        String report = Programs.run(List.of(java, "-jar", jar, "--quick"));

        List<String> usual = Scenario.all().stream()
                .filter(Scenario::isUsual)
                .map(Scenario::name)
                .toList();
        assertThat(usual).contains("poll", "retr", "idle-1000-50", "start");
        Stream<String> lines = report.lines().filter(line -> line.contains("| vmail on "));
        assertThat(lines).hasSizeGreaterThan(usual.size()).allMatch(line -> line.matches(".*\\| [0-9.]+ \\| .*"));
    }
}
