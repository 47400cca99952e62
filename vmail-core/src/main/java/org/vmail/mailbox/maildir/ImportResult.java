package org.vmail.mailbox.maildir;

/** What came of importing unique-ids. */
public sealed interface ImportResult {
    /**
     * They are used from the next session on.
     *
     * @param messages how many messages have a unique-id of the old server now
     * @param unusable how many entries were left out: damaged lines, unique-ids that are longer than 70 characters or have
     *     others than printable ASCII, and those that another message has already
     */
    record Imported(int messages, int unusable) implements ImportResult {}

    /** The old server left no list in this mailbox: it never opened it. Nothing was changed. */
    record NoList() implements ImportResult {}

    /** A session has the mailbox open. Nothing was changed. */
    record InUse() implements ImportResult {}
}
