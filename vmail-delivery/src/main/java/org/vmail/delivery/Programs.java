package org.vmail.delivery;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.internal.Complaints;
import org.vmail.internal.ProcessTree;
import org.vmail.net.internal.Threads;

/**
 * Runs programs that take a message, within {@link CommandOptions}.
 *
 * <p>Pipes block the thread that uses them, and on a virtual thread its carrier too, so three platform threads attend to each
 * program: for what it reads, for what it writes, and for what it complains about. Thread-safe.
 */
final class Programs {
    private static final Logger LOG = LoggerFactory.getLogger(Programs.class);
    private static final Set<String> INHERITED = Set.of("PATH", "HOME", "TZ", "LANG", "LC_ALL");
    private static final Charset ARGUMENTS = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));
    private static final ScheduledExecutorService TIMER = Threads.timer("vmail-delivery-limit");
    private static final ExecutorService THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE, // three for each process, and those are bounded
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Threads.daemons("vmail-delivery-program"));

    private final CommandOptions options;
    private final Semaphore places;

    /** Writes what a program reads. */
    @FunctionalInterface
    interface Input {
        /**
         * Writes all of it.
         *
         * @param out throws {@link NotRead} when the program does not read any more
         * @throws IOException if the message cannot be read
         */
        void writeTo(OutputStream out) throws IOException;
    }

    /** It is a program's right to answer without reading everything. */
    static final class NotRead extends IOException {
        private static final long serialVersionUID = 1;

        NotRead(IOException cause) {
            super("the program does not read", cause);
        }
    }

    Programs(CommandOptions options) {
        this.options = options;
        this.places = new Semaphore(options.maxProcesses(), true);
    }

    CommandOptions options() {
        return options;
    }

    /**
     * Runs a program to its end, and ends what it leaves behind.
     *
     * @param output takes what it writes; the run fails if this throws
     * @return its exit status
     * @throws IOException if it cannot be started, does not end in time, or the message cannot be read
     */
    int run(List<String> arguments, Input input, OutputStream output) throws IOException {
        long deadline = System.nanoTime() + options.timeLimit().toNanos();
        try {
            if (!places.tryAcquire(options.timeLimit().toNanos(), TimeUnit.NANOSECONDS)) {
                throw new IOException(arguments.get(0) + " had to wait too long for other programs");
            }
            try {
                return run(arguments, input, output, deadline);
            } finally {
                places.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while " + arguments.get(0) + " was running");
        }
    }

    private int run(List<String> arguments, Input input, OutputStream output, long deadline)
            throws IOException, InterruptedException {
        if (!arguments.stream().allMatch(ARGUMENTS.newEncoder()::canEncode)) {
            throw new IOException("An argument of " + arguments.get(0) + " cannot be written in this system's locale");
        }
        Path folder = Files.createTempDirectory(options.folder(), "vmail-command-");
        try {
            ProcessBuilder builder = new ProcessBuilder(arguments).directory(folder.toFile());
            Map<String, String> environment = builder.environment();
            environment.keySet().retainAll(INHERITED);
            environment.putAll(options.environment());
            return new Run(ProcessTree.start(builder), arguments.get(0)).toEnd(input, output, deadline);
        } finally {
            remove(folder);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> found = Files.walk(folder)) { // follows no symbolic links
            for (Path path : found.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("The working folder {} of a command is left: {}", folder, e.toString());
        }
    }

    /** One process. */
    private static final class Run {
        private final ProcessTree tree;
        private final String program;
        private final CountDownLatch over = new CountDownLatch(3);
        private volatile @Nullable IOException failure;

        Run(ProcessTree tree, String program) {
            this.tree = tree;
            this.program = program;
        }

        int toEnd(Input input, OutputStream output, long deadline) throws IOException, InterruptedException {
            Future<?> limit = TIMER.schedule(
                    () -> fail(new IOException(program + " did not end in time, and was killed")),
                    Math.max(0, deadline - System.nanoTime()),
                    TimeUnit.NANOSECONDS);
            boolean ended = false;
            try {
                attend(() -> feed(input));
                attend(() -> collect(output));
                attend(() -> Complaints.log(LOG, program, tree.root().getErrorStream()));
                int status = tree.root().waitFor();
                tree.killOrphans(); // those that have a pipe of ours open would keep our threads waiting
                over.await();
                ended = true;
                if (failure != null) {
                    throw failure;
                }
                return status;
            } finally {
                limit.cancel(false);
                if (!ended) {
                    tree.kill();
                }
            }
        }

        private void attend(Runnable work) {
            THREADS.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    fail(new IOException("Attending to " + program + " failed; this is a bug", e));
                } finally {
                    over.countDown();
                }
            });
        }

        /** The pipe is closed only when the program has everything, or is dead: it would take a part for the whole. */
        private void feed(Input input) {
            try (OutputStream pipe = tree.root().getOutputStream()) {
                try {
                    input.writeTo(new Pipe(pipe));
                } catch (NotRead itsRight) {
                    LOG.debug("{} did not read the whole message", program);
                } catch (IOException e) {
                    fail(e);
                }
            } catch (IOException alreadyBroken) {
                LOG.debug("A pipe closed badly: {}", alreadyBroken.toString());
            }
        }

        private void collect(OutputStream output) {
            try (InputStream pipe = tree.root().getInputStream()) {
                pipe.transferTo(output);
            } catch (IOException e) {
                fail(e);
            }
        }

        private void fail(IOException cause) {
            if (failure == null) {
                failure = cause;
            }
            tree.kill();
        }
    }

    /** Tells failures of the pipe from those of what is written to it. */
    private static final class Pipe extends OutputStream {
        private final OutputStream pipe;

        Pipe(OutputStream pipe) {
            this.pipe = pipe;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] octets, int offset, int length) throws IOException {
            try {
                pipe.write(octets, offset, length);
            } catch (IOException e) {
                throw new NotRead(e);
            }
        }
    }
}
