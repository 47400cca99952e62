package org.vmail.delivery.reply;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.delivery.DeliveryListener;
import org.vmail.delivery.Destination;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Filter;
import org.vmail.delivery.MessageSource;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.Routing;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;

/** Automatic answers of the domains that allow them, whose files are kept under their main names. */
record HostedAnswers(AutoReply reply, Directory directory) implements DeliveryListener {
    private static final Logger LOG = LoggerFactory.getLogger(HostedAnswers.class);

    @Override
    public void delivered(
            Envelope envelope, Set<MailAddress> addresses, Set<MailAddress> accounts, MessageSource message) {
        try {
            for (MailAddress account : each(accounts, this::canonical)) {
                reply.vacation(envelope, account, Set.of(), message);
            }
            for (MailAddress address : each(addresses, this::responder)) {
                reply.autoResponse(envelope, address, message);
            }
        } catch (IOException e) {
            LOG.warn("A message from {} to {} is not answered", envelope.reversePath(), envelope.recipients(), e);
        }
    }

    /** Finds who answers for an address. */
    @FunctionalInterface
    private interface Answering {
        Optional<MailAddress> of(MailAddress address) throws IOException;
    }

    private static Set<MailAddress> each(Set<MailAddress> addresses, Answering answering) throws IOException {
        Set<MailAddress> found = new LinkedHashSet<>();
        for (MailAddress address : addresses) {
            answering.of(address).ifPresent(found::add);
        }
        return found;
    }

    /** The address itself or, if there is nobody of that name, the one that a detail was added to. */
    private Optional<MailAddress> responder(MailAddress address) throws IOException {
        Optional<MailAddress> whole = canonical(address);
        if (whole.filter(reply::hasAutoResponse).isPresent() || whole.isEmpty()) {
            return whole;
        }
        boolean known = directory.alias(whole.get()).isPresent()
                || directory.account(whole.get()).isPresent();
        return known
                ? Optional.empty()
                : directory
                        .domain(address.domain())
                        .flatMap(domain -> domain.withoutDetail(address))
                        .filter(reply::hasAutoResponse);
    }

    private Optional<MailAddress> canonical(MailAddress address) throws IOException {
        return directory
                .domain(address.domain())
                .filter(HostedDomain::autoResponses)
                .map(domain -> new MailAddress(address.localPart(), domain.name()));
    }

    RecipientRouter accepting(RecipientRouter others) {
        return new RecipientRouter() {
            @Override
            public Routing route(MailAddress recipient) throws IOException {
                Routing routing = others.route(recipient);
                boolean answered = routing instanceof Routing.Unknown
                        && responder(recipient).isPresent();
                return answered ? new Routing.Alias(Set.of(new Destination.Discard()), List.of()) : routing;
            }

            @Override
            public Optional<Filter> filter(Domain domain) throws IOException {
                return others.filter(domain);
            }
        };
    }
}
