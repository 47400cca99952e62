package org.vmail.delivery.relay;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.relay.QueuedRecipient.Failed;
import org.vmail.delivery.relay.QueuedRecipient.Trouble;
import org.vmail.delivery.relay.QueuedRecipient.Waiting;

/** What is done with a message that was taken out of the queue. Thread-safe, as long as each message is taken by one thread. */
final class SpoolSender {
    private static final Logger LOG = LoggerFactory.getLogger(SpoolSender.class);

    private static final Trouble OUT_OF_ORDER =
            new Trouble(new EnhancedStatus(4, 4, 1), false, "the next host cannot be reached");
    private static final Trouble FAULT =
            new Trouble(EnhancedStatus.SYSTEM_FAILURE, false, "the message cannot be sent from here now");
    private static final EnhancedStatus EXPIRED = new EnhancedStatus(4, 4, 7);
    private static final EnhancedStatus GIVEN_UP = new EnhancedStatus(5, 0, 0);

    private final SpoolFolder folder;
    private final SpoolQueue queue;
    private final SpoolIntake intake;
    private final NextHop nextHop;
    private final SpoolOptions options;
    private final SpoolListener listener;
    private final Clock clock;

    private final ReentrantLock lock = new ReentrantLock();
    // These are guarded by the lock.
    private final Set<Thread> transfers = new HashSet<>();
    private boolean breakingOff;

    SpoolSender(
            SpoolFolder folder,
            SpoolQueue queue,
            SpoolIntake intake,
            NextHop nextHop,
            SpoolOptions options,
            SpoolListener listener,
            Clock clock) {
        this.folder = folder;
        this.queue = queue;
        this.intake = intake;
        this.nextHop = nextHop;
        this.options = options;
        this.listener = listener;
        this.clock = clock;
    }

    /** Whatever comes of it, the message is in the queue again or done with. */
    void attempt(SpoolEntry entry) {
        boolean done = false;
        try {
            done = proceed(entry);
        } catch (IOException e) {
            LOG.error("What became of the message {} cannot be written down; it waits until it can", entry.id(), e);
        } catch (RuntimeException | Error e) {
            LOG.error("The message {} waits; this is a bug in vmail or in what was plugged in", entry.id(), e);
        } finally {
            if (done) {
                end(entry);
            } else {
                Instant now = clock.instant();
                if (!entry.envelope().next().isAfter(now)) {
                    entry.envelope(entry.envelope().due(now.plus(options.minRetryInterval())));
                }
                queue.giveBack(entry);
            }
        }
    }

    private void end(SpoolEntry entry) {
        queue.end(entry);
        listener.ended(entry.message());
    }

    /** Returns whether nobody needs the message any more. Nothing is sent while the last results are not written down. */
    private boolean proceed(SpoolEntry entry) throws IOException {
        if (!entry.isSaved()) {
            save(entry);
        }
        report(entry);
        List<Waiting> waiting = entry.envelope().waiting();
        if (!waiting.isEmpty()) {
            Instant next =
                    clock.instant().plus(options.interval(entry.envelope().attempts() + 1));
            entry.envelope(entry.envelope().tried(next));
            for (int from = 0; from < waiting.size(); from += options.maxRecipients()) {
                List<Waiting> some = waiting.subList(from, Math.min(from + options.maxRecipients(), waiting.size()));
                boolean inOrder = send(entry, some);
                if (!entry.envelope().recipients().isEmpty()) {
                    save(entry);
                }
                if (!inOrder) {
                    break;
                }
            }
            report(entry);
        }
        if (!entry.envelope().recipients().isEmpty()) {
            return false;
        }
        folder.remove(entry.id());
        return true;
    }

    private void save(SpoolEntry entry) throws IOException {
        entry.saved(false);
        folder.update(entry.id(), entry.envelope());
        entry.saved(true);
    }

    /** Hands the message over for some recipients, and notes the results. Returns whether the next hop is in order. */
    private boolean send(SpoolEntry entry, List<Waiting> recipients) {
        QueuedEnvelope envelope = entry.envelope();
        Path content = folder.content(entry.id());
        List<ForwardPath> paths = recipients.stream().map(Waiting::path).toList();
        if (!Files.isReadable(content)) {
            LOG.error("The message {} cannot be read from {}", entry.id(), content);
            note(entry, recipients, FAULT);
            return true;
        }
        try {
            List<NextHop.Result> results = transfer(new OutboundMessage(
                    envelope.from(), paths, () -> Files.newInputStream(content), entry.octets(), envelope.eightBit()));
            if (results.size() != recipients.size()) {
                throw new IllegalStateException("The next hop has no result for each recipient");
            }
            note(entry, recipients, results);
            return true;
        } catch (IOException e) {
            LOG.warn("The message {} has to wait: {} is out of order: {}", entry.id(), nextHop, e.toString());
            note(entry, recipients, OUT_OF_ORDER);
            queue.pause();
            return false;
        } catch (RuntimeException | Error e) { // of a next hop that was plugged in
            LOG.error("The message {} has to wait; this is a bug in vmail or in the next hop", entry.id(), e);
            note(entry, recipients, FAULT);
            return true;
        }
    }

    /** The one place where closing interrupts a thread: a file that is written meanwhile would be closed by that. */
    private List<NextHop.Result> transfer(OutboundMessage message) throws IOException {
        lock.lock();
        try {
            if (breakingOff) {
                throw new IOException("The spool is being closed");
            }
            transfers.add(Thread.currentThread());
        } finally {
            lock.unlock();
        }
        try {
            return nextHop.send(message);
        } finally {
            lock.lock();
            try {
                transfers.remove(Thread.currentThread());
                if (breakingOff) {
                    Thread.interrupted(); // has served its purpose
                }
            } finally {
                lock.unlock();
            }
        }
    }

