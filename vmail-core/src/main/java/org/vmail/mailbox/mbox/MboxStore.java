package org.vmail.mailbox.mbox;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;

/**
 * Mailboxes in mbox format, one file for each account in a {@link MailFolder}, made for the owner only when mail
 * arrives. A file whose name would end like that of a dotlock or a quota file, {@code joe.lock} or {@code joe.quota}, is
 * {@code joe.lock_} or {@code joe.quota_}.
 *
 * <p><b>Format.</b> Messages are separated by {@code From } lines behind a blank line (RFC 4155, appendix A) and quoted
 * reversibly (mboxrd: lines that begin with {@code From } behind any number of {@code >} get one more). Files that other
 * programs wrote are read, too; a Content-Length is believed if it leads to the end of the file or to a {@code From } line. The
 * header fields Status, X-Status, X-Keywords, X-UID,
 * X-IMAP, X-IMAPbase and Content-Length belong to the programs that keep the file: they are not part of any message that is
 * read, and are left out of every message that is delivered. The internal message of UW imapd is hidden and kept. A file that
 * does not begin with a {@code From } line is no mbox, and using it fails.
 *
 * <p><b>Sharing.</b> Other programs may use the same files with the same {@link MboxLocks}. A session locks others of vmail
 * out by a file of its own; the locks that other programs see are held only while the mbox is indexed or written. A message
 * that somebody else removed or changed during a session is gone, and never another one.
 *
 * <p><b>Unique-ids</b> are digests of the {@code From } line, the header and the body, without what programs add and correct
 * (the fields above, Lines and X-UIDL, blank lines at the end). A message that vmail delivers carries a field X-Vmail-Id,
 * hidden from readers, so that no other message has its digest. Of messages that other programs delivered and that are equal
 * to the last octet, time of delivery included, each gets a number, which is remembered beside the mbox; it is never
 * used again, for as long as a thousand more recently removed messages do not push it out. What cannot hold: if another
 * program removes one of several equal messages, nobody can tell which one it was, and the last of their unique-ids
 * disappears; and if one is removed by another program and an equal one comes before the next session, it has its unique-id.
 *
 * <p><b>Crashes.</b> A committed delivery was synced. Messages are removed in place, by way of a journal, so that no crash
 * loses a message that stays; mail that others append before the journal is found again is kept. A crash in the middle of
 * appending may leave the beginning of a message that nobody was told is delivered.
 *
 * <p>What is known of unchanged files is kept for at most 250,000 messages. Thread-safe; holds no file open between calls.
 */
public final class MboxStore implements MaildropStore, DeliveryTarget {
    private final Location location;
    private final Settings settings;
    private final MboxQuota quotas;
    private final IndexCache cache = new IndexCache();

    private MboxStore(Location location, Settings settings, MboxQuota quotas) {
        this.location = location;
        this.settings = settings;
        this.quotas = quotas;
    }

    /** Where the mbox of an account is. */
    @FunctionalInterface
    interface Location {
        MboxPaths of(MailAddress account) throws IOException;
    }

    /**
     * Mailboxes below a folder, {@code ROOT/DOMAIN/LOCAL-PART}, with the locks that Debian's programs use.
     *
     * @param root must exist when mail is delivered or read, see {@link MailFolder}
     * @return the store
     */
    public static MboxStore under(Path root) {
        return in(MailFolder.at(root));
    }

    /**
     * Mailboxes in a folder, with the locks that Debian's programs use.
     *
     * @param mail which one, and where in it they are
     * @return the store
     */
    public static MboxStore in(MailFolder mail) {
        return at(account -> MboxPaths.of(mail, account), Clock.systemUTC(), step -> {});
    }

    /**
     * The mailboxes of the system's users, {@code /var/mail/USER}, to be read and emptied: the mail is delivered by the
     * system's own MTA, which makes the files and gives them to their owners. Messages are removed in place, so that owner and
     * mode stay. This process must be allowed to write the files and, for dotlocks, their folder.
     *
     * @param spool one file for each user, by the local part of the address
     * @param aside where vmail keeps its own files for them, for itself alone; may be the same folder
     * @param locks what the other programs use, too
     * @return the store
     */
    public static MaildropStore spool(Path spool, Path aside, MboxLocks locks) {
        Path folder = spool.toAbsolutePath();
        Path own = aside.toAbsolutePath();
        return at(account -> MboxPaths.inSpool(folder, own, account), Clock.systemUTC(), step -> {})
                .withLocks(locks);
    }

