package org.vmail.delivery.relay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.Routing;

/** Delivers to recipients who are here after all, mostly senders who get a report, and leaves the others to another hop. */
record LocalFirst(RecipientRouter router, Deliverer deliverer, NextHop others) implements NextHop {
    private static final Logger LOG = LoggerFactory.getLogger(LocalFirst.class);
    private static final Result OUT_OF_ORDER = new Result(
            new Outcome.Deferred(new EnhancedStatus(4, 4, 1), "the next host cannot be reached"), Optional.empty());

    @Override
    public List<Result> send(OutboundMessage message) throws IOException {
        List<MailAddress> here = new ArrayList<>();
        List<ForwardPath> elsewhere = new ArrayList<>();
        List<Boolean> isHere = new ArrayList<>();
        for (ForwardPath path : message.recipients()) {
            Optional<MailAddress> local = MailAddress.parse(path.address());
            boolean found = local.isPresent() && !(router.route(local.get()) instanceof Routing.Elsewhere);
            isHere.add(found);
            if (found) {
                here.add(local.get());
            } else {
                elsewhere.add(path);
            }
        }
        if (here.isEmpty()) {
            return others.send(message);
        }
        List<DeliveryResult> delivered =
                deliverer.deliver(new Envelope(message.reversePath(), here), message.content());
        List<Result> sent = elsewhere.isEmpty() ? List.of() : send(message, elsewhere);
        List<Result> results = new ArrayList<>();
        int nextDelivered = 0;
        int nextSent = 0;
        for (boolean local : isHere) {
            results.add(
                    local
                            ? new Result(delivered.get(nextDelivered++).outcome(), Optional.empty())
                            : sent.get(nextSent++));
        }
        return results;
    }

    /** Somebody has it already, so this is no failure of the whole. */
    private List<Result> send(OutboundMessage message, List<ForwardPath> recipients) {
        try {
            return others.send(new OutboundMessage(
                    message.reversePath(), recipients, message.content(), message.octets(), message.eightBit()));
        } catch (IOException e) {
            LOG.warn("{} is out of order: {}", others, e.toString());
            return recipients.stream().map(recipient -> OUT_OF_ORDER).toList();
        }
    }

    /** The other hop: it is the one that can be out of order. */
    @Override
    public String toString() {
        return others.toString();
    }
}