    private void note(SpoolEntry entry, List<Waiting> recipients, Trouble trouble) {
        NextHop.Result deferred =
                new NextHop.Result(new Outcome.Deferred(trouble.status(), trouble.text()), Optional.empty());
        note(entry, recipients, recipients.stream().map(recipient -> deferred).toList());
    }

    private void note(SpoolEntry entry, List<Waiting> tried, List<NextHop.Result> results) {
        SpooledMessage before = entry.message();
        boolean expired = clock.instant().isAfter(entry.envelope().arrived().plus(options.expiry()));
        List<QueuedRecipient> recipients = new ArrayList<>(entry.envelope().recipients());
        for (int i = 0; i < tried.size(); i++) {
            Waiting recipient = tried.get(i);
            Outcome outcome = results.get(i).outcome();
            Optional<String> reply = results.get(i).reply();
            LOG.info(
                    "{}: id={} from={} to={} reply=[{}]",
                    word(outcome),
                    entry.id(),
                    entry.envelope().from(),
                    recipient.path(),
                    reply.orElse(outcome.text()));
            listener.tried(before, recipient.path(), outcome);
            int place = recipients.indexOf(recipient);
            recipients.remove(place);
            Trouble trouble = new Trouble(outcome.status(), reply.isPresent(), reply.orElse(outcome.text()));
            if (outcome instanceof Outcome.Refused) {
                recipients.add(place, new Failed(recipient.path(), trouble));
            } else if (outcome.isDeferred() && expired) {
                recipients.add(
                        place, new Failed(recipient.path(), new Trouble(EXPIRED, trouble.byNextHop(), trouble.text())));
            } else if (outcome.isDeferred()) {
                recipients.add(place, new Waiting(recipient.path(), Optional.of(trouble)));
            }
        }
        entry.envelope(entry.envelope().withRecipients(recipients));
    }

    private static String word(Outcome outcome) {
        if (outcome.isAccepted()) {
            return "Relayed";
        }
        return outcome instanceof Outcome.Refused ? "Refused" : "Deferred";
    }

    /** Puts a report into the spool, if there is anything to report, before the failures are forgotten. */
    private void report(SpoolEntry entry) throws IOException {
        QueuedEnvelope envelope = entry.envelope();
        List<Failed> failed = envelope.failed();
        if (failed.isEmpty()) {
            return;
        }
        Optional<ForwardPath> sender = ForwardPath.parse(envelope.from().address());
        if (sender.isEmpty()) {
            LOG.warn(
                    "A message from {} cannot be delivered, and nobody is told: id={} to={}",
                    envelope.from(),
                    entry.id(),
                    failed.stream().map(Failed::path).toList());
        } else {
            Path content = folder.content(entry.id());
            NonDeliveryReport report =
                    new NonDeliveryReport(options, sender.get(), envelope, () -> Files.newInputStream(content));
            try (SpoolDelivery delivery = intake.beginReport(sender.get())) {
                try (OutputStream out = delivery.message()) {
                    report.writeTo(out, delivery.id(), clock.instant(), entry.octets());
                }
                delivery.commit();
            }
        }
        listener.returned(SpooledMessage.of(
                entry.id(), entry.octets(), envelope.withRecipients(List.<QueuedRecipient>copyOf(failed))));
        List<QueuedRecipient> others = new ArrayList<>(envelope.recipients());
        others.removeAll(failed);
        entry.envelope(envelope.withRecipients(others));
        if (!others.isEmpty()) {
            save(entry);
        }
    }

    /**
     * Does what an administrator wants with a message that was taken; it is in the queue again or done with afterwards.
     *
     * @throws IOException if it cannot be done now; the message waits as before
     */
    void apply(SpoolAction action, SpoolEntry entry) throws IOException {
        QueuedEnvelope before = entry.envelope();
        boolean applied = false;
        try {
            switch (action) {
                case RETRY -> {
                    entry.envelope(before.due(clock.instant()));
                    queue.resume();
                }
                case RETURN -> {
                    entry.envelope(givenUp(before));
                    save(entry);
                }
                case DROP -> folder.remove(entry.id());
            }
            applied = true;
        } finally {
            if (!applied) {
                entry.envelope(before);
                queue.giveBack(entry);
            }
        }
        LOG.info("The administrator wants it: action={} id={} from={}", action, entry.id(), before.from());
        switch (action) {
            case RETRY -> queue.giveBack(entry);
            case RETURN -> attempt(entry); // nobody waits for it, so the report is all that is left to do
            case DROP -> end(entry);
        }
    }

    private QueuedEnvelope givenUp(QueuedEnvelope envelope) {
        List<QueuedRecipient> failed = new ArrayList<>(envelope.failed());
        for (Waiting recipient : envelope.waiting()) {
            String last = recipient
                    .trouble()
                    .map(trouble -> "; the last time: " + trouble.text())
                    .orElse("");
            failed.add(
                    new Failed(recipient.path(), new Trouble(GIVEN_UP, false, "given up by the administrator" + last)));
        }
        return envelope.withRecipients(failed).due(clock.instant());
    }

    /** Interrupts transfers that are under way, and lets none begin. */
    void breakOff() {
        lock.lock();
        try {
            breakingOff = true;
            transfers.forEach(Thread::interrupt);
        } finally {
            lock.unlock();
        }
    }
}
