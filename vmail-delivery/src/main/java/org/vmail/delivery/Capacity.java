package org.vmail.delivery;

import java.io.IOException;
import org.vmail.address.MailAddress;

/**
 * Says whether a mailbox has room for a message, before it is sent. It is a forecast: what arrives meanwhile may take the
 * room. Implementations are thread-safe.
 */
@FunctionalInterface
public interface Capacity {
    /**
     * Looks whether a message fits.
     *
     * @param account the canonical address of an account that exists
     * @param octets the size of the message as far as it is known; 0 if it is not
     * @return accepted, or what the sender is told
     * @throws IOException if that cannot be told now; mail waits then
     */
    Outcome room(MailAddress account, long octets) throws IOException;
}
