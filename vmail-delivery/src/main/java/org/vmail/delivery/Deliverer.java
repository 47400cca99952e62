package org.vmail.delivery;

import static com.google.common.base.Preconditions.checkArgument;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;

/**
 * Delivers messages by their envelope recipients alone.
 *
 * <p>Aliases are followed, and a mailbox that several recipients lead to gets one copy; every recipient gets its own
 * result. First the message is written for all mailboxes, then it is committed to each; so when a mailbox cannot be
 * written, a recipient who stands for several mailboxes gets it in none, and the sender's next attempt gives nobody two.
 * Only when a commit fails after another succeeded can that happen, because losing it would be worse.
 *
 * <p>Each copy begins with a Return-Path (RFC 5321, section 4.4) and a Delivered-To field; a message that already carries
 * the Delivered-To of a mailbox is not delivered there again. Immutable and thread-safe; each {@code with…} method returns
 * a changed copy.
 */
public final class Deliverer {
    private static final Logger LOG = LoggerFactory.getLogger(Deliverer.class);

    private final RecipientRouter router;
    private final DeliveryTarget target;
    private final int maxExpansion;
    private final int maxHops;

    private Deliverer(RecipientRouter router, DeliveryTarget target, int maxExpansion, int maxHops) {
        checkArgument(maxExpansion > 0, "The limit of an expansion must be positive");
        checkArgument(maxHops > 0, "The number of hops must be positive");
        this.router = router;
        this.target = target;
        this.maxExpansion = maxExpansion;
        this.maxHops = maxHops;
    }

    /**
     * Delivers to the accounts of a directory.
     *
     * @param directory who exists
     * @param target their mailboxes
     * @return a deliverer with the default limits
     */
    public static Deliverer over(Directory directory, DeliveryTarget target) {
        return over(RecipientRouter.over(directory), target);
    }

    /**
     * Delivers where a router says.
     *
     * @param router where mail goes
     * @param target the mailboxes
     * @return a deliverer with the default limits
     */
    public static Deliverer over(RecipientRouter router, DeliveryTarget target) {
        return new Deliverer(router, target, 1000, 50);
    }

    /**
     * Sets how many addresses one recipient may stand for; mail for one who stands for more waits.
     *
     * @param addresses at least 1; default 1000
     * @return the changed copy
     */
    public Deliverer withMaxExpansion(int addresses) {
        return new Deliverer(router, target, addresses, maxHops);
    }

    /**
     * Sets how many hosts a message may have passed.
     *
     * @param hops at least 1; default 50
     * @return the changed copy
     */
    public Deliverer withMaxHops(int hops) {
        return new Deliverer(router, target, maxExpansion, hops);
    }

    /**
     * Says what would become of a message for a recipient, so that a server can refuse it at RCPT instead of accepting and
     * returning it.
     *
     * @param recipient any address
     * @return accepted, or why not; never an exception: what cannot be told is deferred
     */
    public Outcome accepts(MailAddress recipient) {
        return expand(recipient).failure().orElseGet(Outcome.Accepted::new);
    }

    /**
     * Delivers a message to all recipients of an envelope.
     *
     * @param envelope who it is for
     * @param message the message, which is read once for each mailbox
     * @return a result for each recipient, in the same order. What is accepted is durable, as its {@link DeliveryTarget}
     *     means that; of what is not accepted the sender keeps the responsibility
     */
    public List<DeliveryResult> deliver(Envelope envelope, MessageSource message) {
        List<DeliveryResult> results = new ArrayList<>();
        deliver(envelope, message, results::add);
        return List.copyOf(results);
    }

    /**
     * Delivers a message to all recipients of an envelope, and tells each result as soon as it is final, so that a server
     * can answer for one recipient before the next one's mailbox is committed.
     *
     * @param envelope who it is for
     * @param message the message, which is read once for each mailbox
     * @param results is given a result for each recipient, in the same order, by the calling thread. What it throws is
     *     thrown, and recipients whose result it was not given are not delivered to
     */
    public void deliver(Envelope envelope, MessageSource message, Consumer<DeliveryResult> results) {
        TraceFields trace;
        try {
            trace = TraceFields.of(message);
        } catch (IOException e) {
            LOG.error("A message from {} cannot be read", envelope.reversePath(), e);
            forAll(
                    envelope,
                    new Outcome.Deferred(EnhancedStatus.SYSTEM_FAILURE, "the message cannot be read now"),
                    results);
            return;
        }
        if (trace.hops() > maxHops) {
            LOG.warn(
                    "A message from {} passed {} hosts, which looks like a loop", envelope.reversePath(), trace.hops());
            forAll(envelope, new Outcome.Refused(EnhancedStatus.LOOP, "the message passed too many hosts"), results);
            return;
        }
        try (Batch batch = new Batch(envelope.reversePath(), message, trace)) {
            batch.deliver(envelope.recipients(), results);
        }
    }

