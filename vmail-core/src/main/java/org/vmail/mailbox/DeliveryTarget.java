package org.vmail.mailbox;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import org.vmail.address.MailAddress;

/** Where messages are delivered. Implementations are thread-safe, and deliver into a maildrop that a session has open, too. */
@FunctionalInterface
public interface DeliveryTarget {
    /**
     * Begins to deliver one message to one account, whatever its quota says, as for a notice that its mailbox is full. The
     * message counts nevertheless.
     *
     * @param account the canonical address of an account that exists
     * @return the delivery, which the caller closes
     * @throws IOException if nothing can be delivered there now
     */
    Delivery begin(MailAddress account) throws IOException;

    /**
     * Delivers one message that is in memory, whatever the quota of the account says.
     *
     * @param account the canonical address of an account that exists
     * @param message header and body; lines end in CRLF or in LF
     * @throws IOException if it cannot be delivered now, and nothing of it is there
     */
    default void deliver(MailAddress account, byte[] message) throws IOException {
        try (Delivery delivery = begin(account)) {
            try (OutputStream out = delivery.message()) {
                out.write(message);
            }
            delivery.commit();
        }
    }

    /**
     * Begins to deliver one message to one account, if its quota allows that. The room is kept until the delivery ends, so
     * that of several deliveries at a time only those begin that fit together.
     *
     * @param account the canonical address of an account that exists
     * @param octets the size of the message as it will be written, at least 0. If more is written, committing it fails if
     *     there is no room for more
     * @return the delivery, which the caller closes, or {@link BeginResult.OverQuota}. By default there is no quota
     * @throws IOException if nothing can be delivered there now
     */
    default BeginResult begin(MailAddress account, long octets) throws IOException {
        return new BeginResult.Begun(begin(account));
    }

    /**
     * Begins to deliver to one account what another delivery has written, by a second name of the same file, if the quota
     * allows that. The messages are alike to the octet and share their storage, owner and mode.
     *
     * @param account the canonical address of an account that exists
     * @param written a delivery whose message is complete, its stream being closed, and which was not closed without a commit
     * @return the delivery, which the caller closes and to which nothing can be added, or
     *     {@link BeginResult.OverQuota}. Empty if the message has to be written again, as when the owner of the other mailbox
     *     has removed it: by default it always has
     * @throws IOException if nothing can be delivered there now
     */
    default Optional<BeginResult> beginLinked(MailAddress account, Delivery written) throws IOException {
        return Optional.empty();
    }

    /**
     * Says whether a delivery would be refused because of the quota, so that a server can say so at RCPT. Nothing is kept, so
     * a delivery that begins later may be refused nevertheless.
     *
     * @param account the canonical address of an account that exists
     * @param octets the size of the message, 0 if it is not known
     * @return why it would be refused, or empty. By default there is no quota
     * @throws IOException if that cannot be told now
     */
    default Optional<BeginResult.OverQuota> overQuota(MailAddress account, long octets) throws IOException {
        return Optional.empty();
    }
}
