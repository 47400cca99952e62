package org.vmail.mailbox.maildir;

import com.google.common.collect.MapMaker;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.directory.Quota;
import org.vmail.mailbox.BeginResult.OverQuota;
import org.vmail.mailbox.QuotaUsage;
import org.vmail.mailbox.maildir.SizeFile.Content;
import org.vmail.mailbox.maildir.SizeFile.Version;

/**
 * Counts one mailbox against its quota, for all threads of this process; lives as long as somebody uses it.
 *
 * <p>A delivery adds its size to {@code maildirsize} before it begins, looks at the sum, and takes it back if that is too
 * much. So of several programs that want the last room none goes over the quota, with no lock between them. Who counts anew
 * sees only messages that are visible, and the lines of those that are under way are lost; so each process knows its own and
 * adds them again when it finds another file. A message that became visible between that count and its file would be in
 * neither: so processes of vmail lock {@value #GUARD} meanwhile. What a killed process had added is counted until somebody
 * counts anew.
 *
 * <p>A file that cannot be written, because it is a folder or the disk is full, refuses no mail: the mailbox is counted for
 * each delivery then.
 */
final class MailboxQuota {
    private static final Logger LOG = LoggerFactory.getLogger(MailboxQuota.class);
    /** How long a sum that leaves no room is believed, as in Courier and Dovecot. */
    private static final Duration STALE = Duration.ofMinutes(15);

    private static final String GUARD = "vmail-quota";

    private static final ConcurrentMap<Path, MailboxQuota> ALL =
            new MapMaker().weakValues().makeMap();

    private final ReentrantLock lock = new ReentrantLock();
    private final MaildirFolder folder;
    private final SizeFile file;
    /** What is under way here. */
    private long octets;

    private long messages;
    /** The file that counts it, while something is under way or asked. */
    private @Nullable Version counted;
    /** Keeps it open, so that no other file is taken for it: what is removed makes way for a file with the same key. */
    private @Nullable Closeable pin;
    /** What it said last. */
    private @Nullable Content last;
    /** Whether this process has the guard. */
    private boolean alone;
    /** Whether it was said that the file cannot be written. */
    private boolean complained;

    /** What a store counts with. */
    record Tools(FolderReader reader, UniqueNames names, Clock clock) {}

    private MailboxQuota(MaildirFolder folder) {
        this.folder = folder;
        this.file = new SizeFile(folder);
    }

    static MailboxQuota of(MaildirFolder folder) {
        return ALL.computeIfAbsent(folder.path(), path -> new MailboxQuota(folder));
    }

    /** Says whether there is room for a message. */
    Optional<OverQuota> refusal(Quota quota, long size, Tools tools) throws IOException {
        lock.lock();
        try {
            return room(quota, size, tools);
        } finally {
            unlock();
        }
    }

    /** What came of asking for room. */
    sealed interface Answer {}

    /** The delivery has room. */
    record Taken(Allowance room) implements Answer {}

    /** There is none. */
    record Refused(OverQuota why) implements Answer {}

    /**
     * Takes room for a message.
     *
     * @param kept is given what the mailbox held before and with the message, if that stays
     */
    Answer claim(Quota quota, long size, Tools tools, BiConsumer<QuotaUsage, QuotaUsage> kept) throws IOException {
        lock.lock();
        try {
            Optional<OverQuota> refusal = room(quota, size, tools);
            if (refusal.isPresent()) {
                return new Refused(refusal.get());
            }
            record(size, 1);
            octets += size;
            messages++;
            boolean taken = false;
            try {
                QuotaUsage after = usage(quota, tools);
                taken = !after.exceeds(quota);
                return taken
                        ? new Taken(new Claim(quota, size, tools, kept, after))
                        : new Refused(new OverQuota(after.minusMessage(size), quota, false));
            } finally {
                if (!taken) {
                    release(size);
                }
            }
        } finally {
            unlock();
        }
    }

    /** The room of a message that is not asked whether it fits, but counts. */
    Allowance unlimited() {
        return new Unlimited();
    }

