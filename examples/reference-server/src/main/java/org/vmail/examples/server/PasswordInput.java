package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Optional;
import org.vmail.auth.Password;
import picocli.CommandLine.Option;

/** Where a password comes from: never from the command line, where others could see it. */
final class PasswordInput {
    @Option(names = "--stdin", description = "read the password from the first line of standard input")
    private boolean stdin;

    /**
     * Asks for the password.
     *
     * @throws IllegalArgumentException if there is none, or nobody to ask; the message says why
     */
    Password read() throws IOException {
        return Password.of(required(stdin ? firstLine() : asked()));
    }

    private static String firstLine() throws IOException {
        String line = new BufferedReader(new InputStreamReader(System.in, UTF_8)).readLine();
        return line == null ? "" : line;
    }

    private static String asked() {
        Console console = Optional.ofNullable(System.console())
                .orElseThrow(
                        () -> new IllegalArgumentException("no terminal to ask on; say --stdin to read from a pipe"));
        String first = String.valueOf(console.readPassword("Password: "));
        String second = String.valueOf(console.readPassword("Again: "));
        if (!first.equals(second)) {
            throw new IllegalArgumentException("the two passwords are not the same");
        }
        return first;
    }

    private static String required(String password) {
        if (password.isEmpty()) {
            throw new IllegalArgumentException("the password is empty");
        }
        return password;
    }
}
