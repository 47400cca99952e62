package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.base.CharMatcher;
import com.google.common.collect.HashBiMap;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.internal.Folders;

/**
 * The unique-ids of a mailbox that are not the unique parts of its file names, because another server gave them. Kept in the
 * file {@code vmail-uidl} of the mailbox: the line {@code vmail-uidl 1}, then for each message a line with its unique-id, a
 * space and the unique part of its file name. The file is replaced as a whole, never changed. Not changed once it is shared.
 */
final class UniqueIdTable {
    /** Of a mailbox that has none. */
    static final UniqueIdTable NONE = new UniqueIdTable(Optional.empty());

    private static final Logger LOG = LoggerFactory.getLogger(UniqueIdTable.class);
    private static final String FILE = "vmail-uidl";
    private static final String HEADER = "vmail-uidl 1";
    private static final CharMatcher PRINTABLE = CharMatcher.inRange(' ', '~');

    private final HashBiMap<String, UniqueId> byUniquePart = HashBiMap.create();
    private final Optional<Stamp> stamp;

    private UniqueIdTable(Optional<Stamp> stamp) {
        this.stamp = stamp;
    }

    /** Which file it is, for it is never written twice. */
    private record Stamp(@Nullable Object key, FileTime time, long size) {}

    static UniqueIdTable empty() {
        return new UniqueIdTable(Optional.empty());
    }

    /**
     * Reads the table of a mailbox.
     *
     * @param before what was read before; given back if the file is the same
     * @throws IOException if it cannot be read, or is no such table: better no session than one with other unique-ids, after
     *     which a client fetches everything again
     */
    static UniqueIdTable of(MaildirFolder mailbox, UniqueIdTable before) throws IOException {
        Path file = mailbox.path().resolve(FILE);
        Optional<Stamp> now = stamp(file);
        if (now.equals(before.stamp)) {
            return before;
        }
        UniqueIdTable table = new UniqueIdTable(now);
        Optional<BoundedLines> lines = now.isEmpty() ? Optional.empty() : BoundedLines.open(file);
        if (lines.isPresent()) {
            try (BoundedLines open = lines.get()) {
                table.read(open);
            }
        }
        return table;
    }

    /** The unique-id of a message. No other message of the mailbox has it. */
    UniqueId of(MessageName name) {
        if (byUniquePart.isEmpty()) {
            return name.uniqueId();
        }
        UniqueId given = byUniquePart.get(name.uniquePart());
        if (given != null) {
            return given;
        }
        UniqueId id = name.uniqueId();
        for (String text = name.uniquePart(); byUniquePart.containsValue(id); text += ' ') {
            id = MessageName.hashedId(text);
        }
        return id;
    }

    /** Adds an entry, unless the unique-id is none, or another message has it. */
    boolean add(String uniquePart, String uniqueId) {
        if (!UniqueId.isValid(uniqueId) || uniquePart.isEmpty() || !PRINTABLE.matchesAllOf(uniquePart)) {
            return false;
        }
        UniqueId id = new UniqueId(uniqueId);
        if (byUniquePart.containsKey(uniquePart) || byUniquePart.containsValue(id)) {
            return false;
        }
        byUniquePart.put(uniquePart, id);
        return true;
    }

    int size() {
        return byUniquePart.size();
    }

    boolean has(String uniquePart) {
        return byUniquePart.containsKey(uniquePart);
    }

    Set<Map.Entry<String, UniqueId>> entries() {
        return byUniquePart.entrySet();
    }

    /** How much memory it takes, about. */
    long octets() {
        return 300L * byUniquePart.size();
    }

    /** Makes this the table of a mailbox, durably. */
    void write(MaildirFolder mailbox, String temporaryName) throws IOException {
        Path temporary = mailbox.tmp().resolve(temporaryName);
        try {
            try (FileChannel channel = FileChannel.open(
                            temporary,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            mailbox.ownerOnlyFile());
                    BufferedWriter lines =
                            new BufferedWriter(new OutputStreamWriter(Channels.newOutputStream(channel), US_ASCII))) {
                lines.write(HEADER + '\n');
                for (Map.Entry<String, UniqueId> entry : byUniquePart.entrySet()) {
                    lines.write(entry.getValue().value() + ' ' + entry.getKey() + '\n');
                }
                lines.flush();
                channel.force(true);
            }
            Files.move(temporary, mailbox.path().resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        Folders.sync(mailbox.path());
    }

    private void read(BoundedLines lines) throws IOException {
        if (!lines.next().orElse("").equals(HEADER)) {
            throw new IOException(lines.file() + " does not begin with '" + HEADER + "'");
        }
        int damaged = 0;
        for (var line = lines.next(); line.isPresent(); line = lines.next()) {
            int space = line.get().indexOf(' ');
            if (space < 0 || !add(line.get().substring(space + 1), line.get().substring(0, space))) {
                damaged++;
            }
        }
        if (damaged > 0) {
            LOG.warn("{} lines of {} are damaged; their messages get other unique-ids", damaged, lines.file());
        }
    }

    private static Optional<Stamp> stamp(Path file) throws IOException {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return Optional.of(new Stamp(attributes.fileKey(), attributes.lastModifiedTime(), attributes.size()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
