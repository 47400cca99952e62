package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.internal.Folders;

/**
 * Takes messages of another mailbox over into a Maildir, each once, however often that is tried and wherever it was interrupted.
 *
 * <p>What was taken over is remembered in the file {@code vmail-imported} of the mailbox, so that a message which its owner has
 * removed since does not come back. A message has its key in its file name, too, so that one which became visible just before a
 * crash is not taken over again. Until it is closed no session opens the mailbox; mail is delivered meanwhile. Used by one
 * thread.
 */
public final class MaildirImport implements Closeable {
    static final String FILE = "vmail-imported";

    private static final Pattern NAME = Pattern.compile("\\d+\\.M\\d{6}V([0-9a-zA-Z-]{1,40})\\.import(?:[,:].*)?");
    private static final Pattern KEY = Pattern.compile("[0-9a-zA-Z-]{1,40}");
    private static final Pattern FLAGS = Pattern.compile("[A-Z]{0,10}");
    private static final int BATCH = 100;
    private static final int MILLION = 1_000_000;

    private final MaildirFolder folder;
    private final MaildropLock lock;
    private final MailboxQuota quota;
    private final UniqueNames names;
    private final Steps steps;
    private final Set<String> imported = new HashSet<>();
    /** Those of which only the file name tells. */
    private final Map<String, Path> visible = new HashMap<>();

    private final List<String> unnoted = new ArrayList<>();

    /** Told before each step that changes something; a test stops it there. */
    @FunctionalInterface
    interface Steps {
        void before(String step) throws IOException;
    }

    /**
     * A message of the other mailbox.
     *
     * @param key what tells it apart from all others there: up to 40 letters, digits and hyphens
     * @param received when; it is listed in that order
     * @param flags capital letters of maildir(5), such as {@code S} for seen; empty for a new message
     * @param uniqueId what clients know it by, if that is known
     */
    public record Item(String key, Instant received, String flags, Optional<UniqueId> uniqueId) {
        /**
         * Checks the key and the flags.
         *
         * @param key what tells it apart
         * @param received when
         * @param flags capital letters
         * @param uniqueId of the server before
         * @throws IllegalArgumentException if there are other characters
         */
        public Item {
            if (!KEY.matcher(key).matches() || !FLAGS.matcher(flags).matches()) {
                throw new IllegalArgumentException(
                        "A message cannot be imported as '" + key + "' with '" + flags + "'");
            }
        }
    }

    /** Where the messages come from. */
    @FunctionalInterface
    public interface Source {
        /**
         * Writes a message.
         *
         * @param item which one
         * @param out gets it, with any line ends
         * @throws IOException if it cannot be read or written
         */
        void write(Item item, OutputStream out) throws IOException;
    }

    private MaildirImport(MaildirFolder folder, MaildropLock lock, UniqueNames names, Steps steps) {
        this.folder = folder;
        this.lock = lock;
        this.quota = MailboxQuota.of(folder);
        this.names = names;
        this.steps = steps;
    }

    /** Begins one, unless a session has the mailbox. */
    static Optional<MaildirImport> begin(MaildirFolder folder, UniqueNames names, Steps steps) throws IOException {
        Optional<MaildropLock> lock = MaildropLock.tryLock(folder, FolderStamp.of(folder.path()));
        if (lock.isEmpty()) {
            return Optional.empty();
        }
        MaildirImport begun = new MaildirImport(folder, lock.get(), names, steps);
        boolean read = false;
        try {
            begun.read();
            read = true;
            return Optional.of(begun);
        } finally {
            if (!read) {
                begun.close();
            }
        }
    }

    /** What was taken over into a mailbox, which may be missing. */
    static Set<String> known(MaildirFolder folder) throws IOException {
        Set<String> known = noted(folder);
        if (Folders.isThere(folder.cur())) {
            known.addAll(visible(folder).keySet());
        }
        return known;
    }

    private void read() throws IOException {
        imported.addAll(noted(folder));
        visible.putAll(visible(folder));
        visible.keySet().removeAll(imported);
    }

