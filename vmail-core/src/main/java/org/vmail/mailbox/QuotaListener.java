package org.vmail.mailbox;

import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;

/**
 * Is told when a mailbox becomes nearly full, to warn its owner for example. Called by the thread that delivers, when the
 * message is durable and no lock is held; what takes long belongs elsewhere. Implementations are thread-safe; what they throw
 * is logged and changes nothing. To deliver a warning whatever the quota says, use {@link DeliveryTarget#begin(MailAddress)}.
 */
@FunctionalInterface
public interface QuotaListener {
    /**
     * A delivery has brought a mailbox to a threshold, or beyond. It is not told again before the mailbox was below it.
     *
     * @param account whose mailbox it is
     * @param percent the threshold; the highest, if one delivery crosses several
     * @param quota its limits
     * @param usage what it holds now, with messages that are under way
     */
    void nearlyFull(MailAddress account, int percent, Quota quota, QuotaUsage usage);
}
