package org.vmail.pop3;

import com.google.common.base.Ticker;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStore;

/** Opens maildrops for who has proved who they are: not too many at a time for one account, and not too often. Thread-safe. */
final class Maildrops {
    private static final Logger LOG = LoggerFactory.getLogger(Maildrops.class);
    private static final int MAX_REMEMBERED_LOGINS = 100_000;

    /** What came of it. */
    sealed interface Opening {
        /** The maildrop is the session's until it is closed here. */
        final class Opened implements Opening {
            private final MailAddress account;
            private final Maildrop maildrop;
            private final Runnable release;
            private final AtomicBoolean closed = new AtomicBoolean();

            private Opened(MailAddress account, Maildrop maildrop, Runnable release) {
                this.account = account;
                this.maildrop = maildrop;
                this.release = release;
            }

            MailAddress account() {
                return account;
            }

            Maildrop maildrop() {
                return maildrop;
            }

            /** Releases the maildrop; a failure is logged, as nobody else can do anything about it. */
            void close() {
                if (closed.compareAndSet(false, true)) {
                    release.run();
                    try {
                        maildrop.close();
                    } catch (IOException e) {
                        LOG.error("The maildrop of {} was not released properly", account, e);
                    }
                }
            }
        }

        record InUse() implements Opening {}

        record TooSoon() implements Opening {}
    }

    private final MaildropStore store;
    private final int maxSessions;
    private final boolean delayed;
    private final Map<MailAddress, Integer> sessions = new ConcurrentHashMap<>();
    private final Cache<MailAddress, Boolean> lately;

    Maildrops(MaildropStore store, Pop3Options options, Ticker ticker) {
        this.store = store;
        this.maxSessions = options.maxSessionsPerAccount();
        this.delayed = !options.loginDelay().isZero();
        this.lately = CacheBuilder.newBuilder()
                .ticker(ticker)
                .expireAfterWrite(delayed ? options.loginDelay() : Duration.ofNanos(1))
                .maximumSize(MAX_REMEMBERED_LOGINS)
                .build();
    }

    Opening open(MailAddress account) throws IOException {
        if (delayed && lately.getIfPresent(account) != null) {
            return new Opening.TooSoon();
        }
        if (sessions.merge(account, 1, Integer::sum) > maxSessions) {
            release(account);
            return new Opening.InUse();
        }
        boolean opened = false;
        try {
            Optional<Maildrop> maildrop = store.open(account).opened();
            if (maildrop.isEmpty()) {
                return new Opening.InUse();
            }
            opened = true;
            if (delayed) {
                lately.put(account, true);
            }
            return new Opening.Opened(account, maildrop.get(), () -> release(account));
        } finally {
            if (!opened) {
                release(account);
            }
        }
    }

    private void release(MailAddress account) {
        sessions.computeIfPresent(account, (key, count) -> count == 1 ? null : count - 1);
    }
}
