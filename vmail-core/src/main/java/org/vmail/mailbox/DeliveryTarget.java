package org.vmail.mailbox;

import java.io.IOException;
import org.vmail.address.MailAddress;

/** Where messages are delivered. Implementations are thread-safe, and deliver into a maildrop that a session has open, too. */
@FunctionalInterface
public interface DeliveryTarget {
    /**
     * Begins to deliver one message to one account.
     *
     * @param account the canonical address of an account that exists
     * @return the delivery, which the caller closes
     * @throws IOException if nothing can be delivered there now
     */
    Delivery begin(MailAddress account) throws IOException;
}
