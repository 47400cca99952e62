package org.vmail.mailbox.maildir;

import java.util.ArrayList;
import java.util.List;

/** What a list of another server says: unique-ids of messages, not yet checked. Made by one thread. */
final class OldUniqueIds {
    private final List<Entry> entries = new ArrayList<>();
    private int damaged;

    /**
     * One line of a list.
     *
     * @param name the file name of the message, with or without flags
     */
    record Entry(MessageName name, String uniqueId) {}

    void add(String name, String uniqueId) {
        entries.add(new Entry(new MessageName(name), uniqueId));
    }

    void addDamaged() {
        damaged++;
    }

    List<Entry> entries() {
        return entries;
    }

    int damaged() {
        return damaged;
    }
}
