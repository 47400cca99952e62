package org.vmail.delivery.lmtp;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Outcome;
import org.vmail.internal.Printable;
import org.vmail.net.internal.Wire;

/** Takes the octets of messages, and has whole ones delivered, each recipient being answered for itself (RFC 2033, section 4.2). */
final class Reception {
    private static final Logger LOG = LoggerFactory.getLogger(Reception.class);
    private static final Outcome INTERNAL_ERROR =
            new Outcome.Deferred(EnhancedStatus.SYSTEM_FAILURE, "internal error, try again later");
    private static final Outcome NO_ROOM =
            new Outcome.Deferred(new EnhancedStatus(4, 3, 1), "no room for the message now");
    private static final Outcome TOO_LARGE =
            new Outcome.Refused(EnhancedStatus.MESSAGE_TOO_LARGE, "the message is too large");

    private final Deliverer deliverer;
    private final LmtpListener listener;
    private final LmtpOptions options;
    private final Dialogue dialogue;

    Reception(LmtpService service, Dialogue dialogue) {
        this.deliverer = service.deliverer();
        this.listener = service.listener();
        this.options = service.options();
        this.dialogue = dialogue;
    }

    /**
     * Takes a message as DATA brings it.
     *
     * @return whether it came to its end
     */
    boolean data(Transaction transaction, ReceivedField received) throws IOException {
        try (Spool spool = newSpool(received)) {
            if (!new DataReader().read(dialogue.wire(), options.dataTimeout(), transaction.limit(), spool)) {
                leave(transaction.limit());
                return false;
            }
            deliver(transaction, spool);
            return true;
        }
    }

    /**
     * Takes a chunk as BDAT brings it.
     *
     * @return whether it came to its end
     */
    boolean chunk(Transaction transaction, ReceivedField received, long octets) throws IOException {
        if (transaction.chunks().isEmpty()) {
            transaction.beginChunks(newSpool(received));
        }
        return take(octets, transaction.limit(), transaction.chunks().orElseThrow());
    }

    /** Takes a chunk that belongs to nothing. */
    boolean skip(long octets) throws IOException {
        return take(octets, new TimeLimit(options.transactionTimeout()), OutputStream.nullOutputStream());
    }

    /** What is wrong with the chunks so far, if something is. */
    Reply chunkReply(Transaction transaction) {
        return transaction.chunks().flatMap(this::failure).map(Reply::of).orElse(Reply.OK);
    }

    /** All chunks are there. */
    void lastChunk(Transaction transaction) throws IOException {
        deliver(transaction, transaction.chunks().orElseThrow());
    }

    private Spool newSpool(ReceivedField received) {
        byte[] trace = received.octets();
        Spool spool = new Spool(options, trace.length);
        spool.write(trace, 0, trace.length);
        return spool;
    }

    private boolean take(long octets, TimeLimit limit, OutputStream target) throws IOException {
        boolean whole = ChunkReader.read(dialogue.wire(), octets, options.dataTimeout(), limit, target);
        if (!whole) {
            leave(limit);
        }
        return whole;
    }

    private void leave(TimeLimit limit) throws IOException {
        boolean late = limit.isOver() || dialogue.connection().isTimedOut();
        dialogue.leave(late ? Wire.EndReason.TIMED_OUT : Wire.EndReason.CLOSED);
    }

    private void deliver(Transaction transaction, Spool spool) throws IOException {
        dialogue.forgetFaults();
        Envelope envelope = transaction.envelope();
        logWishes(transaction);
        Answers answers = new Answers(
                envelope.recipients(),
                dialogue,
                result -> listener.answered(
                        dialogue.connection().info(),
                        envelope.reversePath(),
                        spool.message().octets(),
                        result));
        try {
            Optional<Outcome> failure = failure(spool);
            if (failure.isPresent()) {
                answers.giveRest(failure.get());
            } else {
                deliverer.deliver(envelope, spool.message(), answers);
            }
        } catch (RuntimeException e) {
            if (answers.broken().isPresent()) {
                throw answers.broken().get();
            }
            LOG.error("Delivery failed; this is a bug in vmail or in what was plugged in", e);
            answers.giveRest(INTERNAL_ERROR);
        }
    }

    private Optional<Outcome> failure(Spool spool) {
        if (spool.failure().isPresent()) {
            LOG.error(
                    "A message cannot be held in {}",
                    options.spoolFolder(),
                    spool.failure().get());
            return Optional.of(NO_ROOM);
        }
        return spool.message().isTooLarge() ? Optional.of(TOO_LARGE) : Optional.empty();
    }

    private static void logWishes(Transaction transaction) {
        transaction
                .mail()
                .wish()
                .envelopeId()
                .ifPresent(id -> LOG.info(
                        "Message of envelope {}: from={}",
                        Printable.quoted(id),
                        transaction.mail().reversePath()));
        for (RcptArgument recipient : transaction.recipients()) {
            if (!recipient.wish().equals(RcptArgument.Wish.NONE)) {
                LOG.info(
                        "Reports wanted: to={} when={} original={}",
                        recipient.recipient(),
                        recipient.wish().reports(),
                        recipient.wish().originalRecipient().map(Printable::quoted));
            }
        }
    }
}
