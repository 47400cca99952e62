package org.vmail.mailbox.maildir;

import com.google.common.base.Preconditions;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.QuotaUsage;

/**
 * Mailboxes in <a href="https://cr.yp.to/proto/maildir.html">Maildir</a> format, one folder each in
 * a {@link MailFolder}.
 *
 * <p>Lines are stored with LF. File names carry the size ({@code ,S=} as stored, {@code ,W=} with CRLF), as Dovecot writes
 * and reads them, so that opening a maildrop opens no message; a file without {@code ,W=} is read to count it. The unique-id is the part of the name that never changes, unless one
 * of another server was imported ({@link #importUniqueIds}). Messages stay where they are and get no flags, so that
 * other programs can read and write the same mailbox at the same time. A mailbox without folders gets them, and what a
 * crash left in {@code tmp} is removed when the mailbox is opened and it is 36 hours old; that is looked for once an hour.
 *
 * <p>Of mailboxes that were opened, names and sizes are kept in memory ({@link #withListingMemory}). They are used again
 * while the times of {@code new} and {@code cur} say that nothing was added, renamed or removed by anybody; a time that was
 * less than 2 seconds old when the folder was read is not relied on. So files must not be changed in place, as maildir(5)
 * demands, and a file system that shows changes late (NFS caches attributes for some seconds) shows new mail late.
 *
 * <p>Durable: a committed delivery was synced, and its folder too. Thread-safe. Between calls one file is open for each open
 * maildrop: its lock.
 */
public final class MaildirStore implements MaildropStore, DeliveryTarget {
    private static final Logger LOG = LoggerFactory.getLogger(MaildirStore.class);
    private static final long DEFAULT_LISTING_MEMORY = 64L << 20;
    private static final Duration LEFTOVERS_EVERY = Duration.ofHours(1);
    private static final UniqueNames NAMES = new UniqueNames(Clock.systemUTC());

    private final MailFolder mail;
    private final Surroundings surroundings;
    private final UniqueNames names;
    private final KnownMaildrops known;
    private final Optional<QuotaPolicy> quotas;

    /** What the machine that keeps the files takes for now. */
    @FunctionalInterface
    interface FileSystemClock {
        /**
         * Looks at the clock.
         *
         * @param lock of the mailbox
         * @return the time, if it can be told
         * @throws IOException if the lock is lost
         */
        Optional<FileTime> time(MaildropLock lock) throws IOException;
    }

    /**
     * What tests replace.
     *
     * @param clock of this machine
     * @param fileSystemClock the time on the machine that keeps the files, if it tells
     */
    record Surroundings(Clock clock, FolderReader reader, FileSystemClock fileSystemClock) {
        static final Surroundings SYSTEM =
                new Surroundings(Clock.systemUTC(), FolderReader.SYSTEM, MaildropLock::fileSystemTime);
    }

    MaildirStore(Path root, long listingMemory, Surroundings surroundings) {
        this(MailFolder.at(root), surroundings, listings(listingMemory), Optional.empty());
    }

    private MaildirStore(
            MailFolder mail, Surroundings surroundings, KnownMaildrops known, Optional<QuotaPolicy> quotas) {
        this.mail = mail;
        this.surroundings = surroundings;
        this.names = new UniqueNames(surroundings.clock());
        this.known = known;
        this.quotas = quotas;
    }

    private static KnownMaildrops listings(long memory) {
        Preconditions.checkArgument(memory >= 0, "The memory for listings is negative: %s", memory);
        return new KnownMaildrops(memory);
    }

    /**
     * Mailboxes below a folder, {@code ROOT/DOMAIN/LOCAL-PART}.
     *
     * @param root must exist when mail is delivered or read, see {@link MailFolder}
     * @return the store
     */
    public static MaildirStore under(Path root) {
        return in(MailFolder.at(root));
    }

    /**
     * Mailboxes in a folder.
     *
     * @param mail which one, and where in it they are
     * @return the store
     */
    public static MaildirStore in(MailFolder mail) {
        return new MaildirStore(mail, Surroundings.SYSTEM, listings(DEFAULT_LISTING_MEMORY), Optional.empty());
    }

    /**
     * Sets how much memory may be taken by the listings that are kept across logins. About 150 octets are needed for a
     * message and 1,000 for a mailbox. What was not used for the longest time is dropped first; a single mailbox is not kept
     * if it would take more than half.
     *
     * @param octets an estimate of the heap; default 64 MiB, 0 keeps nothing
     * @return a store of the same mailboxes that begins with no listings
     * @throws IllegalArgumentException if it is negative
     */
    public MaildirStore withListingMemory(long octets) {
        return new MaildirStore(mail, surroundings, listings(octets), quotas);
    }

