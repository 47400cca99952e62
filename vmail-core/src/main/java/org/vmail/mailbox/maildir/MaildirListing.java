package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which file holds which message, as the folders say it now.
 *
 * <p>New is read before cur, so that a message that moves meanwhile is seen twice and not missed. A rename within cur can
 * hide a name from whoever reads cur at that moment. So cur is read again when it has changed meanwhile, or may have: its
 * time was not settled. What any of the readings saw is taken, from the last that saw it: at worst a message is listed that
 * was removed a moment ago. Only a message that is renamed again in each reading can be missed, for one session.
 */
final class MaildirListing {
    private static final int MAX_READINGS = 3;

    private final List<Located> files;
    private final FolderState fresh;
    private final FolderState cur;
    private final boolean complete;

    private MaildirListing(List<Located> files, FolderState fresh, FolderState cur, boolean complete) {
        this.files = files;
        this.fresh = fresh;
        this.cur = cur;
        this.complete = complete;
    }

    /**
     * A file, and what its name says.
     *
     * @param inCur in cur, else in new
     * @param odd where it is if the text of its name need not lead back to it, else null
     */
    record Located(
            MessageName name, boolean inCur, @Nullable Path odd) {
        Path in(MaildirFolder mailbox) {
            return odd != null ? odd : (inCur ? mailbox.cur() : mailbox.fresh()).resolve(name.file());
        }
    }

    /**
     * A folder when it was read.
     *
     * @param stamp taken before
     * @param settled whether every later change will change the stamp
     */
    record FolderState(FolderStamp stamp, boolean settled) {
        boolean isStill(FolderStamp now) {
            return settled && stamp.equals(now);
        }

        FolderState settledIf(boolean condition) {
            return new FolderState(stamp, settled && condition);
        }
    }

    /**
     * Lists a mailbox.
     *
     * @param before what may be taken over if a folder is unchanged, or null
     * @param now the file system's time; empty if it does not tell, and then nothing is settled
     */
    static MaildirListing of(
            MaildirFolder mailbox, FolderReader reader, @Nullable KnownMaildrop before, Optional<FileTime> now)
            throws IOException {
        List<Located> found = new ArrayList<>();
        FolderState fresh = state(mailbox.fresh(), now);
        if (before != null && before.fresh().isStill(fresh.stamp())) {
            before.snapshot().names(false, (name, odd) -> found.add(new Located(new MessageName(name), false, odd)));
        } else {
            reader.read(mailbox.fresh(), (name, odd) -> found.add(new Located(new MessageName(name), false, odd)));
        }
        FolderState cur = state(mailbox.cur(), now);
        boolean quiet = true;
        if (before != null && before.cur().isStill(cur.stamp())) {
            before.snapshot().names(true, (name, odd) -> found.add(new Located(new MessageName(name), true, odd)));
        } else {
            quiet = readCur(mailbox.cur(), reader, cur, found);
        }
        List<Located> distinct = oldestFirst(found);
        // A message with two files is listed once, so the listing of the other folder is not complete.
        boolean complete = quiet && distinct.size() == found.size();
        return new MaildirListing(distinct, fresh, cur, complete);
    }

    /** Oldest first, each message once. */
    List<Located> files() {
        return files;
    }

    /** Whether each file of the folders is the only one of a message of the list, as far as their times tell. */
    boolean isComplete() {
        return complete;
    }

    FolderState fresh() {
        return fresh;
    }

    FolderState cur() {
        return cur;
    }

    /** Whether it was read while nothing changed there. */
    private static boolean readCur(Path folder, FolderReader reader, FolderState before, List<Located> found)
            throws IOException {
        FolderStamp stamp = before.stamp();
        boolean quiet = true;
        for (int reading = 1; reading <= MAX_READINGS; reading++) {
            reader.read(folder, (name, odd) -> found.add(new Located(new MessageName(name), true, odd)));
            FolderStamp after = FolderStamp.of(folder);
            if (after.equals(stamp) && (before.settled() || reading > 1)) {
                return quiet;
            }
            quiet &= after.equals(stamp);
            stamp = after;
        }
        return false;
    }

    /** How a folder is now. */
    static FolderState state(Path folder, Optional<FileTime> now) throws IOException {
        FolderStamp stamp = FolderStamp.of(folder);
        return new FolderState(stamp, now.isPresent() && stamp.settledAt(now.get()));
    }

    /** Of a message that was found more than once the last is taken: the sort is stable. */
    private static List<Located> oldestFirst(List<Located> found) {
        found.sort((one, other) -> MessageName.OLDEST_FIRST.compare(one.name(), other.name()));
        List<Located> distinct = new ArrayList<>(found.size());
        for (Located file : found) {
            int last = distinct.size() - 1;
            if (last >= 0 && distinct.get(last).name().sameMessage(file.name())) {
                distinct.set(last, file);
            } else {
                distinct.add(file);
            }
        }
        return distinct;
    }
}