    /**
     * Counts what was added or removed, if the mailbox is counted at all. A file that has become too long for its readers is
     * removed, as perhaps nobody here counts anew.
     */
    void add(long sizes, long number) {
        lock.lock();
        try {
            Optional<Version> now = file.version();
            if (now.isPresent() && now.get().length() >= SizeFile.MAX_OCTETS) {
                file.delete();
            } else if (now.isPresent()) {
                append(sizes, number);
            }
        } catch (IOException e) {
            LOG.warn("{} is too long and cannot be removed: {}", file, e.toString());
        } finally {
            lock.unlock();
        }
    }

    /** Messages that are about to be removed. */
    Removal removal() {
        return new Removal();
    }

    /** Messages that are removed, subtracted together. Used by one thread. */
    final class Removal {
        private final @Nullable Version before = file.version().orElse(null);
        private long sizes;
        private long number;

        void add(long size) {
            sizes += size;
            number++;
        }

        /** If somebody has counted anew meanwhile, nobody knows what of it was seen, and the file is removed. */
        void end() {
            if (number > 0) {
                subtract(before, sizes, number);
            }
        }
    }

    private void subtract(@Nullable Version before, long sizes, long number) {
        lock.lock();
        try {
            Optional<Version> now = file.version();
            if (before != null && now.filter(before::isPartOf).isPresent()) {
                add(-sizes, -number);
            } else if (now.isPresent()) {
                file.delete();
            }
        } catch (IOException e) {
            LOG.warn("{} is wrong and cannot be removed: {}", file, e.toString());
        } finally {
            lock.unlock();
        }
    }

    private Optional<OverQuota> room(Quota quota, long size, Tools tools) throws IOException {
        Optional<OverQuota> never = QuotaUsage.NONE.refusal(quota, size);
        if (never.isPresent()) {
            return never; // nor is a limit of zero written to the file: there it would mean that there is none
        }
        Content now = content(quota, tools);
        Optional<OverQuota> refusal = now.usage().refusal(quota, size);
        return refusal.isPresent() && mayBeWrong(now, tools)
                ? countAnew(quota, tools).usage().refusal(quota, size)
                : refusal;
    }

    /** Other programs may have removed messages without telling. */
    private static boolean mayBeWrong(Content content, Tools tools) {
        return content.lines() > 1
                || content.modified()
                        .toInstant()
                        .plus(STALE)
                        .isBefore(tools.clock().instant());
    }

    private QuotaUsage usage(Quota quota, Tools tools) throws IOException {
        return content(quota, tools).usage();
    }

    /** What the file says, with what is under way here. */
    private Content content(Quota quota, Tools tools) throws IOException {
        Optional<Content> found = file.read(last);
        last = found.orElse(null);
        if (found.isEmpty() || !found.get().limits().equals(SizeFile.limits(quota))) {
            return countAnew(quota, tools);
        }
        Content content = found.get();
        boolean ours = counted != null && counted.isPartOf(content.version());
        counts(content.version());
        if (ours || messages == 0) {
            return content;
        }
        record(octets, messages);
        QuotaUsage usage = content.usage();
        return new Content(
                content.version(),
                content.modified(),
                content.limits(),
                new QuotaUsage(usage.octets() + octets, usage.messages() + messages),
                content.lines() + 1);
    }

    /** Takes a file for the one that counts what is under way. */
    private void counts(Version version) {
        if (counted == null || !counted.key().equals(version.key())) {
            unpin();
            pin = file.open(version).orElse(null);
        }
        counted = pin == null ? null : version;
    }

    private void unpin() {
        Closeable old = pin;
        pin = null;
        counted = null;
        if (old != null) {
            SizeFile.close(old);
        }
    }

    /** Leaves nothing open when nothing is under way. */
    private void unlock() {
        if (messages == 0) {
            unpin();
            last = null;
        }
        lock.unlock();
    }

    @FunctionalInterface
    private interface Step {
        Content run() throws IOException;
    }

    /** While no other process of vmail counts anew, or makes a message visible. */
    private Content alone(Step step) throws IOException {
        Optional<FileChannel> guard = alone ? Optional.empty() : guard();
        if (guard.isEmpty()) {
            return step.run();
        }
        try (FileChannel channel = guard.get()) {
            FileLock unused = channel.lock();
            alone = true;
            return step.run();
        } finally {
            alone = false;
        }
    }