    /**
     * Begins to append one message to a file that is no account's mailbox, such as an archive.
     *
     * @param mbox the file, which is made for the owner only if it is missing; its folder must exist. It may not be a
     *     symbolic link
     * @param locks what other programs use for it, too
     * @return the delivery, which the caller closes
     * @throws IOException if nothing can be delivered there now
     */
    public static Delivery append(Path mbox, MboxLocks locks) throws IOException {
        Path folder = mbox.toAbsolutePath().resolveSibling(".").toRealPath();
        MboxPaths paths = new MboxPaths(folder.resolve(mbox.getFileName()), folder, folder);
        FileState.of(paths.mbox());
        return new MboxDelivery(
                paths,
                new Settings(locks, Clock.systemUTC(), step -> {}),
                new MboxQuota(QuotaPolicy.NONE).unlimited(paths));
    }

    static MboxStore at(Location location, Clock clock, Settings.Steps steps) {
        return new MboxStore(location, new Settings(MboxLocks.DEBIAN, clock, steps), new MboxQuota(QuotaPolicy.NONE));
    }

    /**
     * The same mailboxes with other locks.
     *
     * @param locks what the other programs use, too
     * @return another store
     */
    public MboxStore withLocks(MboxLocks locks) {
        return new MboxStore(location, new Settings(locks, settings.clock(), settings.steps()), quotas);
    }

    /**
     * Sets quotas. What a mailbox holds is the size of its file. Where the number of messages is limited, a file that another
     * program has changed is read whole to count them.
     *
     * @param policy the limits, {@link #quotaFiles} for example, and who is told when a mailbox is nearly full; default {@link
     *     QuotaPolicy#NONE}
     * @return another store
     */
    public MboxStore withQuota(QuotaPolicy policy) {
        return new MboxStore(location, settings, new MboxQuota(policy));
    }

    /**
     * The limits that Linuxconf kept beside the mailboxes of {@link #under}: see {@link #quotaFiles(MailFolder, QuotaLimits)}.
     *
     * @param root that of {@link #under}
     * @param others the limits of accounts without such a file, or with an empty one
     * @return the limits
     */
    public static QuotaLimits quotaFiles(Path root, QuotaLimits others) {
        return quotaFiles(MailFolder.at(root), others);
    }

    /**
     * The limits that Linuxconf kept beside the mailboxes: {@code LOCAL-PART.quota}, a decimal number of kilobytes of 1024
     * octets, 0 for no limit. They are read for every delivery. A file that holds something else is an error, and mail for the
     * account waits.
     *
     * @param mail that of {@link #in}
     * @param others the limits of accounts without such a file, or with an empty one
     * @return the limits
     */
    public static QuotaLimits quotaFiles(MailFolder mail, QuotaLimits others) {
        return new QuotaFiles(account -> MboxPaths.of(mail, account), others);
    }

    /**
     * Opens the maildrop of an account for one session. It is in use, too, if another program has the mbox locked for longer
     * than {@link MboxLocks#openWait()}.
     */
    @Override
    public OpenResult open(MailAddress account) throws IOException {
        MboxPaths paths = location.of(account);
        Optional<SessionLock> session = SessionLock.tryLock(paths);
        if (session.isEmpty()) {
            return new OpenResult.InUse();
        }
        Optional<Maildrop> maildrop = MboxMaildrop.open(paths, settings, cache, session.get());
        return maildrop.isEmpty() ? new OpenResult.InUse() : new OpenResult.Opened(maildrop.get());
    }

    @Override
    public Delivery begin(MailAddress account) throws IOException {
        MboxPaths paths = location.of(account);
        FileState.of(paths.mbox());
        return new MboxDelivery(paths, settings, quotas.unlimited(paths));
    }

    @Override
    public BeginResult begin(MailAddress account, long octets) throws IOException {
        Quota quota = quotas.quota(account);
        if (quota.isUnlimited()) {
            return new BeginResult.Begun(begin(account));
        }
        MboxPaths paths = location.of(account);
        MboxQuota.Answer answer = quotas.claim(account, quota, paths, settings, octets);
        return answer instanceof MboxQuota.Taken taken
                ? new BeginResult.Begun(new MboxDelivery(paths, settings, taken.room()))
                : ((MboxQuota.Refused) answer).why();
    }

    @Override
    public Optional<BeginResult.OverQuota> overQuota(MailAddress account, long octets) throws IOException {
        Quota quota = quotas.quota(account);
        return quota.isUnlimited() ? Optional.empty() : quotas.refusal(quota, location.of(account), settings, octets);
    }
}
