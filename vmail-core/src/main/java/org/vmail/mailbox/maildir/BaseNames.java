package org.vmail.mailbox.maildir;

import java.util.Collection;

/** Unique-ids that are file names up to the colon. */
record BaseNames() implements UniqueIdSource {
    static OldUniqueIds read(Collection<MessageName> messages) {
        OldUniqueIds found = new OldUniqueIds();
        messages.forEach(name -> found.add(name.file(), name.base()));
        return found;
    }
}
