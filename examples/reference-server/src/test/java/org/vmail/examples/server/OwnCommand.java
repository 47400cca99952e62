package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.stream.Stream;

/** Runs a command as the main method does, but within this JVM, which is quicker than starting one. */
final class OwnCommand {
    private OwnCommand() {}

    static Programs.Result run(Object... arguments) {
        return runWith("", arguments);
    }

    static Programs.Result runWith(String input, Object... arguments) {
        InputStream in = System.in;
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        System.setIn(new ByteArrayInputStream(input.getBytes(UTF_8)));
        System.setOut(new PrintStream(output, true, UTF_8));
        System.setErr(new PrintStream(errors, true, UTF_8));
        try {
            int exitCode = Main.run(Stream.of(arguments).map(Object::toString).toArray(String[]::new));
            return new Programs.Result(exitCode, output.toString(ISO_8859_1), errors.toString(ISO_8859_1));
        } finally {
            System.setIn(in);
            System.setOut(out);
            System.setErr(err);
        }
    }
}
