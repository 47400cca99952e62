package org.vmail.mailbox.maildir;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The lock of one session on a mailbox, against this and other processes that serve it with vmail.
 *
 * <p>The operating system drops a process's locks on a file when the process closes any of its channels to that file, so a
 * second session must not even open it: within the process a set of held folders decides. A crash leaves no stale lock.
 */
final class MaildropLock implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(MaildropLock.class);
    private static final byte[] MARK = {'\n'};
    private static final String FILE = "vmail.lock";
    /** Device and inode of a folder, which it has by whatever path it is reached; else its real path. */
    private static final Set<Object> HELD = ConcurrentHashMap.newKeySet();

    private final Object held;
    private final Path file;
    private final FileChannel channel;
    private final AtomicBoolean closed = new AtomicBoolean();

    private MaildropLock(Object held, Path file, FileChannel channel) {
        this.held = held;
        this.file = file;
        this.channel = channel;
    }

    /**
     * Locks a mailbox, or gives nothing if another session has it.
     *
     * @param stamp of its folder
     */
    static Optional<MaildropLock> tryLock(MaildirFolder folder, FolderStamp stamp) throws IOException {
        Object held = stamp.key() != null ? stamp.key() : folder.path().toRealPath();
        if (!HELD.add(held)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        boolean locked = false;
        try {
            Path file = folder.path().resolve(FILE);
            channel = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    folder.ownerOnlyFile());
            locked = tryLock(channel);
            return locked ? Optional.of(new MaildropLock(held, file, channel)) : Optional.empty();
        } finally {
            if (!locked) {
                release(held, channel);
            }
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false; // another copy of this class, in another class loader of this process, has it
        }
    }

    /**
     * What the clock of the file system says: the machine that keeps the files may have another one than this. It is the
     * time that the lock file gets when it is written; empty if it cannot be written, because the disk is full.
     *
     * @throws ClosedChannelException if the thread was interrupted: the lock is lost
     */
    Optional<FileTime> fileSystemTime() throws ClosedChannelException {
        try {
            channel.write(ByteBuffer.wrap(MARK), 0);
            return Optional.of(Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS));
        } catch (ClosedChannelException e) {
            throw e;
        } catch (IOException e) {
            LOG.debug("{} cannot be written, so the listing of its mailbox is not kept", file, e);
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        // The channel may have been closed by an interrupt.
        if (closed.compareAndSet(false, true)) {
            release(held, channel);
        }
    }

    private static void release(Object held, @Nullable FileChannel channel) throws IOException {
        try {
            if (channel != null) {
                channel.close();
            }
        } finally {
            // Only now, so that nobody opens the file while our channel to it can still be closed.
            HELD.remove(held);
        }
    }
}
