package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Java process with the class path of the tests, whose output is read; killed when it is closed. */
final class ChildProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;

    private ChildProcess(List<String> command) throws IOException {
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        output = process.inputReader(UTF_8);
    }

    static ChildProcess start(Class<?> main, String... args) throws IOException {
        return new ChildProcess(java(main, args));
    }

    /** Starts it by a shell, which runs some text before the command. */
    static ChildProcess shell(String before, Class<?> main, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", before + "\"$@\"", "sh"));
        command.addAll(java(main, args));
        return new ChildProcess(command);
    }

    /** Waits for the next line that it writes; "null" if it ended. */
    String readLine() throws IOException {
        return String.valueOf(output.readLine());
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
    }

    private static List<String> java(Class<?> main, String... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(args));
        return command;
    }
}
