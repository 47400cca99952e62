package org.vmail.auth;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.vmail.internal.ProcessTree;

/** Runs small programs that take a secret and answer with their exit status. Thread-safe. */
final class ExternalProgram {
    private static final Set<String> INHERITED = Set.of("PATH", "TZ", "LANG", "LC_ALL");

    private final long deadlineNanos;
    private final Semaphore places;

    ExternalProgram(VerifierOptions options) {
        this.deadlineNanos = options.deadline().toNanos();
        this.places = new Semaphore(options.maxProcesses(), true);
    }

    /**
     * Runs a program to its end.
     *
     * @param input what it reads; less than a pipe holds, so that nobody waits for the program to read it
     * @return its exit status
     * @throws IOException if it cannot be started, or does not end in time; no message has anything of the input
     */
    int run(List<String> command, byte[] input) throws IOException {
        long begun = System.nanoTime();
        try {
            if (!places.tryAcquire(deadlineNanos, TimeUnit.NANOSECONDS)) {
                throw new IOException("Too many passwords are being verified by " + command.get(0));
            }
            try {
                return run(command, input, begun + deadlineNanos);
            } finally {
                places.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while a password was being verified");
        }
    }

    private static int run(List<String> command, byte[] input, long deadline) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
        builder.environment().keySet().retainAll(INHERITED);
        ProcessTree tree = ProcessTree.start(builder);
        boolean ended = false;
        try {
            feed(tree.root(), input);
            int status = tree.root()
                    .onExit()
                    .get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS)
                    .exitValue();
            ended = true;
            return status;
        } catch (TimeoutException e) {
            throw new IOException(command.get(0) + " did not verify a password in time", e);
        } catch (ExecutionException e) {
            throw new IOException("Nobody knows how " + command.get(0) + " ended", e);
        } finally {
            if (!ended) {
                tree.kill();
            }
        }
    }

    private static void feed(Process program, byte[] input) {
        try (OutputStream in = program.getOutputStream()) {
            in.write(input);
        } catch (IOException endedAlready) {
            // It is its right to answer without reading everything; the status tells.
        }
    }
}
