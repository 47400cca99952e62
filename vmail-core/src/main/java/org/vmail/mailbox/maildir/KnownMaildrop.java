package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.maildir.MaildirListing.FolderState;
import org.vmail.mailbox.maildir.MaildirListing.Located;

/**
 * What is kept of a mailbox across logins.
 *
 * @param mailbox the folder itself; while it is the same, it and the folders above were checked
 * @param distinct whether each file is the only one of its message
 * @param leftoversRemoved when tmp was last looked through
 */
record KnownMaildrop(
        MaildirSnapshot snapshot,
        UniqueIdTable uniqueIds,
        FolderState mailbox,
        FolderState fresh,
        FolderState cur,
        boolean distinct,
        Instant leftoversRemoved) {
    private static final Logger LOG = LoggerFactory.getLogger(KnownMaildrop.class);
    private static final int MAX_LISTINGS = 10;

    /** Whether nothing has changed since. To be asked in this order: new, then cur, as a message moves. */
    boolean isStill(FolderStamp freshNow, FolderStamp curNow) {
        return fresh.isStill(freshNow) && cur.isStill(curNow);
    }

    /** Whether both folders were listed as they stay, so that who is not in the snapshot is gone. */
    boolean isComplete() {
        return fresh.settled() && cur.settled();
    }

    /** Whether it is worth while to write the table anew: half of its messages are gone. */
    boolean hasStaleUniqueIds() {
        if (uniqueIds.size() == 0) {
            return false;
        }
        long used = uniqueIds.entries().stream()
                .filter(entry -> snapshot.indexOf(entry.getValue()) >= 0)
                .count();
        return uniqueIds.size() > 2 * used;
    }

    /** The unique-ids of the messages that are there, as far as their names do not tell them. */
    UniqueIdTable usedUniqueIds() {
        UniqueIdTable used = UniqueIdTable.empty();
        FolderReader.Names add = (file, odd) -> {
            MessageName name = new MessageName(file);
            UniqueId id = uniqueIds.of(name);
            if (!id.equals(name.uniqueId())) {
                used.add(name.uniquePart(), id.value());
            }
        };
        snapshot.names(false, add);
        snapshot.names(true, add);
        return used;
    }

    KnownMaildrop withLeftoversRemoved(Instant when) {
        return new KnownMaildrop(snapshot, uniqueIds, mailbox, fresh, cur, distinct, when);
    }

    /**
     * Lists a mailbox.
     *
     * @param before what was known of the same mailbox, or null
     * @param now the file system's time; empty if it does not tell
     */
    static KnownMaildrop read(
            MaildirFolder folder, FolderReader reader, @Nullable KnownMaildrop before, Optional<FileTime> now)
            throws IOException {
        FolderState mailbox = MaildirListing.state(folder.path(), now);
        UniqueIdTable uniqueIds = UniqueIdTable.of(folder, before == null ? UniqueIdTable.NONE : before.uniqueIds);
        MaildirListing listing = MaildirListing.of(folder, reader, before, now);
        List<StoredMessage> messages = new ArrayList<>(listing.files().size());
        List<Located> files = new ArrayList<>(listing.files().size());
        MovedFiles moved = new MovedFiles(folder, reader);
        for (Located listed : listing.files()) {
            UniqueId id = uniqueIds.of(listed.name());
            sized(folder, listed, id, before, moved).ifPresent(sized -> {
                messages.add(new StoredMessage(id, sized.octets()));
                files.add(sized.file());
            });
        }
        boolean complete = listing.isComplete() && moved.isEmpty();
        return new KnownMaildrop(
                MaildirSnapshot.of(messages, files),
                uniqueIds,
                mailbox,
                listing.fresh().settledIf(complete),
                listing.cur().settledIf(complete),
                complete,
                before == null ? Instant.EPOCH : before.leftoversRemoved);
    }

    /** The size of a message, in whatever file it is by now; empty if it is none, or gone. */
    private static Optional<Sized> sized(
            MaildirFolder folder, Located listed, UniqueId id, @Nullable KnownMaildrop before, MovedFiles moved)
            throws IOException {
        Optional<Located> file = Optional.of(listed);
        while (file.isPresent()) {
            try {
                OptionalLong octets = octets(folder, file.get(), id, before);
                return octets.isPresent() ? Optional.of(new Sized(file.get(), octets.getAsLong())) : Optional.empty();
            } catch (NoSuchFileException movedOrGone) {
                file = moved.find(file.get());
            }
        }
        return Optional.empty();
    }

    private record Sized(Located file, long octets) {}

    /** Where files are that another program has renamed since they were listed. */
    private static final class MovedFiles {
        private final MaildirFolder folder;
        private final FolderReader reader;
        private Optional<Map<String, Located>> files = Optional.empty();
        private int listings;

        MovedFiles(MaildirFolder folder, FolderReader reader) {
            this.folder = folder;
            this.reader = reader;
        }

        boolean isEmpty() {
            return files.isEmpty();
        }

        /** Where the message is that is no more there; empty if it is gone. Listed once for all that moved together. */
        Optional<Located> find(Located before) throws IOException {
            String unique = before.name().uniquePart();
            Located known = files.map(map -> map.get(unique)).orElse(before);
            if (files.isPresent() && !files.get().containsKey(unique)) {
                return Optional.empty();
            }
            if (known.in(folder).equals(before.in(folder))) {
                listAgain();
                return files.map(map -> map.get(unique));
            }
            return Optional.of(known);
        }

        private void listAgain() throws IOException {
            if (++listings > MAX_LISTINGS) {
                throw new IOException(folder.path() + " is changed all the time");
            }
            Map<String, Located> found = new HashMap<>();
            for (Located file :
                    MaildirListing.of(folder, reader, null, Optional.empty()).files()) {
                found.put(file.name().uniquePart(), file);
            }
            files = Optional.of(found);
        }
    }

    /** The size in wire form, or empty if it is no message. */
    private static OptionalLong octets(MaildirFolder folder, Located file, UniqueId id, @Nullable KnownMaildrop before)
            throws IOException {
        OptionalLong named = file.name().wireOctets();
        if (named.isPresent()) {
            return named;
        }
        int known = before == null ? -1 : before.snapshot.indexOf(id);
        if (before != null && known >= 0) {
            return OptionalLong.of(before.snapshot.size(known));
        }
        Path path = file.in(folder);
        if (!MaildirMaildrop.isRegular(path)) {
            LOG.warn("{} is left out: it is not a regular file", path);
            return OptionalLong.empty();
        }
        try (InputStream content = MaildirMaildrop.wireForm(path)) {
            return OptionalLong.of(content.skip(Long.MAX_VALUE));
        }
    }

    long octets() {
        return snapshot.octets() + uniqueIds.octets();
    }
}
