package org.vmail.mailbox.mbox;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The lock of one session on a maildrop, against this and other processes that serve it with vmail. It is on a file of its
 * own: mail is delivered while it is held.
 *
 * <p>Within the process a set of held files decides, because closing a second channel would drop the first one's lock. A
 * crash leaves no stale lock.
 */
final class SessionLock implements Closeable {
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path held;
    private final FileChannel channel;
    private final AtomicBoolean closed = new AtomicBoolean();

    private SessionLock(Path held, FileChannel channel) {
        this.held = held;
        this.channel = channel;
    }

    static Optional<SessionLock> tryLock(MboxPaths paths) throws IOException {
        Path file = paths.session();
        if (!HELD.add(file)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = FileChannel.open(
                    file,
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    paths.ownerOnlyFile());
            locked = tryLock(channel);
            return locked ? Optional.of(new SessionLock(file, channel)) : Optional.empty();
        } finally {
            if (!locked) {
                release(file, channel);
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

    @Override
    public void close() throws IOException {
        // The channel may have been closed by an interrupt.
        if (closed.compareAndSet(false, true)) {
            release(held, channel);
        }
    }

    private static void release(Path held, @Nullable FileChannel channel) throws IOException {
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
