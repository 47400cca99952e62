package org.vmail.mailbox.mbox;

import java.io.IOException;
import java.time.Clock;

/** What all parts of a store share. */
record Settings(MboxLocks locks, Clock clock, Steps steps) {
    /** Told how far a change of the files has come; a test stops it there, or looks at the files. */
    @FunctionalInterface
    interface Steps {
        void reached(Step step) throws IOException;
    }

    /** The states in which a crash can leave the files. */
    enum Step {
        PART_OF_JOURNAL_WRITTEN,
        JOURNAL_WRITTEN,
        JOURNAL_NAMED,
        PART_OVERWRITTEN,
        OVERWRITTEN,
        TRUNCATED,
        JOURNAL_DELETED,
        PART_APPENDED,
        APPENDED,
        SYNCED
    }
}
