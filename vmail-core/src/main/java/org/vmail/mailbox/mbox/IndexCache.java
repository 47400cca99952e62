package org.vmail.mailbox.mbox;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;

/** What was read of mailboxes that have not changed since. Bounded by the number of messages. Thread-safe. */
final class IndexCache {
    /** Of some 300 octets each. */
    static final int MAX_MESSAGES = 250_000;

    private final Cache<Path, MboxIndex> indices = CacheBuilder.newBuilder()
            .maximumWeight(MAX_MESSAGES)
            .concurrencyLevel(1) // the bound is for all, not for each of several parts
            .<Path, MboxIndex>weigher((path, index) -> 1 + index.messages().size())
            .build();

    void put(MboxPaths paths, MboxIndex index) {
        indices.put(paths.mbox(), index);
    }

    /** The index of a file that looks so now, if it was read and cannot have changed. */
    Optional<MboxIndex> current(MboxPaths paths, Optional<FileState> now) {
        return Optional.ofNullable(indices.getIfPresent(paths.mbox()))
                .filter(index -> index.isCurrent(now))
                .filter(index -> !Files.exists(paths.journal(), LinkOption.NOFOLLOW_LINKS));
    }
}
