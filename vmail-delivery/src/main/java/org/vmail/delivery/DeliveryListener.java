package org.vmail.delivery;

import java.util.Set;
import org.vmail.address.MailAddress;

/** Hears of what was delivered, for what runs beside delivery. Implementations are thread-safe. */
@FunctionalInterface
public interface DeliveryListener {
    /**
     * A message was accepted for a recipient. Called when the results of all its recipients have been told, by the thread that
     * delivers, which goes on afterwards; what is thrown is logged and changes nothing.
     *
     * @param envelope the reverse-path, and that recipient alone
     * @param addresses the recipient and all addresses that it led to, some of them elsewhere or nobody's, in lower case
     * @param accounts those of them whose mailboxes have got the message
     * @param message the message as it came, which can be read until this returns
     */
    void delivered(Envelope envelope, Set<MailAddress> addresses, Set<MailAddress> accounts, MessageSource message);
}
