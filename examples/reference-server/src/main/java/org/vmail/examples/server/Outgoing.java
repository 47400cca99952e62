package org.vmail.examples.server;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.Filter;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.Relay;
import org.vmail.delivery.Routing;
import org.vmail.delivery.relay.NextHop;
import org.vmail.delivery.relay.SenderRewriting;
import org.vmail.delivery.relay.SendmailRelay;
import org.vmail.delivery.relay.SpoolRelay;
import org.vmail.delivery.reply.AutoReply;
import org.vmail.directory.Directory;
import org.vmail.mailbox.DeliveryTarget;

/**
 * Deliveries, and the mail that leaves: to members elsewhere, reports and answers. Mail that is sent to somebody here after all,
 * such as a report to a sender of ours, is delivered without a way round.
 */
final class Outgoing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Outgoing.class);

    private static final Relay NOBODY = envelope -> {
        throw new IOException("Nobody sends answers here");
    };

    private final Deliverer deliverer;
    private final Optional<SpoolRelay> spool;

    private Outgoing(Deliverer deliverer, Optional<SpoolRelay> spool) {
        this.deliverer = deliverer;
        this.spool = spool;
    }

    /**
     * Opens the spool, if there is to be one. Nothing is sent before {@link #start}.
     *
     * @throws IOException if the spool is in use or cannot be used
     */
    static Outgoing forServer(Settings settings, Directory directory, DeliveryTarget mailboxes) throws IOException {
        Optional<RelaySettings.Spool> spool = settings.relay().flatMap(RelaySettings::spool);
        if (spool.isEmpty()) {
            return new Outgoing(forCommand(settings, directory, mailboxes), Optional.empty());
        }
        // The spool delivers to those who are here, and they may have members elsewhere.
        AtomicReference<Relay> opened = new AtomicReference<>(envelope -> {
            throw new IOException("The spool is not open yet");
        });
        Parts parts = parts(
                settings,
                directory,
                mailboxes,
                Optional.of(envelope -> Objects.requireNonNull(opened.get()).begin(envelope)));
        SpoolRelay relay = SpoolRelay.open(
                spool.get().folder(),
                NextHop.localFirst(
                        parts.router(), parts.deliverer(), spool.get().host()),
                spool.get().options());
        opened.set(relay);
        return new Outgoing(parts.deliverer(), Optional.of(relay));
    }

    /**
     * For one message and a process that ends behind it: the spool is the server's, so what would go there waits where it came
     * from.
     */
    static Deliverer forCommand(Settings settings, Directory directory, DeliveryTarget mailboxes) throws IOException {
        Optional<Relay> sendmail = settings.relay()
                .filter(relay -> relay.spool().isEmpty())
                .map(relay -> SendmailRelay.of(relay.sendmail()).withTimeout(relay.sendmailTimeout()));
        return parts(settings, directory, mailboxes, sendmail).deliverer();
    }

    private record Parts(RecipientRouter router, Deliverer deliverer) {}

    private static Parts parts(Settings settings, Directory directory, DeliveryTarget mailboxes, Optional<Relay> relay)
            throws IOException {
        RecipientRouter router = RecipientRouter.over(directory);
        Optional<Relay> forwarding = relay;
        if (settings.relay().flatMap(RelaySettings::rewriting).isPresent()) {
            SenderRewriting rewriting =
                    settings.relay().flatMap(RelaySettings::rewriting).get().make();
            router = rewriting.returning(router);
            forwarding = relay.map(rewriting::forwarding);
        }
        Optional<AutoReply> replies =
                relay.flatMap(sender -> settings.autoReplies().map(found -> found.over(sender)));
        if (replies.isPresent()) {
            router = replies.get().accepting(directory, router);
        } else if (settings.autoReplies().isPresent()) {
            router = new Unanswered(
                    router, settings.autoReplies().get().over(NOBODY).accepting(directory, router));
        }
        Deliverer deliverer = Deliverer.over(router, mailboxes)
                .withOverQuotaReplyOf(directory)
                .withParallelCopies(
                        settings.lmtp().copies().parallel(),
                        settings.lmtp().copies().threads())
                .withHardLinks(settings.lmtp().copies().hardLinks())
                .withCommandOptions(settings.commands())
                .withMailFiles(new AliasFiles(settings.mailboxes().locks()));
        deliverer = forwarding.map(deliverer::withRelay).orElse(deliverer);
        if (replies.isPresent()) {
            deliverer = deliverer.withListener(replies.get().beside(directory));
        }
        return new Parts(router, deliverer);
    }

    /** Mail for an address that only answers waits where nobody can answer. */
    private record Unanswered(RecipientRouter others, RecipientRouter answering) implements RecipientRouter {
        @Override
        public Routing route(MailAddress recipient) throws IOException {
            Routing routing = others.route(recipient);
            return routing instanceof Routing.Unknown && !(answering.route(recipient) instanceof Routing.Unknown)
                    ? new Routing.Misconfigured("it has an auto-responder, and only the server can answer")
                    : routing;
        }

        @Override
        public Optional<Filter> filter(Domain domain) throws IOException {
            return others.filter(domain);
        }
    }

    Deliverer deliverer() {
        return deliverer;
    }

    void start() {
        spool.ifPresent(SpoolRelay::start);
    }

    @Override
    public void close() {
        if (spool.isPresent()) {
            try {
                spool.get().close();
            } catch (IOException e) {
                LOG.warn("The spool is not closed as it should be", e);
            }
        }
    }
}
