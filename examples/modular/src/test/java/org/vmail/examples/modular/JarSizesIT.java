package org.vmail.examples.modular;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the README says that an embedder has to carry. */
class JarSizesIT {
    private static final Pattern STATED =
            Pattern.compile("jars of ([0-9.]+) MB together; Guava and SLF4J are another ([0-9.]+) MB");

    @Test
    void theReadmeStatesTheSizesOfTheJars() throws IOException {
        Matcher stated =
                STATED.matcher(Files.readString(Path.of("../../README.md")).replace('\n', ' '));
        assertThat(stated.find()).isTrue();

        double own = 0;
        for (String module : new String[] {"core", "pop3", "delivery"}) {
            try (Stream<Path> files = Files.list(Path.of("../../vmail-" + module, "target"))) {
                own += megabytes(files.filter(file ->
                        file.getFileName().toString().matches("vmail-" + module + "-[0-9.]+(-SNAPSHOT)?\\.jar")));
            }
        }
        double others = megabytes(Stream.of("java.class.path", "jdk.module.path")
                .flatMap(path -> Stream.of(System.getProperty(path, "").split(File.pathSeparator, -1)))
                .map(Path::of)
                .filter(file -> file.getFileName().toString().matches("(guava|failureaccess|slf4j-api)-.*\\.jar")));

        assertThat(own).isCloseTo(Double.parseDouble(stated.group(1)), within(0.15));
        assertThat(others).isCloseTo(Double.parseDouble(stated.group(2)), within(0.1));
    }

    private static double megabytes(Stream<Path> files) {
        return files.mapToLong(file -> file.toFile().length()).sum() / 1e6;
    }
}
