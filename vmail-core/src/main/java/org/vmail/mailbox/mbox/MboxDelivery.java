package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.mbox.Settings.Step;

/**
 * Spooled, then appended under the locks, and synced before they are released.
 *
 * <p>A sync that fails is not tried again: the system may have dropped the pages and would then report success.
 */
final class MboxDelivery implements Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(MboxDelivery.class);

    private final MboxPaths paths;
    private final Settings settings;
    private final MboxQuota.Room room;
    private final Spool spool;
    private boolean ended;

    MboxDelivery(MboxPaths paths, Settings settings, MboxQuota.Room room) {
        this.paths = paths;
        this.settings = settings;
        this.room = room;
        this.spool = new Spool(paths);
    }

    @Override
    public OutputStream message() {
        return spool;
    }

    @Override
    public void commit() throws IOException {
        if (ended) {
            throw new IllegalStateException("This delivery has ended");
        }
        spool.close();
        if (!spool.isComplete()) {
            throw new IOException("The message for " + paths.mbox() + " was not written completely");
        }
        ended = true;
        try {
            MboxLock lock = MboxLock.acquire(paths, settings, settings.locks().writeWait())
                    .orElseThrow(() -> new IOException(paths.mbox() + " is locked by another program"));
            try {
                append(lock);
            } finally {
                release(lock);
            }
        } finally {
            room.end();
            release(spool::discard);
        }
        room.delivered();
    }

    /** What fails here changes nothing: the message is there or is not, and who is told otherwise would send it again. */
    private void release(Closeable resource) {
        try {
            resource.close();
        } catch (IOException e) {
            LOG.error("Something of a delivery to {} was not released", paths.mbox(), e);
        }
    }

    @Override
    public void close() throws IOException {
        if (!ended) {
            ended = true;
            room.end();
            spool.discard();
        }
    }

    private void append(MboxLock lock) throws IOException {
        MboxFile file = lock.file();
        long size = file.size();
        room.require(lock, spool.octets());
        byte[] gap = MboxEnd.gap(file);
        boolean appended = false;
        try {
            MboxAppender appender = new MboxAppender(lock, size);
            appender.put(gap);
            appender.put(FromLine.of(settings.clock().instant()).getBytes(US_ASCII));
            appender.put(field(Field.ID_NAME, UUID.randomUUID().toString()));
            if (spool.isUnterminated()) {
                appender.put(field(Field.UNTERMINATED_NAME, "yes"));
            }
            appender.putMessage(new Lines(spool.read(), 0));
            appender.drain();
            lock.reached(Step.APPENDED);
            file.sync();
            if (size == 0) {
                paths.syncNames(); // whoever made it need not have come so far
            }
            lock.reached(Step.SYNCED);
            room.appended(lock);
            appended = true;
            room.end(); // while it is locked, so that nobody finds it neither here nor there
        } finally {
            if (!appended) {
                file.truncate(size);
            }
        }
    }

    private static byte[] field(String name, String value) {
        return (name + ": " + value + "\n").getBytes(US_ASCII);
    }
}
