package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;

/**
 * Mailboxes in <a href="https://cr.yp.to/proto/maildir.html">Maildir</a> format, one folder each:
 * {@code ROOT/DOMAIN/LOCAL-PART}.
 *
 * <p>Lines are stored with LF. File names carry the size ({@code ,S=} as stored, {@code ,W=} with CRLF), as Dovecot writes
 * and reads them, so that opening a maildrop opens no message; a file without {@code ,W=} is read once per session to count
 * it. The unique-id is the part of the name that never changes. Messages stay where they are and get no flags, so that
 * other programs can read and write the same mailbox at the same time. A mailbox without folders gets them, and what a
 * crash left in {@code tmp} is removed when the mailbox is opened and it is 36 hours old.
 *
 * <p>Durable: a committed delivery was synced, and its folder too. Thread-safe; holds nothing open between calls.
 */
public final class MaildirStore implements MaildropStore, DeliveryTarget {
    private final Path root;
    private final Clock clock = Clock.systemUTC();
    private final UniqueNames names = new UniqueNames(clock);

    private MaildirStore(Path root) {
        this.root = root;
    }

    /**
     * Mailboxes below a folder.
     *
     * @param root must exist when mail is delivered or read; it is not made, lest mail land below a mount point. Where a file
     *     system is mounted, take a folder within it: an unmounted mount point still exists, empty
     * @return the store
     */
    public static MaildirStore under(Path root) {
        return new MaildirStore(root.toAbsolutePath());
    }

    @Override
    public OpenResult open(MailAddress account) throws IOException {
        MaildirFolder folder = MaildirFolder.of(root, account);
        folder.removeLeftovers(clock.instant());
        Optional<MaildropLock> lock = MaildropLock.tryLock(folder);
        return lock.isEmpty()
                ? new OpenResult.InUse()
                : new OpenResult.Opened(MaildirMaildrop.open(folder, lock.get()));
    }

    @Override
    public Delivery begin(MailAddress account) throws IOException {
        return MaildirDelivery.begin(MaildirFolder.of(root, account), names.next());
    }
}
