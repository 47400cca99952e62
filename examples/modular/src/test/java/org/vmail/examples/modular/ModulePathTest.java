package org.vmail.examples.modular;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same program on the module path and on the class path, in a JVM that refuses what is not declared. */
class ModulePathTest {
    /** All that vmail runs on; jspecify is for compilers. */
    private static final Set<String> RUNTIME = Set.of("guava", "failureaccess", "slf4j");

    @TempDir
    Path folder;

    @Test
    void theProgramRunsOnTheModulePath() throws Exception {
        List<String> output =
                run("--module-path", path(), "--module", "org.vmail.examples.modular/org.vmail.examples.modular.Main");

        assertThat(output).contains("vmail is the module org.vmail.pop3");
        assertServed(output);
    }

    @Test
    void theProgramRunsOnTheClassPath() throws Exception {
        List<String> output = run("--class-path", path(), "org.vmail.examples.modular.Main");

        assertThat(output).contains("vmail is the module null");
        assertServed(output);
    }

    private static void assertServed(List<String> output) {
        assertThat(output)
                .contains("Subject: hello")
                .anyMatch(line -> line.startsWith("250 2.1.5 ok <joe@a.example>"))
                .as("the JVM warns of reflection, of native access and of what will be removed")
                .noneMatch(line -> line.contains("WARNING"));
    }

    private static String path() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            String name =
                    entry.replace("target" + File.separator + "classes", "").replace('\\', '/');
            boolean ours = name.matches(".*/(vmail-(core|pop3|delivery)|modular)(-[0-9][^/]*|/)")
                    && !name.endsWith("tests.jar");
            String file = name.substring(name.lastIndexOf('/') + 1);
            if (ours || RUNTIME.stream().anyMatch(jar -> file.startsWith(jar) && !file.contains("logback"))) {
                entries.add(entry);
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private List<String> run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(arguments));
        Path output = folder.resolve("output");
        Process java = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(java.waitFor(60, TimeUnit.SECONDS))
                    .as("it ends by itself")
                    .isTrue();
        } finally {
            java.destroyForcibly();
        }
        try (Stream<String> lines = Files.lines(output, UTF_8)) {
            List<String> all = lines.toList();
            assertThat(java.exitValue()).as("%s", all).isZero();
            return all;
        }
    }
}
