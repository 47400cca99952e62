package org.vmail.delivery.reply;

import org.vmail.address.MailAddress;

/** What became of an answer that nobody has to write. Whatever it is, the delivery of the message goes on. */
public sealed interface AutoReplyResult {
    /**
     * It was handed to the relay.
     *
     * @param to who gets it
     */
    record Sent(MailAddress to) implements AutoReplyResult {}

    /**
     * The message gets no answer, and that is as it should be.
     *
     * @param reason why
     */
    record Silent(Reason reason) implements AutoReplyResult {}

    /**
     * There should have been an answer.
     *
     * @param problem what has to be mended, for the log
     */
    record Failed(String problem) implements AutoReplyResult {}

    /** Why a message gets no answer (RFC 3834, section 2). */
    enum Reason {
        /** There is no answer, or it is switched off. */
        OFF,
        /** It has no sender, or one to whom nothing can be sent. */
        NO_SENDER,
        /** The sender is a program: a list, an owner, a mail system. */
        SYSTEM_SENDER,
        /** It was written by a program. */
        AUTOMATIC,
        /** It came by a list, or to many. */
        BULK,
        /** Its header names none of the user's addresses. */
        NOT_ADDRESSED,
        /** The sender has got an answer not long ago. */
        ANSWERED
    }
}
