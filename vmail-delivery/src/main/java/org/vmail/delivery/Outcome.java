package org.vmail.delivery;

import static com.google.common.base.Preconditions.checkArgument;

/**
 * What became, or would become, of a message for one recipient. The texts are for the sender: they name no file, no host
 * and no cause of ours.
 */
public sealed interface Outcome {
    /**
     * The code for a reply or a report.
     *
     * @return its kind is 2 for {@link Accepted}, 4 for {@link Deferred}, 5 for {@link Refused}
     */
    EnhancedStatus status();

    /**
     * The text behind the code.
     *
     * @return one line of ASCII
     */
    String text();

    /**
     * Whether the sender need not keep the message.
     *
     * @return whether this is {@link Accepted}
     */
    default boolean isAccepted() {
        return this instanceof Accepted;
    }

    /**
     * Whether it may be tried again.
     *
     * @return whether this is {@link Deferred}
     */
    default boolean isDeferred() {
        return this instanceof Deferred;
    }

    /** It was delivered, and the sender need not keep it; or it would be. */
    record Accepted() implements Outcome {
        @Override
        public EnhancedStatus status() {
            return EnhancedStatus.RECIPIENT_VALID;
        }

        @Override
        public String text() {
            return "ok";
        }
    }

    /**
     * Not now: the sender keeps it and tries again.
     *
     * @param status of kind 4
     * @param text why, for the sender
     */
    record Deferred(EnhancedStatus status, String text) implements Outcome {
        /**
         * Checks the kind of the status.
         *
         * @param status of kind 4
         * @param text why, for the sender
         * @throws IllegalArgumentException if it is of another kind
         */
        public Deferred {
            checkArgument(status.kind() == 4, "A failure that may pass has a status of kind 4");
        }
    }

    /**
     * Never: the sender returns it to its author.
     *
     * @param status of kind 5
     * @param text why, for the sender
     */
    record Refused(EnhancedStatus status, String text) implements Outcome {
        /**
         * Checks the kind of the status.
         *
         * @param status of kind 5
         * @param text why, for the sender
         * @throws IllegalArgumentException if it is of another kind
         */
        public Refused {
            checkArgument(status.kind() == 5, "A failure that will not pass has a status of kind 5");
        }
    }
}
