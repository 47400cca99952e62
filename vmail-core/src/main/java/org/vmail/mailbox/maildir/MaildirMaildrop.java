package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.internal.LineEnds;
import org.vmail.mailbox.maildir.MaildirListing.Located;

/** The session's view of one Maildir. */
final class MaildirMaildrop implements Maildrop {
    /** How often a message may move between finding and opening it, before that is an error. */
    private static final int MAX_TRIES = 3;
    /** One failure has usually the same cause as the next. */
    private static final int MAX_SUPPRESSED = 10;

    private final MaildirFolder folder;
    private final MaildropLock lock;
    private final FolderReader reader;
    private final MaildirSnapshot snapshot;
    private final UniqueIdTable uniqueIds;
    /** Told what is removed; null where nothing is counted. */
    private final @Nullable MailboxQuota quota;
    /** Whether no message had a second file. */
    private final boolean distinct;
    /** Where the messages are, if that was looked up again: whoever is not in it is gone. */
    private @Nullable Map<UniqueId, Path> moved;

    private final Set<UniqueId> gone = new HashSet<>();

    MaildirMaildrop(
            MaildirFolder folder,
            MaildropLock lock,
            FolderReader reader,
            KnownMaildrop known,
            @Nullable MailboxQuota quota) {
        this.folder = folder;
        this.lock = lock;
        this.reader = reader;
        this.snapshot = known.snapshot();
        this.uniqueIds = known.uniqueIds();
        this.distinct = known.distinct();
        this.quota = quota;
    }

    @Override
    public List<StoredMessage> messages() {
        return snapshot.messages();
    }

    @Override
    public long octets() {
        return snapshot.sizeOfAll();
    }

    @Override
    public Optional<InputStream> content(StoredMessage message) throws IOException {
        for (int i = 0; i < MAX_TRIES; i++) {
            Path file = locate(message.uniqueId());
            if (file == null) {
                return Optional.empty();
            }
            try {
                return Optional.of(wireForm(file));
            } catch (NoSuchFileException movedOrGone) {
                locateAgain();
            }
        }
        throw new IOException("Message " + message.uniqueId() + " in " + folder.path() + " is moved all the time");
    }

    @Override
    public void remove(Set<UniqueId> ids) throws IOException {
        List<IOException> failures = new ArrayList<>();
        Collection<UniqueId> left = removeWhereTheyAre(ids, failures);
        // Once for all that moved: another program may have moved everything.
        for (int i = 1; i < MAX_TRIES && !left.isEmpty(); i++) {
            locateAgain();
            left = removeWhereTheyAre(left, failures);
        }
        if (!distinct && !gone.isEmpty()) {
            removeSecondFiles(failures);
        }
        for (UniqueId id : left) {
            failures.add(new IOException("Message " + id + " is moved all the time"));
        }
        if (!failures.isEmpty()) {
            IOException failure = new IOException(
                    failures.size() + " messages in " + folder.path() + " could not be removed", failures.get(0));
            failures.stream().skip(1).limit(MAX_SUPPRESSED).forEach(failure::addSuppressed);
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    /** Gives back those whose file was not where it should be. */
    private List<UniqueId> removeWhereTheyAre(Collection<UniqueId> ids, List<IOException> failures) {
        List<UniqueId> missing = new ArrayList<>();
        MailboxQuota.Removal removal = quota == null ? null : quota.removal();
        for (UniqueId id : ids) {
            Path file = locate(id);
            if (file == null) {
                continue;
            }
            try {
                long size =
                        removal == null ? 0 : MailboxCount.storedOctets(file).orElse(0L);
                Files.delete(file);
                gone.add(id);
                if (removal != null) {
                    removal.add(size);
                }
            } catch (NoSuchFileException movedOrGone) {
                missing.add(id);
            } catch (IOException e) {
                failures.add(e);
            }
        }
        if (removal != null) {
            removal.end();
        }
        return missing;
    }

    /** Another program may be moving a message, or have died between the new file and the old one. */
    private void removeSecondFiles(List<IOException> failures) throws IOException {
        for (Located file :
                MaildirListing.of(folder, reader, null, Optional.empty()).files()) {
            if (gone.contains(uniqueIds.of(file.name()))) {
                try {
                    Files.deleteIfExists(file.in(folder));
                } catch (IOException e) {
                    failures.add(e);
                }
            }
        }
    }

    private @Nullable Path locate(UniqueId id) {
        if (gone.contains(id)) {
            return null;
        }
        if (moved != null) {
            return moved.get(id);
        }
        int index = snapshot.indexOf(id);
        return index < 0 ? null : snapshot.file(folder, index);
    }

    private void locateAgain() throws IOException {
        Map<UniqueId, Path> now = new HashMap<>();
        for (Located file :
                MaildirListing.of(folder, reader, null, Optional.empty()).files()) {
            UniqueId id = uniqueIds.of(file.name());
            if (locate(id) != null) {
                now.put(id, file.in(folder));
            }
        }
        moved = now;
    }

    static InputStream wireForm(Path file) throws IOException {
        BasicFileAttributes attributes =
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        // A symbolic link could lead out of the mailbox, and opening a pipe would wait for its writer.
        if (!attributes.isRegularFile()) {
            throw new IOException(file + " is not a regular file");
        }
        return new LineEnds.ToWire(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS), attributes.size());
    }

    /** A symbolic link could lead out of the mailbox, and opening a pipe would wait for its writer. */
    static boolean isRegular(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isRegularFile();
    }
}
