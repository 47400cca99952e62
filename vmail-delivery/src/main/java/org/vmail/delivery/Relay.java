package org.vmail.delivery;

import java.io.IOException;
import org.vmail.mailbox.Delivery;

/** Sends mail to recipients who are not here. Implementations are thread-safe. */
@FunctionalInterface
public interface Relay {
    /**
     * Begins to hand over one message for recipients elsewhere. When {@link Delivery#commit} has returned, the relay is
     * responsible for the message (RFC 5321, section 4.2.5): it is durable or has been taken by the next host, and whoever the
     * reverse-path names hears of it if it cannot be delivered later on.
     *
     * @param envelope the reverse-path, which may be empty, and at least one recipient
     * @return the message to write, which the caller closes
     * @throws IOException if nothing can be handed over now; the message waits then
     */
    Delivery begin(Envelope envelope) throws IOException;
}
