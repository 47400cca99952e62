package org.vmail.mailbox.mbox;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/**
 * What was in an mbox when it was read. Immutable.
 *
 * @param state the file as it was then; null if there was none
 * @param readAt when that was
 * @param messages by unique-id, in their order, without UW imapd's own
 */
record MboxIndex(@Nullable FileState state, Instant readAt, Map<UniqueId, Located> messages) {
    /** A message, and its number among those with its fingerprint. */
    record Located(MboxEntry entry, int number) {}

    static MboxIndex ofNoFile(Instant now) {
        return new MboxIndex(null, now, Map.of());
    }

    /** Reads the whole file, and gives unique-ids to messages that have none. */
    static MboxIndex read(MboxLock lock, Instant now) throws IOException {
        MboxPaths paths = lock.paths();
        List<MboxEntry> entries;
        try {
            entries = MboxScan.of(lock.file(), lock.between(0, lock.file().size()));
        } catch (IOException e) {
            throw new IOException(paths.mbox() + " cannot be read", e);
        }
        entries.removeIf(MboxEntry::internal);
        Numbers before = Numbers.load(paths);
        Numbers numbers = before.copy();
        List<Integer> assigned = numbers.assign(entries);
        numbers.save(paths, before);
        Map<UniqueId, Located> messages = new LinkedHashMap<>();
        for (int i = 0; i < entries.size(); i++) {
            MboxEntry entry = entries.get(i);
            messages.put(entry.fingerprint().uniqueId(assigned.get(i)), new Located(entry, assigned.get(i)));
        }
        return new MboxIndex(stateOf(lock), now, messages);
    }

    /** Whether the file cannot have changed, as it looks now. */
    boolean isCurrent(Optional<FileState> now) {
        return state != null && now.isPresent() && state.equals(now.get()) && state.isSettled(readAt);
    }

    /** The same after some messages were taken out of the file. */
    MboxIndex without(Set<UniqueId> removed, MboxLock lock, Instant now) throws IOException {
        Map<UniqueId, Located> left = new LinkedHashMap<>();
        long distance = 0;
        for (Map.Entry<UniqueId, Located> message : messages.entrySet()) {
            MboxEntry entry = message.getValue().entry();
            if (removed.contains(message.getKey())) {
                distance -= entry.end() - entry.start();
            } else {
                left.put(
                        message.getKey(),
                        new Located(entry.movedBy(distance), message.getValue().number()));
            }
        }
        return new MboxIndex(stateOf(lock), now, left);
    }

    List<StoredMessage> stored() {
        List<StoredMessage> stored = new ArrayList<>(messages.size());
        messages.forEach((id, located) ->
                stored.add(new StoredMessage(id, located.entry().octets())));
        return List.copyOf(stored);
    }

    /** Those of some messages that are there. */
    Map<UniqueId, Located> only(Set<UniqueId> ids) {
        Map<UniqueId, Located> found = new HashMap<>();
        ids.forEach(id -> {
            Located located = messages.get(id);
            if (located != null) {
                found.put(id, located);
            }
        });
        return found;
    }

    private static FileState stateOf(MboxLock lock) throws IOException {
        return FileState.of(lock.paths().mbox())
                .orElseThrow(() -> new IOException(lock.paths().mbox() + " was removed in spite of its locks"));
    }
}
