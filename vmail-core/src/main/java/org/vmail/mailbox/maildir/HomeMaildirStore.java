package org.vmail.mailbox.maildir;

import static com.google.common.base.Preconditions.checkArgument;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;

/**
 * The Maildirs that the system's users have in their homes, {@code ~/Maildir}, to be read and emptied by a process that may do
 * what those users may not, such as one of root's. The mail is delivered by the system's own MTA, as the user.
 *
 * <p>Nothing is written in a home, and nothing is renamed; messages are removed. A user can put there what he likes, at any time.
 * So links are not followed below the home; {@code Maildir}, {@code new} and {@code cur} have to belong to the user, and are
 * held open, so that they stay those that were looked at; and a message is a regular file of the user's, which is made sure
 * of after it was opened. So nothing comes to a user, and nothing is removed, that he could not read or remove himself. That
 * needs Linux, and a local file system: others need not tell when a file was renamed. Files are opened for writing, too,
 * though nothing is written, as opening a pipe would wait otherwise; so a file system that is read-only cannot be served.
 *
 * <p>A home that is missing is an error, as it may not be mounted; one without Maildir is an empty maildrop. Unique-ids and sizes
 * are as in {@link MaildirStore}. The sizes of files whose names do not tell are remembered, for at most 250,000 files.
 * Thread-safe. Between calls three folders and a lock are open for each open maildrop.
 */
public final class HomeMaildirStore implements MaildropStore {
    private static final int REMEMBERED_SIZES = 250_000;
    private static final int DEFAULT_MAX_MESSAGES = 100_000;

    /**
     * Where a user is at home.
     *
     * @param folder the user's home, absolute; who can change what leads to it is trusted
     * @param userId to whom all that is served has to belong
     */
    public record Home(Path folder, long userId) {}

    /** Says where users are at home. Thread-safe. */
    @FunctionalInterface
    public interface Homes {
        /**
         * The home of an account.
         *
         * @param account the canonical address of an account that exists
         * @return its home, or empty if it has none, and so no mail
         * @throws IOException if that cannot be told now
         */
        Optional<Home> of(MailAddress account) throws IOException;
    }

    private final Homes homes;
    private final Path locks;
    private final String folder;
    private final int maxMessages;
    private final Clock clock = Clock.systemUTC();
    private final Cache<HomeMaildrop.FileVersion, Long> sizes =
            CacheBuilder.newBuilder().maximumSize(REMEMBERED_SIZES).build();

    private HomeMaildirStore(Homes homes, Path locks, String folder, int maxMessages) {
        checkArgument(
                !folder.isEmpty() && !folder.equals(".") && !folder.equals("..") && folder.indexOf('/') < 0,
                "The name of the Maildir in a home is no single name: %s",
                folder);
        checkArgument(maxMessages > 0, "The number of messages must be positive");
        this.homes = homes;
        this.locks = locks;
        this.folder = folder;
        this.maxMessages = maxMessages;
    }

    /**
     * The folders {@code Maildir} of users.
     *
     * @param homes where the users are at home
     * @param locks where vmail keeps the locks of its sessions, for itself alone; must exist
     * @return the store
     */
    public static HomeMaildirStore in(Homes homes, Path locks) {
        return new HomeMaildirStore(homes, locks.toAbsolutePath(), "Maildir", DEFAULT_MAX_MESSAGES);
    }

    /**
     * Sets how the folder is called.
     *
     * @param name of a folder in a home; default {@code Maildir}
     * @return a store of those folders
     * @throws IllegalArgumentException if it is none, or that of a folder elsewhere
     */
    public HomeMaildirStore withFolder(String name) {
        return new HomeMaildirStore(homes, locks, name, maxMessages);
    }

    /**
     * Sets how many messages a maildrop may have; one with more cannot be opened. A user can make as many files as he likes.
     *
     * @param count at least 1; default 100,000
     * @return a store with that bound
     * @throws IllegalArgumentException if it is less
     */
    public HomeMaildirStore withMaxMessages(int count) {
        return new HomeMaildirStore(homes, locks, folder, count);
    }

    @Override
    public OpenResult open(MailAddress account) throws IOException {
        Home home = homes.of(account).orElseThrow(() -> new IOException(account + " is nowhere at home"));
        if (!home.folder().isAbsolute()) {
            throw new IOException("The home of " + account + " is no absolute path");
        }
        MaildirFolder own = MaildirFolder.forLock(locks, account);
        Optional<MaildropLock> lock = MaildropLock.tryLock(own, FolderStamp.of(own.path()));
        if (lock.isEmpty()) {
            return new OpenResult.InUse();
        }
        List<PinnedFolder> folders = new ArrayList<>();
        boolean opened = false;
        try {
            pin(home, folders);
            HomeMaildrop maildrop = new HomeMaildrop(lock.get(), folders, maxMessages, sizes);
            opened = true;
            return new OpenResult.Opened(maildrop);
        } finally {
            if (!opened) {
                for (PinnedFolder each : folders) {
                    each.close();
                }
                lock.get().close();
            }
        }
    }

    private void pin(Home home, List<PinnedFolder> pinned) throws IOException {
        UserPrincipal owner = home.folder()
                .getFileSystem()
                .getUserPrincipalLookupService()
                .lookupPrincipalByName(Long.toString(home.userId())); // a number that is nobody's name is an id
        try (PinnedFolder top = PinnedFolder.at(home.folder(), owner, clock)) {
            Optional<PinnedFolder> maildir = top.enter(folder);
            if (maildir.isPresent()) {
                try (PinnedFolder within = maildir.get()) {
                    within.enter("new").ifPresent(pinned::add);
                    within.enter("cur").ifPresent(pinned::add);
                }
            }
        }
    }
}
