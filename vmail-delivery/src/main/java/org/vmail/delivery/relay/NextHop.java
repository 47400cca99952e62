package org.vmail.delivery.relay;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.RecipientRouter;

/** The host that takes mail for everybody elsewhere, or whatever else does that. Implementations are thread-safe. */
@FunctionalInterface
public interface NextHop {
    /**
     * What became of a message for one of its recipients.
     *
     * @param outcome taken, to be tried again, or refused
     * @param reply what the next host said to it, if it said anything: one line of printable ASCII that begins with its
     *     code
     */
    record Result(Outcome outcome, Optional<String> reply) {}

    /**
     * Hands a message over.
     *
     * @param message the message and its recipients
     * @return a result for each recipient, in the same order; who is accepted must not be sent it again
     * @throws IOException if the next hop is out of order, and nobody has got the message; what was meant for it later had
     *     better wait, too
     */
    List<Result> send(OutboundMessage message) throws IOException;

    /**
     * Delivers to those who are here, mostly senders who get a report, and leaves the others to another hop. Without it the
     * mail server behind that hop has to bring their mail back.
     *
     * @param router tells who is here: all that it does not route {@linkplain org.vmail.delivery.Routing.Elsewhere
     *     elsewhere}
     * @param deliverer delivers to them
     * @param others takes the rest
     * @return a hop that asks the router first
     */
    static NextHop localFirst(RecipientRouter router, Deliverer deliverer, NextHop others) {
        return new LocalFirst(router, deliverer, others);
    }
}