    private Expansion expand(MailAddress recipient) {
        return Expansion.of(recipient, router, maxExpansion);
    }

    private static void forAll(Envelope envelope, Outcome outcome, Consumer<DeliveryResult> results) {
        envelope.recipients().forEach(recipient -> results.accept(new DeliveryResult(recipient, outcome)));
    }

    /** One message on its way to all of its mailboxes. */
    private final class Batch implements AutoCloseable {
        private static final Outcome ACCEPTED = new Outcome.Accepted();
        private static final Outcome LOOP =
                new Outcome.Refused(EnhancedStatus.LOOP, "the message was delivered to the recipient before");
        private static final Outcome UNAVAILABLE =
                new Outcome.Deferred(EnhancedStatus.MAILBOX_UNAVAILABLE, "the mailbox cannot be written now");

        private final ReversePath reversePath;
        private final MessageSource message;
        private final TraceFields trace;
        /** How far each mailbox got: written ones are in {@link #written}, too. */
        private final Map<MailAddress, Outcome> mailboxes = new HashMap<>();

        private final Map<MailAddress, Delivery> written = new HashMap<>();

        Batch(ReversePath reversePath, MessageSource message, TraceFields trace) {
            this.reversePath = reversePath;
            this.message = message;
            this.trace = trace;
        }

        void deliver(List<MailAddress> recipients, Consumer<DeliveryResult> results) {
            Map<MailAddress, Expansion> known = new HashMap<>();
            List<Expansion> expansions = recipients.stream()
                    .map(recipient -> known.computeIfAbsent(recipient, Deliverer.this::expand))
                    .toList();
            for (Expansion expansion : expansions) {
                expansion.mailboxes().forEach(mailbox -> mailboxes.computeIfAbsent(mailbox, this::write));
            }
            for (int i = 0; i < recipients.size(); i++) {
                if (outcome(expansions.get(i)).equals(ACCEPTED)) {
                    commit(expansions.get(i));
                }
                results.accept(new DeliveryResult(recipients.get(i), outcome(expansions.get(i))));
            }
        }

        /** A failure that may pass counts most; a loop counts only if nothing else happened. */
        private Outcome outcome(Expansion expansion) {
            if (expansion.failure().isPresent()) {
                return expansion.failure().get();
            }
            List<Outcome> outcomes =
                    expansion.mailboxes().stream().map(mailboxes::get).toList();
            if (outcomes.contains(UNAVAILABLE)) {
                return UNAVAILABLE;
            }
            return outcomes.contains(ACCEPTED) ? ACCEPTED : LOOP;
        }

        private Outcome write(MailAddress mailbox) {
            if (trace.wasDeliveredTo(mailbox)) {
                LOG.warn("A message from {} was delivered to {} before", reversePath, mailbox);
                return LOOP;
            }
            try {
                Delivery delivery = target.begin(mailbox);
                written.put(mailbox, delivery);
                try (OutputStream out = delivery.message();
                        InputStream in = message.open()) {
                    out.write(
                            ("Return-Path: " + reversePath + "\r\nDelivered-To: " + mailbox + "\r\n").getBytes(UTF_8));
                    in.transferTo(out);
                }
                return ACCEPTED;
            } catch (IOException | RuntimeException e) { // of a target that was plugged in
                LOG.error("A message from {} cannot be written for {}", reversePath, mailbox, e);
                return UNAVAILABLE;
            }
        }

        /** Ends at the first failure: the recipient gets the message again, and so would the mailboxes behind it. */
        private void commit(Expansion expansion) {
            for (MailAddress mailbox : expansion.mailboxes()) {
                commit(mailbox);
                if (UNAVAILABLE.equals(mailboxes.get(mailbox))) {
                    return;
                }
            }
        }

        private void commit(MailAddress mailbox) {
            Delivery delivery = written.get(mailbox);
            if (delivery == null) {
                return; // committed for another recipient, or it was a loop
            }
            try (delivery) {
                written.remove(mailbox);
                delivery.commit();
                LOG.info("Delivered: from={} mailbox={}", reversePath, mailbox);
            } catch (IOException | RuntimeException e) { // of a target that was plugged in
                LOG.error("A message from {} cannot be committed for {}", reversePath, mailbox, e);
                mailboxes.put(mailbox, UNAVAILABLE);
            }
        }

        @Override
        public void close() {
            written.forEach((mailbox, delivery) -> {
                try {
                    delivery.close();
                } catch (IOException e) {
                    LOG.warn("An invisible remainder of a message for {} is left", mailbox, e);
                }
            });
        }
    }
}
