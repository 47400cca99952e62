package org.vmail.delivery.relay;

import java.util.Optional;
import org.vmail.delivery.EnhancedStatus;

/** Somebody who has not got a message yet, and perhaps never will. */
sealed interface QueuedRecipient {
    ForwardPath path();

    /** Why it has not got it; empty if it was not tried. */
    Optional<Trouble> reason();

    /**
     * Why it was not taken.
     *
     * @param byNextHop whether the text is what the next host said, and not ours
     */
    record Trouble(EnhancedStatus status, boolean byNextHop, String text) {}

    /** It is tried again. */
    record Waiting(ForwardPath path, Optional<Trouble> trouble) implements QueuedRecipient {
        @Override
        public Optional<Trouble> reason() {
            return trouble;
        }
    }

    /** The sender has to be told. */
    record Failed(ForwardPath path, Trouble trouble) implements QueuedRecipient {
        @Override
        public Optional<Trouble> reason() {
            return Optional.of(trouble);
        }
    }
}
