package org.vmail.mailbox;

import java.util.Optional;

/** What came of opening a maildrop. */
public sealed interface OpenResult {
    /**
     * The maildrop, if it was opened.
     *
     * @return the caller's, to close; empty if another session has it
     */
    default Optional<Maildrop> opened() {
        return Optional.empty();
    }

    /**
     * It is open, and nobody else can open it until it is closed.
     *
     * @param maildrop the caller's, to close
     */
    record Opened(Maildrop maildrop) implements OpenResult {
        @Override
        public Optional<Maildrop> opened() {
            return Optional.of(maildrop);
        }
    }

    /** Another session has it ({@code [IN-USE]}, RFC 2449, section 8.1.2). */
    record InUse() implements OpenResult {}
}
