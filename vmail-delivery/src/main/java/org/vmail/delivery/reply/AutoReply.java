package org.vmail.delivery.reply;

import static com.google.common.base.Preconditions.checkArgument;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.delivery.DeliveryListener;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.MessageSource;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.Relay;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.reply.AutoReplyResult.Failed;
import org.vmail.delivery.reply.AutoReplyResult.Reason;
import org.vmail.delivery.reply.AutoReplyResult.Sent;
import org.vmail.delivery.reply.AutoReplyResult.Silent;
import org.vmail.directory.Directory;
import org.vmail.internal.Durations;
import org.vmail.internal.PlainFile;
import org.vmail.mailbox.Delivery;

/**
 * Answers mail for people who are away, and for addresses that answer by themselves, with the files of Linuxconf's virtual
 * e-mail and the manners of RFC 3834.
 *
 * <p>In a folder with a folder for each domain, {@code USER.vacation} is a user's answer: a message whose header has a
 * Subject. It is switched on by {@code USER.vacation.db}, which may be empty and remembers who was answered; without that
 * file there are no answers. {@code NAME.auto} is the answer of an address, which need not be anybody's, and is always on.
 * Symbolic links are not followed.
 *
 * <p>No answer goes to a message without a sender, from a program or a list, or to many, and nobody gets one twice within an
 * interval; a vacation answers only what names one of the user's addresses in its header. Answers go to the reverse-path,
 * and have none themselves, so that nobody answers or returns them.
 *
 * <p>Immutable and thread-safe; each {@code with…} method returns a changed copy.
 */
public final class AutoReply {
    private static final Logger LOG = LoggerFactory.getLogger(AutoReply.class);

    private final Path folder;
    private final Relay relay;
    private final Clock clock;
    private final Values values;

    /** Changed only before it is given to {@link AutoReply}. */
    private static final class Values implements Cloneable {
        private Duration vacationInterval = Duration.ofDays(7);
        private Duration autoInterval = Duration.ofHours(1);
        private int maxSenders = 1000;
        private int maxAnswerOctets = 256 * 1024;
        private boolean reversePathOfAccount;