    /**
     * Sets quotas. What a mailbox holds, its folders included, is kept in its file {@code maildirsize}, as Dovecot ({@code
     * quota = maildir}) and Courier read and write it; programs that share mailboxes should have the same limits, or each
     * counts anew what another has written. Everything counts, {@code .Trash} and messages marked as deleted included, as in
     * Dovecot. The files are counted when there is no such file, when it is damaged, has other limits or 5120 octets, and,
     * as other programs may remove messages without telling, before a message is refused: at most once in 15 minutes while
     * nothing is delivered. For accounts without a quota a file that is there is kept up, and none is made.
     *
     * @param policy the limits, and who is told when a mailbox is nearly full; default {@link QuotaPolicy#NONE}, which does not
     *     touch the file either
     * @return a store of the same mailboxes
     */
    public MaildirStore withQuota(QuotaPolicy policy) {
        return new MaildirStore(
                mail, surroundings, known, policy.equals(QuotaPolicy.NONE) ? Optional.empty() : Optional.of(policy));
    }

    @Override
    public OpenResult open(MailAddress account) throws IOException {
        MaildirFolder folder = MaildirFolder.at(mail, account);
        Optional<KnownMaildrop> before = known.find(folder.path());
        Optional<FolderStamp> mailbox = before.isPresent() ? FolderStamp.find(folder.path()) : Optional.empty();
        if (mailbox.isEmpty()
                || !mailbox.get().sameFolder(before.get().mailbox().stamp())) {
            // Not the folder that was checked, and whose messages are known.
            folder.require(mail);
            mailbox = Optional.of(FolderStamp.of(folder.path()));
            before = Optional.empty();
        }
        Optional<MaildropLock> lock = MaildropLock.tryLock(folder, mailbox.get());
        return lock.isEmpty()
                ? new OpenResult.InUse()
                : new OpenResult.Opened(open(folder, mailbox.get(), lock.get(), before.orElse(null)));
    }

    /**
     * Begins to deliver one message into a maildir that is no account's mailbox, such as an archive.
     *
     * @param folder the maildir, which is made for the owner only if it is missing; the folder that it is in must exist. It
     *     may not be a symbolic link
     * @return the delivery, which the caller closes
     * @throws IOException if nothing can be delivered there now
     */
    public static Delivery deliverTo(Path folder) throws IOException {
        Path parent = folder.toAbsolutePath().resolveSibling(".").toRealPath();
        MaildirFolder maildir = new MaildirFolder(parent.resolve(folder.getFileName()));
        maildir.require(MailFolder.at(parent));
        return MaildirDelivery.begin(maildir, NAMES.next(), Allowance.NONE);
    }

    @Override
    public Delivery begin(MailAddress account) throws IOException {
        return begin(account, MaildirDelivery::begin);
    }

    @Override
    public BeginResult begin(MailAddress account, long octets) throws IOException {
        return begin(account, octets, MaildirDelivery::begin);
    }

    @Override
    public Optional<BeginResult> beginLinked(MailAddress account, Delivery written) throws IOException {
        if (!(written instanceof MaildirDelivery complete)
                || complete.linkableOctets().isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(begin(account, complete.linkableOctets().getAsLong(), complete::link));
        } catch (IOException | UnsupportedOperationException e) {
            LOG.debug("A message for {} has to be written again: {}", account, e.toString());
            return Optional.empty();
        }
    }

    private Delivery begin(MailAddress account, Beginning beginning) throws IOException {
        MaildirFolder folder = MaildirFolder.of(mail, account);
        return begin(folder, quotas.isPresent() ? MailboxQuota.of(folder).unlimited() : Allowance.NONE, beginning);
    }

    private BeginResult begin(MailAddress account, long octets, Beginning beginning) throws IOException {
        Quota quota = quota(account);
        if (quota.isUnlimited()) {
            return new BeginResult.Begun(begin(account, beginning));
        }
        MaildirFolder folder = MaildirFolder.of(mail, account);
        MailboxQuota.Answer answer = MailboxQuota.of(folder)
                .claim(quota, octets, tools(), (before, after) -> delivered(account, quota, before, after));
        if (answer instanceof MailboxQuota.Taken taken) {
            return new BeginResult.Begun(begin(folder, taken.room(), beginning));
        }
        return ((MailboxQuota.Refused) answer).why();
    }

    @Override
    public Optional<BeginResult.OverQuota> overQuota(MailAddress account, long octets) throws IOException {
        Quota quota = quota(account);
        if (quota.isUnlimited()) {
            return Optional.empty();
        }
        MaildirFolder folder = MaildirFolder.at(mail, account);
        return FolderStamp.find(folder.path()).isEmpty()
                ? QuotaUsage.NONE.refusal(quota, octets)
                : MailboxQuota.of(folder).refusal(quota, octets, tools());
    }

    private Delivery begin(MaildirFolder folder, Allowance room, Beginning beginning) throws IOException {
        boolean begun = false;
        try {
            Delivery delivery = beginning.begin(folder, names.next(), room);
            begun = true;
            return delivery;
        } finally {
            if (!begun) {
                room.giveBack();
            }
        }
    }

    /** How the file of a delivery comes to be in tmp. */
    @FunctionalInterface
    private interface Beginning {
        MaildirDelivery begin(MaildirFolder folder, String uniqueName, Allowance room) throws IOException;
    }

