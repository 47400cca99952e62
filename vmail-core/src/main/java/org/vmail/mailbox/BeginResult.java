package org.vmail.mailbox;

import java.util.Optional;
import org.vmail.directory.Quota;

/** What came of beginning a delivery. */
public sealed interface BeginResult {
    /**
     * The delivery, if there is room.
     *
     * @return the caller's, to close; empty if there is none
     */
    default Optional<Delivery> begun() {
        return Optional.empty();
    }

    /**
     * Why there is no room.
     *
     * @return empty if there is
     */
    default Optional<OverQuota> overQuota() {
        return Optional.empty();
    }

    /**
     * There is room, and it is kept for the message until the delivery ends.
     *
     * @param delivery the caller's, to close
     */
    record Begun(Delivery delivery) implements BeginResult {
        @Override
        public Optional<Delivery> begun() {
            return Optional.of(delivery);
        }
    }

    /**
     * There is no room (RFC 3463, section 3.3: X.2.2).
     *
     * @param usage what the mailbox holds, with messages that are under way; for a permanent refusal that is not looked at
     * @param quota what it may hold
     * @param permanent whether the message would not even fit into an empty mailbox, so that trying again is of no use
     */
    record OverQuota(QuotaUsage usage, Quota quota, boolean permanent) implements BeginResult {
        @Override
        public Optional<OverQuota> overQuota() {
            return Optional.of(this);
        }
    }
}
