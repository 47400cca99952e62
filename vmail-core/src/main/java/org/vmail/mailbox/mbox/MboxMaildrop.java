package org.vmail.mailbox.mbox;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.mbox.MboxIndex.Located;

/** The session's view of one mbox. The locks that other programs respect are held only while it is read or written. */
final class MboxMaildrop implements Maildrop {
    /** How often a message may move between finding and reading it, before that is an error. */
    private static final int MAX_TRIES = 3;

    private final MboxPaths paths;
    private final Settings settings;
    private final IndexCache cache;
    private final SessionLock session;
    private final List<StoredMessage> messages;
    private MboxIndex index;

    private MboxMaildrop(MboxPaths paths, Settings settings, IndexCache cache, SessionLock session, MboxIndex index) {
        this.paths = paths;
        this.settings = settings;
        this.cache = cache;
        this.session = session;
        this.index = index;
        this.messages = index.stored();
    }

    /** Opens it for a session, which it ends unless that succeeds; empty if another program has it locked. */
    static Optional<Maildrop> open(MboxPaths paths, Settings settings, IndexCache cache, SessionLock session)
            throws IOException {
        boolean opened = false;
        try {
            MboxIndex index = index(paths, settings, cache);
            opened = index != null;
            return index == null
                    ? Optional.empty()
                    : Optional.of(new MboxMaildrop(paths, settings, cache, session, index));
        } finally {
            if (!opened) {
                session.close();
            }
        }
    }

    @Override
    public List<StoredMessage> messages() {
        return messages;
    }

    @Override
    public Optional<InputStream> content(StoredMessage message) throws IOException {
        for (int i = 0; i < MAX_TRIES; i++) {
            Located located = index.messages().get(message.uniqueId());
            if (located == null) {
                return Optional.empty();
            }
            Optional<InputStream> content = MessageInputStream.open(paths, located.entry(), index.state());
            if (content.isPresent()) {
                return content;
            }
            index = readAgain();
        }
        throw new IOException("Message " + message.uniqueId() + " in " + paths.mbox() + " is moved all the time");
    }

    @Override
    public void remove(Set<UniqueId> ids) throws IOException {
        if (index.only(ids).isEmpty() || FileState.of(paths.mbox()).isEmpty()) {
            return;
        }
        try (MboxLock lock = lock()) {
            boolean indexIsWhole =
                    index.state() != null && index.state().size() == lock.file().size();
            if (!allAreThere(lock, index.only(ids))) {
                index = MboxIndex.read(lock, settings.clock().instant());
                indexIsWhole = true;
            }
            Map<UniqueId, Located> removed = index.only(ids);
            if (!removed.isEmpty()) {
                byte[] carried = carried(lock, removed);
                remove(lock, removed, carried);
                Instant now = settings.clock().instant();
                index = carried.length == 0 ? index.without(removed.keySet(), lock, now) : MboxIndex.read(lock, now);
            }
            if (indexIsWhole) {
                cache.put(paths, index);
            }
        }
    }

    @Override
    public void close() throws IOException {
        session.close();
    }

    private void remove(MboxLock lock, Map<UniqueId, Located> messages, byte[] carried) throws IOException {
        Numbers before = Numbers.load(paths);
        Numbers numbers = before.copy();
        numbers.remove(messages.values());
        List<Journal.Range> parts = messages.values().stream()
                .map(located -> new Journal.Range(
                        located.entry().start(), located.entry().end()))
                .sorted(Comparator.comparingLong(Journal.Range::start))
                .toList();
        numbers.save(paths, before);
        boolean removed = false;
        try {
            Journal.remove(lock, parts, carried);
            removed = true;
        } finally {
            if (!removed) {
                before.save(paths, numbers);
            }
        }
    }

    /** What the first message of the file leaves to the next. */
    private static byte[] carried(MboxLock lock, Map<UniqueId, Located> removed) throws IOException {
        for (Located located : removed.values()) {
            if (located.entry().start() == 0) {
                return ImapBase.of(lock, located.entry());
            }
        }
        return new byte[0];
    }

    /** Whether what is to be removed is where it was, with nothing else at its end, so that the rest may be kept unread. */
    private static boolean allAreThere(MboxLock lock, Map<UniqueId, Located> messages) throws IOException {
        for (Located located : messages.values()) {
            MboxEntry entry = located.entry();
            if (!MessageInputStream.isThere(lock.file(), entry) || !isEnd(lock, entry.end())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isEnd(MboxLock lock, long offset) throws IOException {
        Lines lines = new Lines(lock.between(offset, lock.file().size()), offset, MboxScan.LONGEST_SEPARATOR);
        return !lines.next() || FromLine.isSeparator(lines.buffer(), lines.start(), lines.end());
    }

    private MboxIndex readAgain() throws IOException {
        if (FileState.of(paths.mbox()).isEmpty()) {
            return MboxIndex.ofNoFile(settings.clock().instant());
        }
        try (MboxLock lock = lock()) {
            return MboxIndex.read(lock, settings.clock().instant());
        }
    }

    private MboxLock lock() throws IOException {
        return MboxLock.acquire(paths, settings, settings.locks().writeWait())
                .orElseThrow(() -> new IOException(paths.mbox() + " is locked by another program"));
    }

    private static @Nullable MboxIndex index(MboxPaths paths, Settings settings, IndexCache cache) throws IOException {
        Optional<FileState> state = FileState.of(paths.mbox());
        if (state.isEmpty()) {
            return MboxIndex.ofNoFile(settings.clock().instant());
        }
        Optional<MboxIndex> known = cache.current(paths, state);
        if (known.isPresent()) {
            return known.get();
        }
        Optional<MboxLock> acquired =
                MboxLock.acquire(paths, settings, settings.locks().openWait());
        if (acquired.isEmpty()) {
            return null;
        }
        try (MboxLock lock = acquired.get()) {
            MboxIndex index = MboxIndex.read(lock, settings.clock().instant());
            cache.put(paths, index);
            return index;
        }
    }
}
