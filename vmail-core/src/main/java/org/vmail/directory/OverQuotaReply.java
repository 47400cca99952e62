package org.vmail.directory;

/** What the sender of a message is told for which a mailbox has no room. */
public enum OverQuotaReply {
    /** To try again (452 4.2.2): the mail is delivered when there is room. */
    TEMPORARY,
    /** That it is returned (552 5.2.2). */
    PERMANENT
}