    /** Empty if there is no room for it: then a count may miss a message. */
    private Optional<FileChannel> guard() {
        Path path = folder.path().resolve(GUARD);
        try {
            return Optional.of(FileChannel.open(
                    path,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    folder.ownerOnlyFile()));
        } catch (IOException e) {
            LOG.debug("{} cannot be locked: {}", path, e.toString());
            return Optional.empty();
        }
    }

    private Content countAnew(Quota quota, Tools tools) throws IOException {
        return alone(() -> count(quota, tools));
    }

    private Content count(Quota quota, Tools tools) throws IOException {
        QuotaUsage visible = MailboxCount.of(folder, tools.reader());
        QuotaUsage usage = new QuotaUsage(visible.octets() + octets, visible.messages() + messages);
        try {
            Content written = file.write(quota, usage, tools.names().next());
            counts(written.version());
            complained = false;
            return written;
        } catch (IOException e) {
            if (!complained) {
                LOG.warn("{} cannot be written, so the mailbox is counted for each delivery: {}", file, e.toString());
            }
            complained = true;
            counted = null;
            Version none = new Version(SizeFile.NAME, 0);
            return new Content(none, FileTime.from(tools.clock().instant()), "", usage, 1);
        }
    }

    /** Adds a line to the file, if there is one that counts. */
    private void record(long sizes, long number) {
        if (counted != null) {
            append(sizes, number);
        }
    }

    private void append(long sizes, long number) {
        boolean interrupted = Thread.interrupted(); // it would close the file instead
        try {
            file.append(sizes, number);
        } catch (IOException e) {
            LOG.warn("{} cannot be written, and is counted anew: {}", file, e.toString());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Has everybody count anew, as nobody knows whether a message counts. */
    private void forget() {
        lock.lock();
        try {
            file.delete();
        } catch (IOException e) {
            LOG.warn("{} is wrong and cannot be removed: {}", file, e.toString());
        } finally {
            lock.unlock();
        }
    }

    /** Takes back what a delivery had added, unless somebody has counted anew. */
    private void release(long size) {
        octets -= size;
        messages--;
        if (counted != null && file.version().filter(counted::isPartOf).isPresent()) {
            record(-size, -1);
        }
    }

    /** A message that counts when it is visible. */
    private final class Unlimited implements Allowance {
        private long visible = -1;

        @Override
        public void makeVisible(long size, Move move) throws IOException {
            move.run();
            visible = size;
            add(size, 1);
        }

        @Override
        public void kept() {}

        @Override
        public void giveBack() {
            if (visible >= 0) {
                add(-visible, -1);
            }
        }

        @Override
        public void lost() {
            if (visible >= 0) {
                forget();
            }
        }
    }

    /** Room that was taken. */
    private final class Claim implements Allowance {
        private final Quota quota;
        private final Tools tools;
        private final BiConsumer<QuotaUsage, QuotaUsage> kept;
        private final QuotaUsage before;
        private long size;
        private boolean visible;

        Claim(Quota quota, long size, Tools tools, BiConsumer<QuotaUsage, QuotaUsage> kept, QuotaUsage after) {
            this.quota = quota;
            this.tools = tools;
            this.kept = kept;
            this.size = size;
            this.before = after.minusMessage(size);
        }

        @Override
        public void makeVisible(long stored, Move move) throws IOException {
            lock.lock();
            try {
                if (stored != size) {
                    record(stored - size, 0);
                    octets += stored - size;
                    size = stored;
                }
                Content unused = alone(() -> moved(move));
            } finally {
                unlock();
            }
        }

        private Content moved(Move move) throws IOException {
            Content now = content(quota, tools);
            if (now.usage().exceeds(quota)) {
                throw new IOException(folder.path() + " has no room for " + size + " octets any more");
            }
            move.run();
            visible = true;
            octets -= size;
            messages--;
            // If a program of others has counted at this very moment, nobody knows whether it saw the message.
            if (counted != null && file.version().filter(counted::isPartOf).isEmpty()) {
                record(size, 1);
            }
            return now;
        }

        @Override
        public void kept() {
            kept.accept(before, before.plusMessage(size));
        }

        @Override
        public void giveBack() {
            if (visible) {
                add(-size, -1);
                return;
            }
            lock.lock();
            try {
                release(size);
            } finally {
                unlock();
            }
        }

        @Override
        public void lost() {
            if (visible) {
                forget();
            } else {
                giveBack();
            }
        }
    }
}
