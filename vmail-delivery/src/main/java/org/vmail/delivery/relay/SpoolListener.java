package org.vmail.delivery.relay;

import org.vmail.delivery.Outcome;

/**
 * Learns what a spool does, for metrics and logs. Nothing that it is told is a secret, except for those who must not know who
 * writes to whom.
 *
 * <p>Of each message that is {@link #queued}, or was in the folder when the spool was opened, it is told at last that it has
 * {@link #ended}.
 *
 * <p>It is called by the thread that accepts or sends the message, by many at once, and outside of locks; they wait for it,
 * so it should be quick. What it throws is logged and has no other effect.
 */
public interface SpoolListener {
    /**
     * A message was accepted, and survives a crash from now on.
     *
     * @param message the message; a report that the spool has made is one, too
     */
    default void queued(SpooledMessage message) {}

    /**
     * A message was handed over for a recipient.
     *
     * @param message the message as it was before
     * @param recipient one of its recipients
     * @param outcome what the next hop said. Who is deferred is tried again, unless the message has expired
     */
    default void tried(SpooledMessage message, ForwardPath recipient, Outcome outcome) {}

    /**
     * A message cannot be delivered to some recipients. Its sender has got a report, which is in the spool; nobody has if the
     * reverse-path is empty.
     *
     * @param message the message with these recipients alone
     */
    default void returned(SpooledMessage message) {}

    /**
     * Nobody needs a message any more: everybody has got it, or it was returned or dropped.
     *
     * @param message the message as it was at last, with those recipients for whom it was dropped
     */
    default void ended(SpooledMessage message) {}
}
