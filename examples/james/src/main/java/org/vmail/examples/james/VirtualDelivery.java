package org.vmail.examples.james;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.mail.MessagingException;
import org.apache.james.core.MailAddress;
import org.apache.mailet.Attribute;
import org.apache.mailet.AttributeName;
import org.apache.mailet.AttributeUtils;
import org.apache.mailet.AttributeValue;
import org.apache.mailet.Mail;
import org.apache.mailet.base.GenericMailet;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.MessageSpool;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.ReversePath;
import org.vmail.directory.Directory;
import org.vmail.mailbox.maildir.MaildirStore;

/**
 * Delivers into the Maildirs of virtual domains. Every recipient has a result of its own: the mail goes on, to {@code
 * refusedProcessor}, for whom it was refused; it comes again after {@code retryMinutes}, up to {@code maxAttempts} times, for
 * whom it was deferred.
 *
 * <pre>{@code
 * <mailet match="org.vmail.examples.james.HostedDomains=/etc/vmail" class="org.vmail.examples.james.VirtualDelivery">
 *   <directory>/etc/vmail</directory>
 *   <mail>/var/spool/vmail</mail>
 * </mailet>
 * }</pre>
 */
public final class VirtualDelivery extends GenericMailet {
    private static final AttributeName ATTEMPTS = AttributeName.of("org.vmail.attempts");
    private static final int MEMORY_OCTETS = 256 << 10;

    private Optional<Deliverer> deliverer = Optional.empty();
    private String refusedProcessor = "bounces";
    private int retryMinutes = 10;
    private int maxAttempts = 100;

    @Override
    public void init() throws MessagingException {
        try {
            Directory directory = Directory.files(Path.of(required("directory")));
            deliverer = Optional.of(Deliverer.over(directory, MaildirStore.under(Path.of(required("mail")))));
        } catch (IOException e) {
            throw new MessagingException("The directory cannot be read", e);
        }
        refusedProcessor = getInitParameter("refusedProcessor", refusedProcessor);
        retryMinutes = Integer.parseInt(getInitParameter("retryMinutes", Integer.toString(retryMinutes)));
        maxAttempts = Integer.parseInt(getInitParameter("maxAttempts", Integer.toString(maxAttempts)));
    }

    private String required(String name) throws MessagingException {
        return getInitParameterAsOptional(name)
                .orElseThrow(() -> new MessagingException("VirtualDelivery needs the parameter " + name));
    }

    @Override
    public String getMailetInfo() {
        return "vmail virtual delivery";
    }

    @Override
    public void service(Mail mail) throws MessagingException {
        List<MailAddress> recipients = List.copyOf(mail.getRecipients());
        List<Outcome> outcomes = deliver(mail, recipients);
        List<MailAddress> deferred = new ArrayList<>();
        Map<Outcome, List<MailAddress>> refused = new LinkedHashMap<>();
        boolean last = attempts(mail) >= maxAttempts;
        for (int i = 0; i < recipients.size(); i++) {
            Outcome outcome = outcomes.get(i);
            if (outcome.isAccepted()) {
                continue;
            }
            if (outcome.isDeferred() && !last) {
                deferred.add(recipients.get(i));
            } else {
                refused.computeIfAbsent(outcome, first -> new ArrayList<>()).add(recipients.get(i));
            }
        }
        String state = mail.getState();
        mail.setState(Mail.GHOST); // what is to be done is done, or is in the mails that are sent here
        // A mail has one error message, and each recipient's report must tell why that one was refused.
        for (Map.Entry<Outcome, List<MailAddress>> each : refused.entrySet()) {
            Mail back = copy(mail, each.getValue());
            back.setErrorMessage(each.getKey().status() + " " + each.getKey().text());
            getMailetContext().sendMail(back, refusedProcessor);
        }
        if (!deferred.isEmpty()) {
            Mail again = copy(mail, deferred);
            again.setAttribute(new Attribute(ATTEMPTS, AttributeValue.of(attempts(mail) + 1)));
            getMailetContext().sendMail(again, state, retryMinutes, TimeUnit.MINUTES);
        }
    }

    private static int attempts(Mail mail) {
        return AttributeUtils.getValueAndCastFromMail(mail, ATTEMPTS, Integer.class)
                .orElse(1);
    }

    private static Mail copy(Mail mail, List<MailAddress> recipients) throws MessagingException {
        Mail copy = mail.duplicate();
        copy.setRecipients(recipients);
        return copy;
    }

    /** An outcome for each recipient; one whose address can be no mailbox here is refused. */
    private List<Outcome> deliver(Mail mail, List<MailAddress> recipients) throws MessagingException {
        List<org.vmail.address.MailAddress> known = new ArrayList<>();
        for (MailAddress recipient : recipients) {
            org.vmail.address.MailAddress.parse(recipient.asString()).ifPresent(known::add);
        }
        ReversePath sender =
                ReversePath.parse(mail.getMaybeSender().asString("")).orElse(ReversePath.none());
        try (MessageSpool message = new MessageSpool(Long.MAX_VALUE, MEMORY_OCTETS, spoolFolder())) {
            mail.getMessage().writeTo(message);
            List<DeliveryResult> results = deliverer.orElseThrow().deliver(new Envelope(sender, known), message);
            List<Outcome> outcomes = new ArrayList<>();
            int next = 0;
            for (MailAddress recipient : recipients) {
                outcomes.add(
                        org.vmail.address.MailAddress.parse(recipient.asString())
                                        .isPresent()
                                ? results.get(next++).outcome()
                                : new Outcome.Refused(EnhancedStatus.UNKNOWN_USER, "there is no such user here"));
            }
            return outcomes;
        } catch (IOException e) {
            throw new MessagingException("The message cannot be held now", e);
        }
    }

    private static Path spoolFolder() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }
}
