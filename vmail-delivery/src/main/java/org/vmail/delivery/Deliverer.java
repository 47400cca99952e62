package org.vmail.delivery;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.OverQuotaReply;
import org.vmail.mailbox.BeginResult;
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
 * <p>Each copy begins with a Return-Path (RFC 5321, section 4.4), in the place of any that the message came with, and a
 * Delivered-To field; a message that already carries the Delivered-To of a mailbox is not delivered there again. What is
 * sent on elsewhere has a Delivered-To field for whoever sends it on, and no Return-Path; what a program gets has one for the
 * recipient it acts for. So no message goes round through them for ever either.
 *
 * <p>Members elsewhere, files and programs are delivered to only if {@link #withRelay}, {@link #withMailFiles} and, for
 * programs, {@link org.vmail.directory.HostedDomain#withCommands} say so; mail for a recipient who needs more waits. A
 * program runs when everything else of its recipients is written, and before that is committed. Its exit status is read as in
 * sysexits.h: 0 is success; EX_DATAERR, EX_NOUSER, EX_NOHOST, EX_UNAVAILABLE and EX_NOPERM refuse the message; with any other
 * it waits.
 *
 * <p>Immutable and thread-safe; each {@code with…} method returns a changed copy.
 */
public final class Deliverer {
    private static final Logger LOG = LoggerFactory.getLogger(Deliverer.class);
    private static final Outcome ACCEPTED = new Outcome.Accepted();
    private static final int DEFAULT_COPIES = 10;
    private static final int DEFAULT_THREADS = 64;

    private final Values values;

    /** Changed only before it is given to {@link Deliverer}. */
    private static final class Values implements Cloneable {
        private final RecipientRouter router;
        private final DeliveryTarget target;
        private int maxExpansion = 1000;
        private int maxHops = 50;
        private Optional<Relay> relay = Optional.empty();
        private Optional<MailFiles> files = Optional.empty();
        private FullMailboxes full = account -> OverQuotaReply.TEMPORARY;
        private Optional<DeliveryListener> listener = Optional.empty();
        private boolean hardLinks;
        private Overlap overlap = new Overlap(DEFAULT_COPIES, DEFAULT_THREADS);
        private Programs programs = new Programs(CommandOptions.defaults());

        Values(RecipientRouter router, DeliveryTarget target) {
            this.router = router;
            this.target = target;
        }

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private Deliverer(Values values) {
        checkArgument(values.maxExpansion > 0, "The limit of an expansion must be positive");
        checkArgument(values.maxHops > 0, "The number of hops must be positive");
        this.values = values;
    }

    private Deliverer with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new Deliverer(changed);
    }

    /**
     * Delivers to the accounts of a directory.
     *
     * @param directory who exists
     * @param target their mailboxes
     * @return a deliverer with the default limits
     */
    public static Deliverer over(Directory directory, DeliveryTarget target) {
        return over(RecipientRouter.over(directory), target).withOverQuotaReplyOf(directory);
    }

    /**
     * Delivers where a router says.
     *
     * @param router where mail goes
     * @param target the mailboxes
     * @return a deliverer with the default limits
     */
    public static Deliverer over(RecipientRouter router, DeliveryTarget target) {
        return new Deliverer(new Values(router, target));
    }

    /**
     * Sets how many addresses one recipient may stand for; mail for one who stands for more waits.
     *
     * @param addresses at least 1; default 1000
     * @return the changed copy
     */
    public Deliverer withMaxExpansion(int addresses) {
        return with(values -> values.maxExpansion = addresses);
    }

    /**
     * Sets how many hosts a message may have passed.
     *
     * @param hops at least 1; default 50
     * @return the changed copy
     */
    public Deliverer withMaxHops(int hops) {
        return with(values -> values.maxHops = hops);
    }

    /**
     * Sets who sends mail on to members elsewhere.
     *
     * @param relay default none, and mail for a recipient who has such a member waits
     * @return the changed copy
     */
    public Deliverer withRelay(Relay relay) {
        return with(values -> values.relay = Optional.of(relay));
    }

    /**
     * Sets who delivers into files that aliases name.
     *
     * @param files default none, and mail for such an alias waits
     * @return the changed copy
     */
    public Deliverer withMailFiles(MailFiles files) {
        return with(values -> values.files = Optional.of(files));
    }

    /**
     * Sets what is said of mail for which a mailbox has no room.
     *
     * @param reply for all mailboxes; default {@link OverQuotaReply#TEMPORARY}, or over a directory what the domain says
     * @return the changed copy
     */
    public Deliverer withOverQuotaReply(OverQuotaReply reply) {
        return with(values -> values.full = account -> reply);
    }

    /**
     * Has each domain say what is said of mail for which a mailbox has no room.
     *
     * @param directory has the domains
     * @return the changed copy
     */
    public Deliverer withOverQuotaReplyOf(Directory directory) {
        return with(values -> values.full = account -> directory
                .domain(account.domain())
                .map(HostedDomain::overQuotaReply)
                .orElse(OverQuotaReply.TEMPORARY));
    }

    /**
     * Sets who hears of what was delivered.
     *
     * @param listener default none
     * @return the changed copy
     */
    public Deliverer withListener(DeliveryListener listener) {
        return with(values -> values.listener = Optional.of(listener));
    }

    /**
     * Sets the bounds of programs that take or filter messages. They hold for this deliverer and the copies made of it
     * together.
     *
     * @param options default {@link CommandOptions#defaults()}
     * @return the changed copy
     */
    public Deliverer withCommandOptions(CommandOptions options) {
        return with(values -> values.programs = new Programs(options));
    }

    /**
     * Sets how many recipients of one message are delivered to at the same time, so that a file system can make several
     * copies durable together; of copies that recipients share, or have several of, as many are written at the same time. A
     * recipient is delivered to beside others only if nobody shares its copies and none is a program's. With 1 the calling
     * thread does all itself, and nothing is committed for a recipient before the one before has been told; with more up to
     * {@code copies} - 1 recipients may have the message whom nobody could be told of, when the results cannot be told any
     * more or the machine stops, and get it again.
     *
     * @param copies at least 1; default 10
     * @param threads how many threads work for this deliverer and the copies made of it together, besides those that call
     *     it; at least 1, default 64. When all are busy, the calling threads work alone. They are daemons and end when they
     *     have been idle for a second
     * @return the changed copy
     */
    public Deliverer withParallelCopies(int copies, int threads) {
        return with(values -> values.overlap = new Overlap(copies, threads));
    }

    /**
     * Sets whether mailboxes may share the file of a message that is for several of them: it is written and synced once, and
     * gets a second name for each of the others ({@link DeliveryTarget#beginLinked}). Then it begins with a Return-Path in all
     * of them and a Delivered-To in none, even where it had to be written again; loops through forwards are still found, as
     * what is sent on has the field. A file counts against every mailbox's quota here, but once against a quota of the file
     * system, and a program that changed it in place would change it for all.
     *
     * @param allowed default false
     * @return the changed copy
     */
    public Deliverer withHardLinks(boolean allowed) {
        return with(values -> values.hardLinks = allowed);
    }

    /**
     * Says what would become of a message for a recipient, so that a server can refuse it at RCPT instead of accepting and
     * returning it.
     *
     * @param recipient any address
     * @return accepted, or why not; never an exception: what cannot be told is deferred
     */
    public Outcome accepts(MailAddress recipient) {
        return accepts(recipient, 0);
    }

    /**
     * Says what would become of a message of a certain size for a recipient, room in the mailboxes included.
     *
     * @param recipient any address
     * @param octets the size, such as a client announces it (RFC 1870); 0 if it is not known
     * @return accepted, or why not; never an exception: what cannot be told is deferred
     */
    public Outcome accepts(MailAddress recipient, long octets) {
        Expansion expansion = expand(recipient);
        return expansion
                .failure()
                .orElseGet(() -> Batch.together(expansion.targets().stream()
                        .map(target -> room(target.destination(), octets))
                        .toList()));
    }

    private Outcome room(Destination destination, long octets) {
        if (!(destination instanceof Destination.Mailbox mailbox)) {
            return ACCEPTED;
        }
        try {
            Optional<BeginResult.OverQuota> full = values.target.overQuota(mailbox.account(), octets);
            return full.isEmpty() ? ACCEPTED : values.full.outcome(mailbox.account(), full.get());
        } catch (IOException | RuntimeException e) { // of what was plugged in
            LOG.error("Nobody knows whether {} has room", mailbox.account(), e);
            return new Outcome.Deferred(EnhancedStatus.MAILBOX_UNAVAILABLE, "the mailbox cannot be looked at now");
        }
    }

    /**
     * Delivers a message to all recipients of an envelope.
     *
     * @param envelope who it is for
     * @param message the message, which is read once for each mailbox, by several threads at the same time
     * @return a result for each recipient, in the same order. What is accepted is durable, as its {@link DeliveryTarget}
     *     means that; of what is not accepted the sender keeps the responsibility
     */
    public List<DeliveryResult> deliver(Envelope envelope, MessageSource message) {
        List<DeliveryResult> results = new ArrayList<>();
        deliver(envelope, message, results::add);
        return List.copyOf(results);
    }

    /**
     * Delivers a message to all recipients of an envelope, and tells each result as soon as it and those before it are
     * final, so that a server can answer for one recipient while the next ones' mailboxes are committed.
     *
     * @param envelope who it is for
     * @param message the message, which is read once for each mailbox, by several threads at the same time
     * @param results is given a result for each recipient, in the same order, by the calling thread. What it throws is
     *     thrown, and recipients whose result it was not given are not delivered to, but for those few that were committed
     *     at the same time ({@link #withParallelCopies})
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
        if (trace.hops() > values.maxHops) {
            LOG.warn(
                    "A message from {} passed {} hosts, which looks like a loop", envelope.reversePath(), trace.hops());
            forAll(envelope, new Outcome.Refused(EnhancedStatus.LOOP, "the message passed too many hosts"), results);
            return;
        }
        Outlets outlets = new Outlets(values.target, values.full, values.relay, values.files, values.programs);
        try (Batch batch =
                new Batch(values.overlap, values.hardLinks, outlets, envelope.reversePath(), message, trace)) {
            try {
                batch.deliver(envelope.recipients(), this::expand, results);
            } finally {
                batch.withdrawRest();
                values.listener.ifPresent(listener -> batch.tell(listener, message));
            }
        }
    }

    /**
     * Delivers one message for a protocol that has one reply for all recipients, as SMTP has (RFC 5321, section 4.1.1.4).
     *
     * <p>If nobody has got it, the sender is told why, and keeps it or returns it. If some have got it, they would get it again
     * with the sender's next attempt; so the message is left to somebody else for the others, and the sender is told that all is
     * well. Only if that fails, too, the sender has to try again: twice is better than never.
     *
     * @param envelope for whom
     * @param message the message; read again for those who are left
     * @param later takes it for recipients for whom it was deferred or refused, to try again or to report: a
     *     {@link org.vmail.delivery.relay.SpoolRelay} whose {@linkplain org.vmail.delivery.relay.NextHop#localFirst next hop}
     *     delivers here
     * @return the outcome for all; of an envelope without recipients, accepted
     */
    public Outcome deliverTogether(Envelope envelope, MessageSource message, Relay later) {
        List<DeliveryResult> failed = deliver(envelope, message).stream()
                .filter(result -> !result.outcome().equals(ACCEPTED))
                .toList();
        if (failed.isEmpty()) {
            return ACCEPTED;
        }
        Outcome outcome =
                Batch.together(failed.stream().map(DeliveryResult::outcome).toList());
        if (failed.size() == envelope.recipients().size()) {
            return outcome;
        }
        List<MailAddress> others =
                failed.stream().map(DeliveryResult::recipient).toList();
        try (Delivery delivery = later.begin(new Envelope(envelope.reversePath(), others))) {
            try (InputStream in = message.open();
                    OutputStream out = delivery.message()) {
                in.transferTo(out);
            }
            delivery.commit();
            LOG.info("Left for later: from={} to={} [{}]", envelope.reversePath(), others, outcome.text());
            return ACCEPTED;
        } catch (IOException | RuntimeException e) { // of what was plugged in
            LOG.error("A message from {} cannot be left for {}", envelope.reversePath(), others, e);
            return new Outcome.Deferred(EnhancedStatus.SYSTEM_FAILURE, "the message cannot be held now");
        }
    }

    private Expansion expand(MailAddress recipient) {
        return Expansion.of(recipient, values.router, values.maxExpansion, this::isPossible);
    }

    private boolean isPossible(Destination destination) {
        if (destination instanceof Destination.Remote) {
            return values.relay.isPresent();
        }
        boolean inFile = destination instanceof Destination.Mbox || destination instanceof Destination.Maildir;
        return !inFile || values.files.isPresent();
    }

    private static void forAll(Envelope envelope, Outcome outcome, Consumer<DeliveryResult> results) {
        envelope.recipients().forEach(recipient -> results.accept(new DeliveryResult(recipient, outcome)));
    }
}
