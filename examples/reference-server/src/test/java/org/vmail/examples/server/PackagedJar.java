package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The commands of the packaged jar, run with the JDK that runs the tests. */
final class PackagedJar {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static final String JAR =
            Objects.requireNonNull(System.getProperty("vmail.jar"), "the failsafe plug-in sets vmail.jar");

    private PackagedJar() {}

    static List<String> command(String... arguments) {
        // Quick to start, as most of these do not run for long.
        List<String> command = new ArrayList<>(List.of(JAVA, "-XX:TieredStopAtLevel=1", "-jar", JAR));
        command.addAll(List.of(arguments));
        return command;
    }

    /** A program in one source file, which uses what is in the jar. */
    static List<String> program(Path source) {
        return List.of(JAVA, "-XX:TieredStopAtLevel=1", "-cp", JAR, source.toString());
    }

    static Programs.Result run(String... arguments) throws IOException, InterruptedException {
        return Programs.run(command(arguments));
    }
}
