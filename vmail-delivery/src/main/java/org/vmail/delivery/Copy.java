package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;

/**
 * One copy of a message, for one destination or for several elsewhere: written, then committed once. It knows how far it got.
 * Used by one thread at a time: it may be written by one, committed by another and closed by a third.
 */
final class Copy implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(Copy.class);
    private static final Outcome ACCEPTED = new Outcome.Accepted();
    private static final Outcome LOOP =
            new Outcome.Refused(EnhancedStatus.LOOP, "the message was delivered to the recipient before");
    private static final Outcome UNAVAILABLE =
            new Outcome.Deferred(EnhancedStatus.MAILBOX_UNAVAILABLE, "the mailbox cannot be written now");

    private final Outlets outlets;
    private final ReversePath reversePath;
    private final List<Destination> destinations;
    private final List<MailAddress> deliveredTo;
    private Outcome outcome = ACCEPTED;
    /** Begun, and not ended. */
    private @Nullable Delivery delivery;
    /** The same when it has ended: its file may still be another one's. */
    private @Nullable Delivery source;

    private @Nullable Version program;
    private boolean committed;

    /**
     * Nothing is written yet.
     *
     * @param destination the first, if it is elsewhere
     * @param recipients of the envelope, in lower case, who lead there
     */
    Copy(Outlets outlets, ReversePath reversePath, Destination destination, List<MailAddress> recipients) {
        this.outlets = outlets;
        this.reversePath = reversePath;
        this.destinations = new ArrayList<>(List.of(destination));
        this.deliveredTo = deliveredTo(destination, recipients);
    }

    private static List<MailAddress> deliveredTo(Destination destination, List<MailAddress> recipients) {
        if (destination instanceof Destination.Mailbox mailbox) {
            return List.of(mailbox.account());
        }
        return destination instanceof Destination.Command command ? List.of(command.recipient()) : recipients;
    }

    /** Goes there as well; all of them are elsewhere. */
    void add(Destination destination) {
        destinations.add(destination);
    }

    /** What became, or would become of it. */
    Outcome outcome() {
        return outcome;
    }

    /** The account whose mailbox has it. */
    Optional<MailAddress> account() {
        return committed && destinations.get(0) instanceof Destination.Mailbox mailbox
                ? Optional.of(mailbox.account())
                : Optional.empty();
    }

    /** Whether it is for a mailbox, where it may be another name of a file in another one. */
    boolean isForMailbox() {
        return destinations.get(0) instanceof Destination.Mailbox;
    }

    /** Whether it is a program's, which is the likeliest to fail when it is committed. */
    boolean isForProgram() {
        return destinations.get(0) instanceof Destination.Command;
    }

    /**
     * Writes it, so that a commit is likely to succeed.
     *
     * @param arrival the trace fields of the message as it came
     * @param withDeliveredTo whether it begins with that field, so that no other copy is like it
     */
    void write(Version version, TraceFields arrival, boolean withDeliveredTo) {
        if (!isWanted(version, arrival)) {
            return;
        }
        if (isForProgram()) {
            program = version;
            return;
        }
        try {
            byte[] header = header(withDeliveredTo);
            Optional<Delivery> begun =
                    taken(begin(header.length + version.message().octets()));
            if (begun.isPresent()) {
                try (OutputStream out = begun.get().message()) {
                    out.write(header);
                    version.trace().copyWithoutReturnPath(version.message(), out);
                }
            }
        } catch (IOException | RuntimeException e) { // of what was plugged in
            cannotBeWritten(e);
        }
    }

    /**
     * Takes the file of another copy, instead of being written.
     *
     * @param arrival the trace fields of the message as it came
     * @param other {@link #hasMessage has a message} of the same version without a Delivered-To field
     * @return whether nothing is left to be written here
     */
    boolean link(Version version, TraceFields arrival, Copy other) {
        if (!isWanted(version, arrival)) {
            return true;
        }
        try {
            Optional<BeginResult> linked = outlets.beginLinked(
                    (Destination.Mailbox) destinations.get(0), Objects.requireNonNull(other.source));
            if (linked.isPresent()) {
                Optional<Delivery> unused = taken(linked.get());
            }
            return linked.isPresent();
        } catch (IOException | RuntimeException e) { // of what was plugged in
            cannotBeWritten(e);
            return true;
        }
    }

    /** Whether it was written or linked; it may be committed. */
    boolean hasMessage() {
        return source != null && outcome.equals(ACCEPTED);
    }

    private boolean isWanted(Version version, TraceFields arrival) {
        if (version.discarded() || destinations.get(0) instanceof Destination.Discard) {
            LOG.info("Discarded: from={} for={}", reversePath, names());
            return false;
        }
        if (deliveredTo.stream().allMatch(arrival::wasDeliveredTo)) {
            LOG.warn("A message from {} was delivered to {} before", reversePath, deliveredTo);
            outcome = LOOP;
            return false;
        }
        outcome = version.outcome();
        return outcome.equals(ACCEPTED);
    }

    /** The delivery, if there is room; else the outcome says that there is none. */
    private Optional<Delivery> taken(BeginResult result) throws IOException {
        if (result instanceof BeginResult.OverQuota full) {
            MailAddress account = deliveredTo.get(0);
            outcome = outlets.full().outcome(account, full);
            LOG.info("No room: from={} mailbox={} has={} may={}", reversePath, account, full.usage(), full.quota());
        }
        delivery = result.begun().orElse(null);
        source = delivery;
        return result.begun();
    }

    private void cannotBeWritten(Exception cause) {
        LOG.error("A message from {} cannot be written for {}", reversePath, names(), cause);
        outcome = UNAVAILABLE;
    }

    private BeginResult begin(long octets) throws IOException {
        Destination destination = destinations.get(0);
        return destination instanceof Destination.Remote
                ? new BeginResult.Begun(outlets.begin(
                        reversePath,
                        destinations.stream()
                                .map(Destination.Remote.class::cast)
                                .toList()))
                : outlets.begin(destination, octets);
    }

    private byte[] header(boolean withDeliveredTo) {
        StringBuilder header = new StringBuilder();
        if (!(destinations.get(0) instanceof Destination.Remote)) {
            header.append("Return-Path: ").append(reversePath).append("\r\n");
        }
        if (withDeliveredTo) {
            deliveredTo.forEach(
                    address -> header.append("Delivered-To: ").append(address).append("\r\n"));
        }
        return header.toString().getBytes(UTF_8);
    }

    /** Makes what was written visible, so that it becomes durable together with others; {@link #commit} does the rest. */
    void reveal() {
        if (delivery == null || !outcome.equals(ACCEPTED)) {
            return;
        }
        try {
            delivery.reveal();
        } catch (IOException | RuntimeException e) { // of what was plugged in
            cannotBeCommitted(e);
        }
    }

    /** Makes it final, if it is not yet. */
    void commit() {
        Version forProgram = program;
        Delivery written = delivery;
        if (forProgram != null) {
            program = null;
            run((Destination.Command) destinations.get(0), forProgram);
        } else if (written != null) {
            delivery = null;
            commit(written);
        }
    }

    private void commit(Delivery written) {
        try {
            written.commit();
            committed = true;
            LOG.info("Delivered: from={} mailbox={}", reversePath, names());
        } catch (IOException | RuntimeException e) { // of what was plugged in
            cannotBeCommitted(e);
        } finally {
            close(written);
        }
    }

    private void cannotBeCommitted(Exception cause) {
        LOG.error("A message from {} cannot be committed for {}", reversePath, names(), cause);
        outcome = UNAVAILABLE;
    }

    private void run(Destination.Command command, Version version) {
        List<String> arguments;
        try {
            arguments = command.command()
                    .arguments(
                            command.recipient().domain(),
                            reversePath.address(),
                            command.recipient().localPart());
        } catch (IllegalArgumentException e) {
            LOG.warn("{} does not get a message from {}: {}", command.command(), reversePath, e.getMessage());
            outcome = ExitStatus.BAD_ARGUMENT;
            return;
        }
        try {
            int status = outlets.programs()
                    .run(
                            arguments,
                            out -> {
                                UnixLines lines = new UnixLines(out);
                                lines.write(header(true));
                                version.trace().copyWithoutReturnPath(version.message(), lines);
                                lines.finish();
                            },
                            OutputStream.nullOutputStream());
            outcome = ExitStatus.outcome(status);
            LOG.info(
                    "Run: from={} for={} program={} status={}",
                    reversePath,
                    command.recipient(),
                    command.command(),
                    status);
        } catch (IOException e) {
            LOG.error("A message from {} for {} is not delivered", reversePath, command.recipient(), e);
            outcome = ExitStatus.outcome(ExitStatus.TEMPFAIL);
        }
    }

    /** For the log. */
    private String names() {
        return destinations.stream().map(Copy::name).collect(Collectors.joining(","));
    }

    private static String name(Destination destination) {
        if (destination instanceof Destination.Mailbox mailbox) {
            return mailbox.account().toString();
        }
        return destination instanceof Destination.Remote remote
                ? remote.address().toString()
                : destination.toString();
    }

    @Override
    public void close() {
        Delivery written = delivery;
        if (written != null) {
            delivery = null;
            close(written);
        }
    }

    /** Its failure changes nothing: whoever has the message would get it a second time, and there are others to be closed. */
    private void close(Delivery ended) {
        try {
            ended.close();
        } catch (IOException | RuntimeException e) { // of what was plugged in
            LOG.warn("An invisible remainder of a message for {} may be left", names(), e);
        }
    }
}