    private void delivered(MailAddress account, Quota quota, QuotaUsage before, QuotaUsage after) {
        quotas.ifPresent(policy -> policy.delivered(account, quota, before, after));
    }

    private Quota quota(MailAddress account) throws IOException {
        return quotas.isPresent() ? quotas.get().quota(account) : Quota.UNLIMITED;
    }

    private MailboxQuota.Tools tools() {
        return new MailboxQuota.Tools(surroundings.reader(), names, surroundings.clock());
    }

    /**
     * Gives messages the unique-ids that another server gave them, so that clients do not fetch them again. They are kept in
     * a file {@code vmail-uidl} in the mailbox, and replace those of an earlier import. Messages that are in no list of the
     * other server keep their unique-ids. To be done while nobody uses the mailbox, before vmail serves it first: clients
     * that have seen the unique-ids of vmail fetch the messages again.
     *
     * @param account the canonical address of an account that exists
     * @param source the other server
     * @return what came of it
     * @throws IOException if the list cannot be read or is of an unknown version, or the unique-ids cannot be written; those
     *     in use are unchanged then
     */
    public ImportResult importUniqueIds(MailAddress account, UniqueIdSource source) throws IOException {
        MaildirFolder folder = MaildirFolder.of(mail, account);
        Optional<MaildropLock> lock = MaildropLock.tryLock(folder, FolderStamp.of(folder.path()));
        if (lock.isEmpty()) {
            return new ImportResult.InUse();
        }
        try {
            return new UniqueIdImport(folder, surroundings.reader()).from(source, names.next());
        } finally {
            lock.get().close();
        }
    }

    /**
     * Begins to take messages of another mailbox over.
     *
     * @param account the canonical address of an account that exists
     * @return the import, which the caller closes, or empty if a session has the mailbox open
     * @throws IOException if the mailbox cannot be locked or read
     */
    public Optional<MaildirImport> importMessages(MailAddress account) throws IOException {
        return MaildirImport.begin(MaildirFolder.of(mail, account), names, step -> {});
    }

    /**
     * What an import has taken over so far, which is only looked up: nothing is made, and nothing locked.
     *
     * @param account the canonical address of an account that exists
     * @return the keys of {@link MaildirImport.Item}; none if there is no such mailbox yet
     * @throws IOException if the mailbox cannot be read
     */
    public Set<String> imported(MailAddress account) throws IOException {
        return MaildirImport.known(MaildirFolder.at(mail, account));
    }

    private MaildirMaildrop open(
            MaildirFolder folder, FolderStamp mailbox, MaildropLock lock, @Nullable KnownMaildrop before)
            throws IOException {
        boolean opened = false;
        try {
            KnownMaildrop now =
                    before != null && isUnchanged(folder, mailbox, before) ? before : read(folder, lock, before);
            now = removeLeftovers(folder, now);
            if (!now.equals(before)) {
                known.put(folder.path(), now);
            }
            opened = true;
            MailboxQuota quota = quotas.isPresent() ? MailboxQuota.of(folder) : null;
            return new MaildirMaildrop(folder, lock, surroundings.reader(), now, quota);
        } finally {
            if (!opened) {
                lock.close();
            }
        }
    }

    private static boolean isUnchanged(MaildirFolder folder, FolderStamp mailbox, KnownMaildrop before)
            throws IOException {
        if (!before.mailbox().isStill(mailbox)
                && !before.uniqueIds().equals(UniqueIdTable.of(folder, before.uniqueIds()))) {
            return false;
        }
        // New before cur: a message that moves between the two looks changes cur, which is looked at then.
        Optional<FolderStamp> fresh = FolderStamp.find(folder.fresh());
        Optional<FolderStamp> cur = FolderStamp.find(folder.cur());
        return fresh.isPresent() && cur.isPresent() && before.isStill(fresh.get(), cur.get());
    }

    private KnownMaildrop read(MaildirFolder folder, MaildropLock lock, @Nullable KnownMaildrop before)
            throws IOException {
        if (before != null) {
            folder.require(mail); // one may have been removed; of a mailbox that is not known all were checked just now
        }
        Optional<FileTime> now = surroundings.fileSystemClock().time(lock);
        KnownMaildrop maildrop = KnownMaildrop.read(folder, surroundings.reader(), before, now);
        if (maildrop.isComplete() && maildrop.hasStaleUniqueIds()) {
            try {
                maildrop.usedUniqueIds().write(folder, names.next());
            } catch (IOException e) {
                LOG.warn("The unique-ids of messages that are gone from {} stay: {}", folder.path(), e.toString());
            }
        }
        return maildrop;
    }

    private KnownMaildrop removeLeftovers(MaildirFolder folder, KnownMaildrop maildrop) throws IOException {
        Instant now = surroundings.clock().instant();
        if (now.isBefore(maildrop.leftoversRemoved().plus(LEFTOVERS_EVERY))) {
            return maildrop;
        }
        folder.removeLeftovers(now);
        return maildrop.withLeftoversRemoved(now);
    }
}