    private static Set<String> noted(MaildirFolder folder) throws IOException {
        Set<String> noted = new HashSet<>();
        Path file = folder.path().resolve(FILE);
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            String text = Files.readString(file, US_ASCII);
            // A line that a crash cut short counts as not there: its message is known by its name.
            text.substring(0, text.lastIndexOf('\n') + 1).lines().forEach(noted::add);
        }
        return noted;
    }

    private static Map<String, Path> visible(MaildirFolder folder) throws IOException {
        Map<String, Path> visible = new HashMap<>();
        for (Path part : List.of(folder.fresh(), folder.cur())) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(part)) {
                for (Path message : files) {
                    Matcher name = NAME.matcher(String.valueOf(message.getFileName()));
                    if (name.matches()) {
                        visible.put(name.group(1), message);
                    }
                }
            }
        }
        return visible;
    }

    /**
     * Whether a message was taken over, and be it long ago.
     *
     * @param key of the message
     * @return whether it was
     */
    public boolean has(String key) {
        return imported.contains(key) || visible.containsKey(key);
    }

    /**
     * Takes over what was not taken over before. Whoever is interrupted calls this again, with these and perhaps more messages.
     * There is no quota for it, but it counts.
     *
     * @param items in their order
     * @param source where they come from
     * @return how many were taken over now
     * @throws IOException if that failed; what was taken over before the failure stays
     */
    public int add(List<Item> items, Source source) throws IOException {
        Map<Item, String> left = left(items);
        addUniqueIds(left);
        for (Item item : items) {
            Path file = visible.get(item.key());
            if (file != null && file.startsWith(folder.fresh())) {
                flag(item, file); // a crash may have come in between
            }
        }
        if (!visible.isEmpty()) {
            // Whoever stopped may not have come to that, and a crash of the machine must not lose what is noted.
            Folders.syncAll(List.of(folder.fresh(), folder.cur()));
        }
        unnoted.addAll(visible.keySet());
        note();
        for (Map.Entry<Item, String> item : left.entrySet()) {
            add(item.getKey(), item.getValue(), source);
            if (unnoted.size() >= BATCH) {
                note();
            }
        }
        note();
        return left.size();
    }

    /** What is new, and the file names that it gets: in the order of time, and then as it was. */
    private Map<Item, String> left(List<Item> items) {
        Map<Item, String> left = new LinkedHashMap<>();
        int place = 0;
        for (Item item : items) {
            if (!has(item.key())) {
                long seconds = Math.max(0, item.received().getEpochSecond());
                left.put(item, String.format(Locale.ROOT, "%d.M%06dV%s.import", seconds, place % MILLION, item.key()));
            }
            place++;
        }
        return left;
    }

    private void add(Item item, String name, Source source) throws IOException {
        steps.before("write " + item.key());
        Path file = folder.tmp().resolve(name);
        Files.deleteIfExists(file); // of one that was killed
        try (MaildirDelivery delivery = MaildirDelivery.begin(folder, name, quota.unlimited())) {
            source.write(item, delivery.message());
            delivery.message().close();
            Files.setLastModifiedTime(file, FileTime.from(item.received()));
            steps.before("show " + item.key());
            delivery.commit();
        }
        unnoted.add(item.key());
        if (!item.flags().isEmpty()) {
            steps.before("flag " + item.key());
            try (DirectoryStream<Path> found = Files.newDirectoryStream(
                    folder.fresh(),
                    candidate -> String.valueOf(candidate.getFileName()).startsWith(name))) {
                for (Path message : found) {
                    flag(item, message);
                }
            }
        }
    }

    private void flag(Item item, Path message) throws IOException {
        if (!item.flags().isEmpty()) {
            Path flagged = folder.cur().resolve(message.getFileName() + ":2," + item.flags());
            Files.move(message, flagged, StandardCopyOption.ATOMIC_MOVE);
            Folders.sync(folder.cur());
            Folders.sync(folder.fresh());
        }
    }

    /** Before the messages are visible, so that no client sees them under other names. */
    private void addUniqueIds(Map<Item, String> left) throws IOException {
        if (left.keySet().stream().noneMatch(item -> item.uniqueId().isPresent())) {
            return;
        }
        UniqueIdTable table = UniqueIdTable.empty();
        UniqueIdTable.of(folder, UniqueIdTable.NONE).entries().stream()
                .filter(entry -> isNotOfAnInterruptedImport(entry.getKey()))
                .forEach(entry -> table.add(entry.getKey(), entry.getValue().value()));
        left.forEach((item, name) -> item.uniqueId().ifPresent(id -> table.add(name, id.value())));
        steps.before("unique-ids");
        table.write(folder, names.next());
    }

    /** One that was stopped has named messages that it did not come to; their place may be another one now, and so their name. */
    private boolean isNotOfAnInterruptedImport(String uniquePart) {
        Matcher name = NAME.matcher(uniquePart);
        return !name.matches() || has(name.group(1));
    }

    private void note() throws IOException {
        if (unnoted.isEmpty()) {
            return;
        }
        steps.before("note");
        Path file = folder.path().resolve(FILE);
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            Files.createFile(file, folder.ownerOnlyFile());
            Folders.sync(folder.path());
        } else {
            cutBrokenLine(file);
        }
        Files.write(
                file,
                (String.join("\n", unnoted) + "\n").getBytes(US_ASCII),
                StandardOpenOption.WRITE,
                StandardOpenOption.APPEND,
                StandardOpenOption.DSYNC);
        imported.addAll(unnoted);
        visible.keySet().removeAll(unnoted);
        unnoted.clear();
    }

    private static void cutBrokenLine(Path file) throws IOException {
        byte[] text = Files.readAllBytes(file);
        if (text.length > 0 && text[text.length - 1] != '\n') {
            Files.write(file, new byte[] {'\n'}, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
