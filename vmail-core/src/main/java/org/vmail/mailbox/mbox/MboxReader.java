package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.common.primitives.Longs;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmail.mailbox.UniqueId;

/**
 * Reads an mbox to take its messages elsewhere, with what other programs noted about them. The file stays as it is, and locked
 * until the reader is closed: what has to write to it waits. Used by one thread.
 */
public final class MboxReader implements Closeable {
    private static final int LONGEST_UID = 10;
    private static final int LONGEST_NOTE = 1000;

    private final MboxLock lock;
    private final List<Message> messages;
    private final Map<String, MboxEntry> entries;
    private final int doubtful;

    /** What a user, or his program, did with a message. */
    public enum Flag {
        /** It was read: {@code R} in Status. */
        SEEN,
        /** {@code A} in X-Status. */
        ANSWERED,
        /** {@code F} in X-Status. */
        FLAGGED,
        /** {@code D} in X-Status. */
        DELETED,
        /** {@code T} in X-Status. */
        DRAFT
    }

    /**
     * A message, but for the one that UW imapd keeps for itself.
     *
     * @param key 32 hexadecimal digits that depend on its From line, header and body and not on its place, nor on what programs
     *     note; equal messages have {@code -2}, {@code -3} and so on behind that
     * @param received the time of the From line, or else when the file was changed last
     * @param flags what was done with it
     * @param uniqueId what the server before called it. UW ipop3d: {@code %08lx%08lx} of UIDVALIDITY and UID, if it noted both.
     *     Where it noted no UIDVALIDITY, what stands in X-UIDL, as qpopper has it; that may be the same for several messages
     */
    public record Message(String key, Instant received, Set<Flag> flags, Optional<UniqueId> uniqueId) {
        /**
         * Copies the flags.
         *
         * @param key what tells it apart
         * @param received when
         * @param flags what was done with it
         * @param uniqueId of the server before
         */
        public Message {
            flags = Set.copyOf(flags);
        }
    }

    private MboxReader(MboxLock lock, List<Message> messages, Map<String, MboxEntry> entries, int doubtful) {
        this.lock = lock;
        this.messages = messages;
        this.entries = entries;
        this.doubtful = doubtful;
    }

    /**
     * Locks and reads an mbox.
     *
     * @param mbox the file, which exists and which this process may write, for that is what locking takes
     * @param locks what other programs use for it, too
     * @param zone of From lines that do not say theirs
     * @return the reader, which the caller closes, or empty if another program has the file locked for longer than {@link
     *     MboxLocks#openWait()}
     * @throws IOException if it cannot be read, or is no mbox
     */
    public static Optional<MboxReader> open(Path mbox, MboxLocks locks, ZoneId zone) throws IOException {
        Path folder = mbox.toAbsolutePath().resolveSibling(".").toRealPath();
        MboxPaths paths = new MboxPaths(folder.resolve(mbox.getFileName()), folder, folder);
        FileState state =
                FileState.of(paths.mbox()).orElseThrow(() -> new IOException("There is no mbox " + paths.mbox()));
        Settings settings = new Settings(locks, Clock.systemUTC(), step -> {});
        Optional<MboxLock> lock = MboxLock.acquire(paths, settings, locks.openWait());
        return lock.isEmpty()
                ? Optional.empty()
                : Optional.of(read(lock.get(), state.modified().toInstant(), zone));
    }

    private static MboxReader read(MboxLock lock, Instant modified, ZoneId zone) throws IOException {
        boolean read = false;
        try {
            List<MboxEntry> found =
                    MboxScan.of(lock.file(), lock.between(0, lock.file().size()));
            List<Message> messages = new ArrayList<>();
            Map<String, MboxEntry> entries = new HashMap<>();
            Map<Fingerprint, Integer> equal = new HashMap<>();
            Optional<Long> validity = Optional.empty();
            int doubtful = 0;
            for (MboxEntry entry : found) {
                Notes notes = notes(lock, entry);
                doubtful += notes.doubtful;
                validity = validity.or(() -> notes.validity);
                if (!entry.internal()) {
                    int number = equal.merge(entry.fingerprint(), 1, Integer::sum);
                    String key = entry.fingerprint().uniqueId(number).value();
                    entries.put(key, entry);
                    messages.add(notes.message(key, validity, modified, zone));
                }
            }
            read = true;
            return new MboxReader(lock, List.copyOf(messages), entries, doubtful);
        } finally {
            if (!read) {
                lock.close();
            }
        }
    }

