package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.maildir.MaildirListing.Located;

/**
 * The messages of a mailbox and their files as one listing found them. Immutable, shared by sessions, and small, because
 * many are kept: three arrays, from which a message is made whenever somebody asks for it.
 */
final class MaildirSnapshot {
    private static final byte IN_CUR = 1;
    /** The name begins with the unique-id, and only the rest is stored. */
    private static final byte AFTER_ID = 2;
    /** The name is no ASCII text, and stands in a map. */
    private static final byte ODD = 4;

    /** Its start and its size. */
    private static final long OCTETS_A_MESSAGE = Integer.BYTES + Long.BYTES;
    /** Its place in the table that is made to find it, which has room for up to three times as many. */
    private static final long OCTETS_A_PLACE = 3L * Integer.BYTES;
    /** Objects and array headers of the mailbox, with its paths and stamps. */
    private static final long OCTETS_A_MAILBOX = 1024;

    /** For each message its flags, the length of its unique-id, this, and of the file's name what that does not tell. */
    private final byte[] texts;

    private final int[] starts;
    private final long[] sizes;
    private final long sizeOfAll;
    private final Map<Integer, Path> oddFiles;
    private final List<StoredMessage> messages = new Messages();
    /** Made when a message is looked for: index plus one at a place that the hash of the unique-id tells, else 0. */
    private volatile int @Nullable [] places;

    private MaildirSnapshot(byte[] texts, int[] starts, long[] sizes, Map<Integer, Path> oddFiles) {
        this.texts = texts;
        this.starts = starts;
        this.sizes = sizes;
        this.oddFiles = oddFiles;
        long sum = 0;
        for (long size : sizes) {
            sum += size;
        }
        this.sizeOfAll = sum;
    }

    /** Takes messages, and their files in the same order. */
    static MaildirSnapshot of(List<StoredMessage> messages, List<Located> files) {
        int count = files.size();
        int[] starts = new int[count];
        long[] sizes = new long[count];
        Map<Integer, Path> odd = new HashMap<>();
        ByteArrayOutputStream texts = new ByteArrayOutputStream(16 + count * 56);
        for (int i = 0; i < count; i++) {
            Located file = files.get(i);
            String name = file.name().file();
            String id = messages.get(i).uniqueId().value();
            boolean afterId = name.startsWith(id);
            starts[i] = texts.size();
            sizes[i] = messages.get(i).octets();
            texts.write((file.inCur() ? IN_CUR : 0) | (file.odd() != null ? ODD : afterId ? AFTER_ID : 0));
            texts.write(id.length());
            texts.writeBytes(id.getBytes(US_ASCII));
            if (file.odd() != null) {
                odd.put(i, file.odd());
            } else {
                texts.writeBytes((afterId ? name.substring(id.length()) : name).getBytes(US_ASCII));
            }
        }
        return new MaildirSnapshot(texts.toByteArray(), starts, sizes, odd);
    }

    /** Oldest first. */
    List<StoredMessage> messages() {
        return messages;
    }

    /** The size of a message. */
    long size(int index) {
        return sizes[index];
    }

    /** The sizes of all messages, added up. */
    long sizeOfAll() {
        return sizeOfAll;
    }

    /** The index of a message, or -1. */
    int indexOf(UniqueId id) {
        int[] table = places;
        if (table == null) {
            table = makePlaces();
            places = table;
        }
        String wanted = id.value();
        int mask = table.length - 1;
        for (int i = slot(wanted.hashCode(), mask); table[i] != 0; i = (i + 1) & mask) {
            if (isId(table[i] - 1, wanted)) {
                return table[i] - 1;
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
        for (int i = 0; i < starts.length; i++) {
            if (isInCur(i) == inCur) {
                Path odd = oddFiles.get(i);
                names.add(odd != null ? String.valueOf(odd.getFileName()) : name(i), odd);
            }
        }
    }

    /** How much memory it takes, about. */
    long octets() {
        long sum = OCTETS_A_MAILBOX + texts.length + starts.length * (OCTETS_A_MESSAGE + OCTETS_A_PLACE);
        for (Path odd : oddFiles.values()) {
            sum += 200 + 2L * odd.toString().length();
        }
        return sum;
    }

    private boolean isInCur(int index) {
        return (texts[starts[index]] & IN_CUR) != 0;
    }

    private int idStart(int index) {
        return starts[index] + 2;
    }

    private int idLength(int index) {
        return texts[starts[index] + 1];
    }

    private String name(int index) {
        int rest = idStart(index) + idLength(index);
        int start = (texts[starts[index]] & AFTER_ID) != 0 ? idStart(index) : rest;
        int end = index + 1 < starts.length ? starts[index + 1] : texts.length;
        return new String(texts, start, end - start, US_ASCII);
    }

    private boolean isId(int index, String wanted) {
        int start = idStart(index);
        int length = idLength(index);
        if (length != wanted.length()) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (texts[start + i] != wanted.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private int[] makePlaces() {
        int capacity = Math.max(4, Integer.highestOneBit(starts.length + starts.length / 2) << 1);
        int[] table = new int[capacity];
        for (int index = 0; index < starts.length; index++) {
            int i = slot(hash(index), capacity - 1);
            while (table[i] != 0) {
                i = (i + 1) & (capacity - 1);
            }
            table[i] = index + 1;
        }
        return table;
    }

    /** That of the unique-id as a string. */
    private int hash(int index) {
        int start = idStart(index);
        int end = start + idLength(index);
        int hash = 0;
        for (int i = start; i < end; i++) {
            hash = 31 * hash + texts[i];
        }
        return hash;
    }

    /** Names that differ in a few digits have hashes that do, too: multiplying spreads them. */
    private static int slot(int stringHash, int mask) {
        int hash = stringHash * 0x9E3779B9;
        return (hash ^ (hash >>> 15)) & mask;
    }

    /** Made anew whenever they are asked for: as objects they would take twice the memory. */
    private final class Messages extends AbstractList<StoredMessage> implements RandomAccess {
        @Override
        public StoredMessage get(int index) {
            String id = new String(texts, idStart(index), idLength(index), US_ASCII);
            return new StoredMessage(new UniqueId(id), sizes[index]);
        }

        @Override
        public int size() {
            return starts.length;
        }
    }
}
