package org.vmail.delivery.relay;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.MessageSpool;
import org.vmail.delivery.Relay;
import org.vmail.internal.Durations;
import org.vmail.internal.Printable;
import org.vmail.internal.ProcessTree;
import org.vmail.mailbox.Delivery;
import org.vmail.net.internal.Threads;

/**
 * A relay that gives each message to the {@code sendmail} program of this machine, which every mail server has: {@code
 * sendmail -i -f sender -- recipient…}, without a shell, with the message on its standard input and a few variables in its
 * environment. A status of 0 says that the mail server has it; with any other, or none in time, the message waits where it
 * came from. The program and all that it has started are ended when the time is over.
 *
 * <p>The message is held until it is complete, and only then is the program started. Immutable and thread-safe; each {@code
 * with…} method returns a changed copy.
 */
public final class SendmailRelay implements Relay {
    private static final Logger LOG = LoggerFactory.getLogger(SendmailRelay.class);
    private static final Set<String> INHERITED = Set.of("PATH", "HOME", "TZ", "LANG", "LC_ALL");
    private static final int MEMORY_OCTETS = 64 * 1024;
    private static final int MAX_LOGGED_OCTETS = 2000;
    private static final ScheduledExecutorService TIMER = Threads.timer("vmail-sendmail-deadlines");

    private final List<String> command;
    private final Duration timeout;
    private final long maxOctets;

    private SendmailRelay(List<String> command, Duration timeout, long maxOctets) {
        checkArgument(!command.isEmpty(), "A command is needed");
        Durations.checkPositive(timeout, "The time for the program");
        checkArgument(maxOctets > 0, "The message size must be positive");
        this.command = List.copyOf(command);
        this.timeout = timeout;
        this.maxOctets = maxOctets;
    }

    /**
     * Hands mail to {@code /usr/sbin/sendmail}.
     *
     * @return the relay, with 2 minutes for the program and messages of up to 128 MiB
     */
    public static SendmailRelay system() {
        return of(List.of("/usr/sbin/sendmail"));
    }

    /**
     * Hands mail to a program that understands the options of sendmail.
     *
     * @param command the program, and arguments that stand in front of ours
     * @return the relay, with 2 minutes for the program and messages of up to 128 MiB
     */
    public static SendmailRelay of(List<String> command) {
        return new SendmailRelay(command, Duration.ofMinutes(2), 128L << 20);
    }

    /**
     * Sets how long the program may take.
     *
     * @param limit positive; default 2 minutes
     * @return the changed copy
     */
    public SendmailRelay withTimeout(Duration limit) {
        return new SendmailRelay(command, limit, maxOctets);
    }

    /**
     * Sets how large a message may be.
     *
     * @param octets at least 1; default 128 MiB
     * @return the changed copy
     */
    public SendmailRelay withMaxMessageOctets(long octets) {
        return new SendmailRelay(command, timeout, octets);
    }

    @Override
    public Delivery begin(Envelope envelope) {
        if (envelope.recipients().isEmpty()) {
            throw new IllegalArgumentException("A message needs a recipient");
        }
        Path folder = Path.of(System.getProperty("java.io.tmpdir"));
        return new HeldMessage(envelope, new MessageSpool(maxOctets, MEMORY_OCTETS, folder));
    }

    private List<String> arguments(Envelope envelope) {
        List<String> arguments = new ArrayList<>(command);
        String sender = envelope.reversePath().address();
        arguments.addAll(List.of("-i", "-f", sender.isEmpty() ? "<>" : sender, "--"));
        envelope.recipients().stream().map(MailAddress::toString).distinct().forEach(arguments::add);
        return arguments;
    }

    private void run(Envelope envelope, MessageSpool message) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(arguments(envelope))
                .redirectErrorStream(true)
                .directory(Path.of("/").toFile());
        builder.environment().keySet().retainAll(INHERITED);
        ProcessTree tree = ProcessTree.start(builder);
        Future<?> guard = TIMER.schedule(tree::kill, timeout.toNanos(), TimeUnit.NANOSECONDS);
        Thread output = Threads.daemons("vmail-sendmail-output").newThread(() -> log(tree.root()));
        try {
            output.start();
            Optional<IOException> unsent = write(tree, message);
            int status = tree.root().waitFor();
            if (status != 0 || unsent.isPresent()) {
                IOException failure = new IOException(command.get(0) + " ended with status " + status);
                unsent.ifPresent(failure::initCause);
                throw failure;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while " + command.get(0) + " was running", e);
        } finally {
            guard.cancel(false);
            if (tree.root().isAlive()) {
                tree.kill();
            }
        }
    }

    /** A message that breaks off must not look complete, so the program is ended before its input is. */
    private static Optional<IOException> write(ProcessTree tree, MessageSpool message) {
        try (OutputStream in = tree.root().getOutputStream()) {
            try (InputStream text = message.open()) {
                copy(text, in);
                in.flush();
                return Optional.empty();
            } catch (IOException e) {
                tree.kill();
                return Optional.of(e);
            }
        } catch (IOException e) {
            return Optional.of(e);
        }
    }

    /** With the line ends of this machine; a CR that ends no line becomes a space, lest the program take it for an end. */
    static void copy(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        byte[] converted = new byte[buffer.length + 1];
        boolean heldCr = false;
        for (int count = from.read(buffer); count >= 0; count = from.read(buffer)) {
            int filled = 0;
            for (int i = 0; i < count; i++) {
                if (heldCr && buffer[i] != '\n') {
                    converted[filled++] = ' ';
                }
                heldCr = buffer[i] == '\r';
                if (!heldCr) {
                    converted[filled++] = buffer[i];
                }
            }
            to.write(converted, 0, filled);
        }
    }

    /** All of it is read, lest the program wait for us. */
    private static void log(Process process) {
        try (InputStream output = process.getInputStream()) {
            String start = new String(output.readNBytes(MAX_LOGGED_OCTETS), UTF_8).strip();
            if (!start.isEmpty()) {
                LOG.warn("sendmail[{}]: {}", process.pid(), Printable.of(start));
            }
            output.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            LOG.debug("What sendmail wrote was not all read: {}", e.toString());
        }
    }

    /** A message that waits for its end. */
    private final class HeldMessage implements Delivery {
        private final Envelope envelope;
        private final MessageSpool spool;

        HeldMessage(Envelope envelope, MessageSpool spool) {
            this.envelope = envelope;
            this.spool = spool;
        }

        @Override
        public OutputStream message() {
            return new OutputStream() { // whose end is not the end of the spool
                @Override
                public void write(int octet) throws IOException {
                    spool.write(octet);
                }

                @Override
                public void write(byte[] octets, int offset, int length) throws IOException {
                    spool.write(octets, offset, length);
                }
            };
        }

        @Override
        public void commit() throws IOException {
            if (spool.isTooLarge()) {
                throw new IOException("The message is larger than " + maxOctets + " octets");
            }
            run(envelope, spool);
            LOG.info("Handed to {}: from={} to={}", command.get(0), envelope.reversePath(), envelope.recipients());
        }

        @Override
        public void close() throws IOException {
            spool.close();
        }
    }
}