    /**
     * The messages, in their order.
     *
     * @return always the same list; no key stands in it twice
     */
    public List<Message> messages() {
        return messages;
    }

    /**
     * How many lines look as if a message began there, but follow no blank line. They are part of the message before: a sender
     * could forge messages otherwise.
     *
     * @return 0 for what sound programs write
     */
    public int doubtfulLines() {
        return doubtful;
    }

    /**
     * Writes a message: quotes of From lines undone, fields of the programs that kept the file left out, every line ended by CRLF.
     *
     * @param message one of {@link #messages()}
     * @param out gets it
     * @throws IOException if it cannot be read or written, or somebody who does not respect the locks has changed it
     */
    public void write(Message message, OutputStream out) throws IOException {
        MboxEntry entry = entries.get(message.key());
        if (entry == null) {
            throw new IllegalArgumentException("The message " + message.key() + " is not in this file");
        }
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        MessageText text = new MessageText(piece::write);
        Lines lines = new Lines(lock.between(entry.start(), entry.end()), entry.start());
        boolean separator = true;
        while (lines.next()) {
            if (separator) {
                text.separator(lines);
            } else {
                text.piece(lines);
            }
            separator &= !lines.last();
            piece.writeTo(out);
            piece.reset();
        }
        boolean same = text.finish().equals(entry.fingerprint());
        piece.writeTo(out);
        if (!same) {
            throw new IOException(lock.paths().mbox() + " was changed in spite of its locks");
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    private static Notes notes(MboxLock lock, MboxEntry entry) throws IOException {
        Notes notes = new Notes();
        Lines lines = new Lines(lock.between(entry.start(), entry.end()), entry.start());
        boolean header = true;
        boolean afterBlank = false;
        for (boolean first = true; lines.next(); first &= !lines.last()) {
            if (!lines.first()) {
                continue;
            }
            header &= !lines.blank();
            if (first) {
                notes.from = text(lines);
            } else if (!afterBlank && FromLine.isSeparator(lines.buffer(), lines.start(), lines.end())) {
                notes.doubtful += FromLineDate.of(text(lines), ZoneOffset.UTC).isPresent() ? 1 : 0;
            } else if (header) {
                notes.field(text(lines));
            }
            afterBlank = lines.blank();
        }
        return notes;
    }

    private static String text(Lines lines) {
        int end = Math.min(lines.end(), lines.start() + LONGEST_NOTE);
        return new String(lines.buffer(), lines.start(), end - lines.start(), ISO_8859_1);
    }

    /** What stands in the header of one message. */
    private static final class Notes {
        private String from = "";
        private int doubtful;
        private final Set<Flag> flags = EnumSet.noneOf(Flag.class);
        private Optional<Long> validity = Optional.empty();
        private Optional<Long> uid = Optional.empty();
        private Optional<UniqueId> uidl = Optional.empty();

        void field(String line) {
            int colon = line.indexOf(':');
            String value = line.substring(colon + 1).strip();
            switch (line.substring(0, Math.max(colon, 0)).strip().toLowerCase(Locale.ROOT)) {
                case "status" -> flag(value, 'R', Flag.SEEN);
                case "x-status" -> {
                    flag(value, 'A', Flag.ANSWERED);
                    flag(value, 'F', Flag.FLAGGED);
                    flag(value, 'D', Flag.DELETED);
                    flag(value, 'T', Flag.DRAFT);
                }
                case "x-uidl" ->
                    uidl = Optional.of(value).filter(UniqueId::isValid).map(UniqueId::new);
                case "x-uid" -> uid = number(value);
                case "x-imapbase", "x-imap" -> validity = number(value);
                default -> {}
            }
        }

        private void flag(String value, char letter, Flag flag) {
            if (value.indexOf(letter) >= 0) {
                flags.add(flag);
            }
        }

        /** The first word, if it is a number of 32 bits. */
        private static Optional<Long> number(String value) {
            String word = value.split("\\s", 2)[0];
            return Optional.ofNullable(word.length() <= LONGEST_UID ? Longs.tryParse(word) : null)
                    .filter(number -> number > 0 && number < 1L << Integer.SIZE);
        }

        Message message(String key, Optional<Long> folderValidity, Instant otherwise, ZoneId zone) {
            Instant received = FromLineDate.of(from, zone).orElse(otherwise);
            return new Message(key, received, flags, folderValidity.isPresent() ? id(folderValidity.get()) : uidl);
        }

        private Optional<UniqueId> id(long folderValidity) {
            return uid.map(number -> new UniqueId(String.format(Locale.ROOT, "%08x%08x", folderValidity, number)));
        }
    }
}
