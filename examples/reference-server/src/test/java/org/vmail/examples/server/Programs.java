package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs programs to their end, within a time limit. */
final class Programs {
    private static final int LIMIT_SECONDS = 30;

    private Programs() {}

    /** What a program left behind; a character is an octet. */
    record Result(int exitCode, String output, String errors) {
        /** That a problem was told in one line that is not for programmers. */
        void assertOneLine() {
            assertThat(errors).startsWith("vmail: ").doesNotContain("\tat ", "Exception");
            assertThat(errors.lines()).hasSize(1);
        }

        /** This result, if the program was content. */
        Result successful() {
            assertThat(exitCode)
                    .as("exit code, after saying %s%s", output, errors)
                    .isZero();
            return this;
        }
    }

    static boolean isInstalled(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Skips the test where a program is missing; in CI, which installs them all, it fails instead. */
    static void require(String... programs) {
        for (String program : programs) {
            require(isInstalled(program), program + " is not installed; .ci/run knows its package");
        }
    }

    static void require(boolean condition, String otherwise) {
        if (!condition && "true".equals(System.getenv("CI"))) {
            fail(otherwise);
        }
        assumeTrue(condition, otherwise);
    }

    static Result run(String... command) throws IOException, InterruptedException {
        return run(List.of(command));
    }

    static Result run(List<String> command) throws IOException, InterruptedException {
        return run(builder(command), new byte[0]);
    }

    /** Output goes to files: a program that says much cannot get stuck behind one that does not listen. */
    static Result run(ProcessBuilder builder, byte[] input) throws IOException, InterruptedException {
        return run(builder, input, LIMIT_SECONDS);
    }

    static Result run(ProcessBuilder builder, byte[] input, int limitSeconds) throws IOException, InterruptedException {
        Path output = Files.createTempFile("vmail-test-", ".out");
        Path errors = Files.createTempFile("vmail-test-", ".err");
        try {
            Process process = builder.redirectOutput(output.toFile())
                    .redirectError(errors.toFile())
                    .start();
            feed(process, input);
            boolean ended = process.waitFor(limitSeconds, TimeUnit.SECONDS);
            process.destroyForcibly().waitFor();
            String said = Files.readString(errors, ISO_8859_1);
            assertThat(ended)
                    .as("%s ends in time; it said: %s", builder.command(), said)
                    .isTrue();
            return new Result(process.exitValue(), Files.readString(output, ISO_8859_1), said);
        } finally {
            Files.delete(output);
            Files.delete(errors);
        }
    }

    static ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        // Otherwise a JVM may begin with a line about options that it picked up.
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return builder;
    }

    private static void feed(Process process, byte[] input) {
        try (OutputStream in = process.getOutputStream()) {
            in.write(input);
        } catch (IOException notInterested) {
            // It is the program's right to end without reading everything; its exit code tells.
        }
    }
}
