package org.vmail.mailbox;

/** What came of opening a maildrop. */
public sealed interface OpenResult {
    /**
     * It is open, and nobody else can open it until it is closed.
     *
     * @param maildrop the caller's, to close
     */
    record Opened(Maildrop maildrop) implements OpenResult {}

    /** Another session has it ({@code [IN-USE]}, RFC 2449, section 8.1.2). */
    record InUse() implements OpenResult {}
}