        @Override
        public Values clone() {
            try {
                return (Values) super.clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private AutoReply(Path folder, Relay relay, Clock clock, Values values) {
        Durations.checkPositive(values.vacationInterval, "The interval of vacations");
        Durations.checkPositive(values.autoInterval, "The interval of auto-responders");
        checkArgument(values.maxSenders > 0, "The number of senders must be positive");
        checkArgument(values.maxAnswerOctets > 0, "The size of an answer must be positive");
        this.folder = folder;
        this.relay = relay;
        this.clock = clock;
        this.values = values;
    }

    private AutoReply with(Consumer<Values> change) {
        Values changed = values.clone();
        change.accept(changed);
        return new AutoReply(folder, relay, clock, changed);
    }

    /**
     * Answers with the files of a folder.
     *
     * @param folder has a folder for each domain; Linuxconf's is {@code /var/spool/vmail/files}
     * @param relay sends the answers
     * @return with the default bounds
     */
    public static AutoReply in(Path folder, Relay relay) {
        return in(folder, relay, Clock.systemUTC());
    }

    static AutoReply in(Path folder, Relay relay, Clock clock) {
        return new AutoReply(folder, relay, clock, new Values());
    }

    /**
     * Sets how long a sender who got an answer from somebody on vacation gets no further one.
     *
     * @param interval positive; default 7 days
     * @return the changed copy
     */
    public AutoReply withVacationInterval(Duration interval) {
        return with(values -> values.vacationInterval = interval);
    }

    /**
     * Sets how long a sender who got an answer from an auto-responder gets no further one.
     *
     * @param interval positive; default 1 hour
     * @return the changed copy
     */
    public AutoReply withAutoInterval(Duration interval) {
        return with(values -> values.autoInterval = interval);
    }

    /**
     * Sets how many senders are remembered for each address. When there are more, the older half is forgotten.
     *
     * @param count at least 1; default 1000
     * @return the changed copy
     */
    public AutoReply withMaxSenders(int count) {
        return with(values -> values.maxSenders = count);
    }

    /**
     * Sets how large an answer may be. A larger one is not sent.
     *
     * @param octets at least 1; default 256 KiB
     * @return the changed copy
     */
    public AutoReply withMaxAnswerOctets(int octets) {
        return with(values -> values.maxAnswerOctets = octets);
    }

    /**
     * Sends answers with the address that answers as their reverse-path, for relays that take nothing without one (RFC 3834,
     * section 3.3). Default: none.
     *
     * @return the changed copy
     */
    public AutoReply withReversePathOfAccount() {
        return with(values -> values.reversePathOfAccount = true);
    }

    /**
     * Answers for an account that is on vacation, if it is. To be called when the message was delivered to its mailbox.
     *
     * @param envelope of the message
     * @param account the canonical address of the account
     * @param aliases further addresses of the user, who is addressed by these, too; those of the envelope need not be here
     * @param message the message
     * @return what became of it; never an exception, for the delivery does not depend on it
     */
    public AutoReplyResult vacation(
            Envelope envelope, MailAddress account, Set<MailAddress> aliases, MessageSource message) {
        Set<MailAddress> addresses = new LinkedHashSet<>();
        addresses.add(account.toLowerCase());
        aliases.forEach(alias -> addresses.add(alias.toLowerCase()));
        envelope.recipients().forEach(recipient -> addresses.add(recipient.toLowerCase()));
        Path text = file(account, ".vacation");
        AnsweredSenders answered = new AnsweredSenders(values.vacationInterval, values.maxSenders);
        return answer(
                envelope,
                account,
                message,
                new Responder(text, file(account, ".vacation.db"), Optional.of(addresses), answered));
    }

    /**
     * Answers for an address that has an auto-responder, if it has one. The address need not exist otherwise.
     *
     * @param envelope of the message
     * @param address the address that answers
     * @param message the message
     * @return what became of it; never an exception, for the delivery does not depend on it
     */
    public AutoReplyResult autoResponse(Envelope envelope, MailAddress address, MessageSource message) {
        AnsweredSenders answered = new AnsweredSenders(values.autoInterval, values.maxSenders);
        return answer(
                envelope,
                address,
                message,
                new Responder(file(address, ".auto"), file(address, ".auto.db"), Optional.empty(), answered));
    }

    /**
     * Answers beside delivery: with the vacations of accounts that got the message, and with the auto-responders of all addresses
     * that it was for, aliases followed, in domains that {@linkplain org.vmail.directory.HostedDomain#withAutoResponses allow}
     * it.
     *
     * @param directory has the domains
     * @return to be given to {@link org.vmail.delivery.Deliverer#withListener}
     */
    public DeliveryListener beside(Directory directory) {
        return new HostedAnswers(this, directory);
    }

    /**
     * Accepts mail for addresses that have an auto-responder and are otherwise nobody's. It is answered and discarded.
     *
     * @param directory has the domains
     * @param others routes the rest
     * @return a router in front of it
     */
    public RecipientRouter accepting(Directory directory, RecipientRouter others) {
        return new HostedAnswers(this, directory).accepting(others);
    }

    boolean hasAutoResponse(MailAddress address) {
        return Responder.isFile(file(address, ".auto"));
    }

    /**
     * One of the two kinds.
     *
     * @param addresses of the user on vacation, who is silent without notes; empty for an auto-responder, which makes them
     */
    private record Responder(Path text, Path notes, Optional<Set<MailAddress>> addresses, AnsweredSenders answered) {
        boolean isOn() {
            return isFile(text) && (addresses.isEmpty() || isFile(notes));
        }

        boolean isAddressed(HeaderFields header) {
            return addresses.map(any -> Courtesy.isAddressed(header, any)).orElse(true);
        }

        boolean note(String sender, Instant now) throws IOException {
            return answered.note(notes, sender, now, addresses.isEmpty());
        }

        private static boolean isFile(Path file) {
            return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** A local part has no slash and is no dots, so the file is in the folder of its domain. */
    private Path file(MailAddress address, String suffix) {
        MailAddress canonical = address.toLowerCase();
        return folder.resolve(canonical.domain().name()).resolve(canonical.localPart() + suffix);
    }

    private AutoReplyResult answer(Envelope envelope, MailAddress address, MessageSource message, Responder responder) {
        AutoReplyResult result;
        try {
            result = responder.isOn() ? decide(envelope, address, message, responder) : new Silent(Reason.OFF);
        } catch (NoSuchFileException switchedOff) {
            result = new Silent(Reason.OFF);
        } catch (IOException | RuntimeException e) { // of a relay or message that was plugged in
            LOG.warn("{} cannot answer {}", address, envelope.reversePath(), e);
            result = new Failed(responder.text + " is not sent: " + e.getMessage());
        }
        LOG.debug("Answer of {} to {}: {}", address, envelope.reversePath(), result);
        return result;
    }

    private AutoReplyResult decide(Envelope envelope, MailAddress address, MessageSource message, Responder responder)
            throws IOException {
        Optional<MailAddress> sender = MailAddress.parse(envelope.reversePath().address());
        if (sender.isEmpty()) {
            return new Silent(Reason.NO_SENDER);
        }
        if (Courtesy.isSystem(sender.get()) || sender.get().toLowerCase().equals(address.toLowerCase())) {
            return new Silent(Reason.SYSTEM_SENDER);
        }
        HeaderFields question;
        try (InputStream in = message.open()) {
            question = HeaderFields.of(in);
        }
        Optional<Reason> objection = Courtesy.objection(question);
        if (objection.isPresent()) {
            return new Silent(objection.get());
        }
        if (!responder.isAddressed(question)) {
            return new Silent(Reason.NOT_ADDRESSED);
        }
        Answer answer = Answer.of(read(responder.text));
        // Noted first: if the machine stops in between, no answer is better than many.
        if (!responder.note(sender.get().toLowerCase().toString(), clock.instant())) {
            return new Silent(Reason.ANSWERED);
        }
        send(sender.get(), address, answer.to(sender.get(), address, question, clock.instant()));
        LOG.info("Answered: account={} to={}", address, sender.get());
        return new Sent(sender.get());
    }

    private byte[] read(Path file) throws IOException {
        byte[] octets = PlainFile.read(file, values.maxAnswerOctets + 1);
        if (octets.length > values.maxAnswerOctets) {
            throw new ProtocolException("it is larger than " + values.maxAnswerOctets + " octets");
        }
        return octets;
    }

    private void send(MailAddress to, MailAddress from, byte[] answer) throws IOException {
        ReversePath reversePath = values.reversePathOfAccount ? new ReversePath(from.toString()) : ReversePath.none();
        try (Delivery delivery = relay.begin(new Envelope(reversePath, List.of(to)))) {
            delivery.message().write(answer);
            delivery.commit();
        }
    }
}
