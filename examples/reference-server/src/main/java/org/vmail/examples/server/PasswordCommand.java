package org.vmail.examples.server;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.vmail.auth.Password;
import org.vmail.auth.PasswordHasher;
import org.vmail.directory.PasswordHash;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private PasswordInput input = new PasswordInput();

    @Override
    public Integer call() throws IOException {
        try {
            PasswordHasher hasher = PasswordHasher.withCost(cost);
            Password password = input.read();
            PasswordHash hash = scram ? hasher.scramSha256(password, SCRAM_ITERATIONS) : hasher.hash(password);
            System.out.println(hash.encoded());
            return Sysexits.OK;
        } catch (IllegalArgumentException e) {
            System.err.println("vmail: " + e.getMessage());
            return Sysexits.DATAERR;
        }
    }
}
