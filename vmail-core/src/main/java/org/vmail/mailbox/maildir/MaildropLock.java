package org.vmail.mailbox.maildir;

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
import org.jspecify.annotations.Nullable;

/**
 * The lock of one session on a mailbox, against this and other processes that serve it with vmail.
 *
 * <p>The operating system drops a process's locks on a file when the process closes any of its channels to that file, so a
 * second session must not even open it: within the process a set of held folders decides. A crash leaves no stale lock.
 */
final class MaildropLock implements Closeable {
    private static final String FILE = "vmail.lock";
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path held;
    private final FileChannel channel;

    private MaildropLock(Path held, FileChannel channel) {
        this.held = held;
        this.channel = channel;
    }

    static Optional<MaildropLock> tryLock(MaildirFolder folder) throws IOException {
        Path real = folder.path().toRealPath();
        if (!HELD.add(real)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = FileChannel.open(
                    real.resolve(FILE),
                    Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                    folder.ownerOnlyFile());
            locked = tryLock(channel);
            return locked ? Optional.of(new MaildropLock(real, channel)) : Optional.empty();
        } finally {
            if (!locked) {
                release(real, channel);
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
        if (channel.isOpen()) {
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
