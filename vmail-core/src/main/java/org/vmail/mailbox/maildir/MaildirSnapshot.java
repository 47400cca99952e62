package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.maildir.MaildirListing.Located;

/**
 * The messages of a mailbox and their files as one listing found them. Immutable, shared by sessions, and small, because
 * many are kept: of a file name only that is stored which its unique-id does not tell.
 */
final class MaildirSnapshot {
    private static final byte IN_CUR = 1;
    /** The name begins with the unique-id, and only the rest is stored. */
    private static final byte AFTER_ID = 2;
    /** The name is no ASCII text, and stands in a map. */
    private static final byte ODD = 4;

    /** Object headers and references of a message, with those of its unique-id: 64-bit JVM, compressed references. */
    private static final long OCTETS_A_MESSAGE = 24 + 16 + 24 + 16 + 4 + 4 + 12;
    /** The same of the mailbox, with its paths and stamps. */
    private static final long OCTETS_A_MAILBOX = 1024;

    private final StoredMessage[] messages;
    private final List<StoredMessage> list;
    private final int[] restStarts;
    private final byte[] rests;
    private final Map<Integer, Path> oddFiles;
    private final long octets;
    /** Made when a message is looked for: index plus one at a place that the hash of the unique-id tells, else 0. */
    private volatile int @Nullable [] places;

    private MaildirSnapshot(StoredMessage[] messages, int[] restStarts, byte[] rests, Map<Integer, Path> oddFiles) {
        this.messages = messages;
        this.list = Collections.unmodifiableList(Arrays.asList(messages));
        this.restStarts = restStarts;
        this.rests = rests;
        this.oddFiles = oddFiles;
        this.octets = estimate();
    }

    /** Takes messages, and their files in the same order. */
    static MaildirSnapshot of(List<StoredMessage> messages, List<Located> files) {
        int[] restStarts = new int[files.size()];
        Map<Integer, Path> odd = new HashMap<>();
        ByteArrayOutputStream rests = new ByteArrayOutputStream(16 + files.size() * 24);
        for (int i = 0; i < restStarts.length; i++) {
            Located file = files.get(i);
            String name = file.name().file();
            String id = messages.get(i).uniqueId().value();
            byte place = file.inCur() ? IN_CUR : 0;
            restStarts[i] = rests.size();
            if (file.odd() != null) {
                odd.put(i, file.odd());
                rests.write(place | ODD);
            } else if (name.startsWith(id)) {
                rests.write(place | AFTER_ID);
                rests.writeBytes(name.substring(id.length()).getBytes(US_ASCII));
            } else {
                rests.write(place);
                rests.writeBytes(name.getBytes(US_ASCII));
            }
        }
        return new MaildirSnapshot(messages.toArray(StoredMessage[]::new), restStarts, rests.toByteArray(), odd);
    }

    /** Oldest first. */
    List<StoredMessage> messages() {
        return list;
    }

    /** The index of a message, or -1. */
    int indexOf(UniqueId id) {
        int[] table = places;
        if (table == null) {
            table = makePlaces();
            places = table;
        }
        int mask = table.length - 1;
        for (int i = slot(id, mask); table[i] != 0; i = (i + 1) & mask) {
            int index = table[i] - 1;
            if (messages[index].uniqueId().equals(id)) {
                return index;
            }
        }
        return -1;
    }

    /** Where the file of a message was. */
    Path file(MaildirFolder mailbox, int index) {
        Path odd = oddFiles.get(index);
        return odd != null ? odd : (isInCur(index) ? mailbox.cur() : mailbox.fresh()).resolve(name(index));
    }

    /** Passes on the names that one of the two folders had. */
    void names(boolean inCur, FolderReader.Names names) {
        for (int i = 0; i < messages.length; i++) {
            if (isInCur(i) == inCur) {
                Path odd = oddFiles.get(i);
                names.add(odd != null ? String.valueOf(odd.getFileName()) : name(i), odd);
            }
        }
    }

    /** How much memory it takes, about. */
    long octets() {
        return octets;
    }

    private boolean isInCur(int index) {
        return (rests[restStarts[index]] & IN_CUR) != 0;
    }

    private String name(int index) {
        int start = restStarts[index];
        int end = index + 1 < restStarts.length ? restStarts[index + 1] : rests.length;
        String rest = new String(rests, start + 1, end - start - 1, US_ASCII);
        return (rests[start] & AFTER_ID) != 0 ? messages[index].uniqueId().value() + rest : rest;
    }

    private int[] makePlaces() {
        int capacity = Math.max(4, Integer.highestOneBit(messages.length + messages.length / 2) << 1);
        int[] table = new int[capacity];
        for (int index = 0; index < messages.length; index++) {
            int i = slot(messages[index].uniqueId(), capacity - 1);
            while (table[i] != 0) {
                i = (i + 1) & (capacity - 1);
            }
            table[i] = index + 1;
        }
        return table;
    }

    /** Names that differ in a few digits have hashes that do, too: multiplying spreads them. */
    private static int slot(UniqueId id, int mask) {
        int hash = id.value().hashCode() * 0x9E3779B9;
        return (hash ^ (hash >>> 15)) & mask;
    }

    private long estimate() {
        long sum = OCTETS_A_MAILBOX + rests.length;
        for (StoredMessage message : messages) {
            sum += OCTETS_A_MESSAGE + message.uniqueId().value().length() + 4L;
        }
        for (Path odd : oddFiles.values()) {
            sum += 200 + 2L * odd.toString().length();
        }
        return sum;
    }
}
