package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.vmail.auth.Password;
import org.vmail.auth.PasswordHasher;
import org.vmail.directory.PasswordHash;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a hash for a shadow file. The password never stands on the command line, where others could see it. */
@Command(
        name = "password",
        description = "Asks for a password, and prints its hash for a shadow file.",
        mixinStandardHelpOptions = true)
final class PasswordCommand implements Callable<Integer> {
    private static final int SCRAM_ITERATIONS = 4096;

    @Option(
            names = "--cost",
            paramLabel = "N",
            description = "4 to 16; each step doubles the time (default ${DEFAULT-VALUE})")
    private int cost = PasswordHasher.STANDARD_COST;

    @Option(
            names = "--scram",
            description = "print SCRAM-SHA-256 keys instead of a bcrypt hash, for the SASL mechanisms of that name")
    private boolean scram;

    @Option(names = "--stdin", description = "read the password from the first line of standard input")
    private boolean stdin;

    @Override
    public Integer call() throws IOException {
        try {
            PasswordHasher hasher = PasswordHasher.withCost(cost);
            Password password = Password.of(read());
            PasswordHash hash = scram ? hasher.scramSha256(password, SCRAM_ITERATIONS) : hasher.hash(password);
            System.out.println(hash.encoded());
            return Sysexits.OK;
        } catch (IllegalArgumentException e) {
            System.err.println("vmail: " + e.getMessage());
            return Sysexits.DATAERR;
        }
    }

    private String read() throws IOException {
        if (stdin) {
            String line = new BufferedReader(new InputStreamReader(System.in, UTF_8)).readLine();
            return required(line == null ? "" : line);
        }
        Console console = Optional.ofNullable(System.console())
                .orElseThrow(
                        () -> new IllegalArgumentException("no terminal to ask on; say --stdin to read from a pipe"));
        String first = String.valueOf(console.readPassword("Password: "));
        String second = String.valueOf(console.readPassword("Again: "));
        if (!first.equals(second)) {
            throw new IllegalArgumentException("the two passwords are not the same");
        }
        return required(first);
    }

    private static String required(String password) {
        if (password.isEmpty()) {
            throw new IllegalArgumentException("the password is empty");
        }
        return password;
    }
}
