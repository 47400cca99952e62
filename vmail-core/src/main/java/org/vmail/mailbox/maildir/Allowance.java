package org.vmail.mailbox.maildir;

import java.io.IOException;

/** The room that a delivery has in its mailbox. Used by one thread. Ends with {@link #kept}, {@link #giveBack} or
 * {@link #lost}. */
interface Allowance {
    /** Where nothing is counted. */
    Allowance NONE = new Allowance() {
        @Override
        public void makeVisible(long octets, Move move) throws IOException {
            move.run();
        }

        @Override
        public void kept() {}

        @Override
        public void giveBack() {}

        @Override
        public void lost() {}
    };

    /** Renames the file of the message. */
    @FunctionalInterface
    interface Move {
        void run() throws IOException;
    }

    /**
     * Makes the message visible, and counted from then on.
     *
     * @param octets its size as it is stored
     * @throws IOException if that failed, or there is no room; the room it had is still kept
     */
    void makeVisible(long octets, Move move) throws IOException;

    /** The message stays. */
    void kept();

    /** There is no message, or no more. */
    void giveBack();

    /** If the message was made visible, somebody else has moved or removed it since, or it cannot be removed. */
    void lost();
}
