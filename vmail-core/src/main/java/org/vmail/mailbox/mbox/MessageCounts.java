package org.vmail.mailbox.mbox;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** How many messages are in files that have not changed since; others are read whole. Bounded. Thread-safe. */
final class MessageCounts {
    private static final int MAX_FILES = 10_000;

    private final Cache<Path, Known> files =
            CacheBuilder.newBuilder().maximumSize(MAX_FILES).build();

    private record Known(FileState state, long messages) {}

    /** The messages of a file that may be missing. */
    long of(MboxPaths paths, Settings settings) throws IOException {
        Optional<Long> known = known(paths, FileState.of(paths.mbox()));
        if (known.isPresent()) {
            return known.get();
        }
        try (MboxLock lock = MboxLock.acquire(paths, settings, settings.locks().writeWait())
                .orElseThrow(() -> new IOException(paths.mbox() + " is locked by another program"))) {
            return of(lock);
        }
    }

    /** The messages of a file that looks so, if that is known. */
    Optional<Long> known(MboxPaths paths, Optional<FileState> state) {
        if (state.isEmpty() || state.get().size() == 0) {
            return Optional.of(0L);
        }
        return Optional.ofNullable(files.getIfPresent(paths.mbox()))
                .filter(before -> before.state().equals(state.get()))
                .map(Known::messages);
    }

    /** The messages of a locked file. */
    long of(MboxLock lock) throws IOException {
        Path mbox = lock.paths().mbox();
        FileState state = FileState.of(mbox).orElseThrow();
        Optional<Long> known = known(lock.paths(), Optional.of(state));
        if (known.isPresent()) {
            return known.get();
        }
        long messages = MboxScan.of(lock.file(), lock.between(0, lock.file().size())).stream()
                .filter(entry -> !entry.internal())
                .count();
        files.put(mbox, new Known(state, messages));
        return messages;
    }

    /** Notes what is in a locked file after an append. */
    void put(MboxLock lock, long messages) throws IOException {
        Path mbox = lock.paths().mbox();
        Optional<FileState> state = FileState.of(mbox);
        if (state.isPresent()) {
            files.put(mbox, new Known(state.get(), messages));
        }
    }
}
