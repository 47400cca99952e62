package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.Closeable;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a spool: {@code tmp} for what is being written, {@code queue} for what is kept, {@code requests} of an
 * administrator ({@link SpoolRequests}), and {@code lock}.
 *
 * <p>A message is two files in {@code queue}: {@code ID.msg}, its content, which never changes, and {@code ID.env}, its
 * {@link QueuedEnvelope}, which is replaced as a whole. The envelope comes last and goes first: a message without one was
 * never accepted or is done with, and is removed when the folder is opened. Both are written in {@code tmp}, synced and
 * renamed. Files may be looked at while the spool is in use; they may be changed only while it is not. Thread-safe as long
 * as each message is changed by one thread at a time.
 */
final class SpoolFolder implements Closeable {
    static final String CONTENT = ".msg";
    static final String ENVELOPE = ".env";

    private static final Logger LOG = LoggerFactory.getLogger(SpoolFolder.class);
    private static final long MAX_ENVELOPE_OCTETS = 16L << 20;

    private final Path tmp;
    private final Path queue;
    private final Path requests;
    private final SpoolFiles files;
    private final FileChannel lock;

    private SpoolFolder(Path folder, SpoolFiles files, FileChannel lock) {
        this.tmp = folder.resolve("tmp");
        this.queue = queueIn(folder);
        this.requests = requestsIn(folder);
        this.files = files;
        this.lock = lock;
    }

    /**
     * Makes what is missing, takes the lock, and removes what a crash has left.
     *
     * @throws IOException if that is not possible, or another process or spool has the lock
     */
    static SpoolFolder open(Path folder, SpoolFiles files) throws IOException {
        files.createFolder(folder);
        FileChannel lock =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        SpoolFolder spool = new SpoolFolder(folder, files, lock);
        boolean open = false;
        try {
            spool.lock(folder);
            files.createFolder(spool.tmp);
            files.createFolder(spool.queue);
            files.createFolder(spool.requests);
            files.syncFolder(folder);
            spool.clean();
            open = true;
            return spool;
        } finally {
            if (!open) {
                spool.close();
            }
        }
    }

    private static Path queueIn(Path folder) {
        return folder.resolve("queue");
    }

    private static Path requestsIn(Path folder) {
        return folder.resolve("requests");
    }

    /** What an administrator wants; nobody needs to have the spool open. */
    static SpoolRequests requests(Path folder) {
        return new SpoolRequests(requestsIn(folder));
    }

    SpoolRequests requests() {
        return new SpoolRequests(requests);
    }

    /** For the file of a request that was dealt with. */
    void delete(Path request) throws IOException {
        files.delete(request);
    }

    private void lock(Path folder) throws IOException {
        try {
            FileLock taken = lock.tryLock();
            if (taken == null) {
                throw new IOException("The spool " + folder + " is in use by another process");
            }
        } catch (OverlappingFileLockException e) {
            throw new IOException("The spool " + folder + " is in use already", e);
        }
    }

    private void clean() throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(tmp)) {
            for (Path leftover : leftovers) {
                files.delete(leftover);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        try (DirectoryStream<Path> contents = Files.newDirectoryStream(queue, "*" + CONTENT)) {
            for (Path content : contents) {
                String name = content.getFileName().toString();
                if (!Files.exists(envelope(name.substring(0, name.length() - CONTENT.length())))) {
                    files.delete(content);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** A message as it was found in the folder. */
    record Found(QueuedEnvelope envelope, long octets) {}

    /** All messages by their ids. What cannot be understood stays where it is, for the administrator. */
    Map<String, Found> load() throws IOException {
        return loadQueue(queue);
    }

    /** As {@link #load()}, of a spool that another process may have open. */
    static Map<String, Found> load(Path folder) throws IOException {
        return loadQueue(queueIn(folder));
    }

    private static Map<String, Found> loadQueue(Path queue) throws IOException {
        Map<String, Found> messages = new TreeMap<>();
        try (DirectoryStream<Path> envelopes = Files.newDirectoryStream(queue, "*" + ENVELOPE)) {
            for (Path envelope : envelopes) {
                String name = envelope.getFileName().toString();
                String id = name.substring(0, name.length() - ENVELOPE.length());
                try {
                    messages.put(id, read(envelope, queue.resolve(id + CONTENT)));
                } catch (ProtocolException e) {
                    LOG.error("{} is left alone: {}", envelope, e.getMessage());
                } catch (NoSuchFileException doneWith) {
                    LOG.debug("{} is gone", envelope);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return messages;
    }

    private static Found read(Path envelope, Path content) throws IOException {
        boolean whole = Files.isRegularFile(content);
        if (Files.size(envelope) > MAX_ENVELOPE_OCTETS) {
            throw new ProtocolException("it is too large");
        }
        if (!whole) { // the envelope goes first
            throw new ProtocolException("its message is missing");
        }
        return new Found(QueuedEnvelope.parse(new String(Files.readAllBytes(envelope), UTF_8)), Files.size(content));
    }

    /** The content of a message in a spool that another process may have open. */
    static Path content(Path folder, String id) {
        return queueIn(folder).resolve(id + CONTENT);
    }

    /** Where a message that is in the queue is read. */
    Path content(String id) {
        return queue.resolve(id + CONTENT);
    }

    private Path envelope(String id) {
        return queue.resolve(id + ENVELOPE);
    }

    private Path draft(String id) {
        return tmp.resolve(id + CONTENT);
    }

    /** Begins a message. The caller closes the channel. */
    FileChannel create(String id) throws IOException {
        return files.create(draft(id));
    }

    void write(FileChannel content, ByteBuffer octets) throws IOException {
        files.write(content, octets);
    }

    void sync(FileChannel content) throws IOException {
        files.sync(content);
    }

    /** Adds a message whose content was written and synced. If that fails, nothing of it is in the queue. */
    void add(String id, QueuedEnvelope envelope) throws IOException {
        boolean added = false;
        try {
            Path written = write(id, envelope);
            files.rename(draft(id), content(id));
            files.rename(written, envelope(id));
            files.syncFolder(queue);
            added = true;
        } finally {
            if (!added) {
                discard(id);
            }
        }
    }

    /** Replaces the envelope of a message. If that fails, the old one may still be there. */
    void update(String id, QueuedEnvelope envelope) throws IOException {
        files.rename(write(id, envelope), envelope(id));
        files.syncFolder(queue);
    }

    private Path write(String id, QueuedEnvelope envelope) throws IOException {
        Path written = tmp.resolve(id + ENVELOPE);
        try (FileChannel channel = files.create(written)) {
            files.write(channel, ByteBuffer.wrap(envelope.format().getBytes(UTF_8)));
            files.sync(channel);
        }
        return written;
    }

    /** Removes a message for good; it may be tried again. */
    void remove(String id) throws IOException {
        files.delete(envelope(id));
        files.syncFolder(queue);
        files.delete(content(id));
    }

    /** Removes all of a message that was not accepted. What has to remain is removed when the folder is opened again. */
    void discard(String id) {
        try {
            files.delete(envelope(id));
            files.delete(content(id));
            files.delete(tmp.resolve(id + ENVELOPE));
            files.delete(draft(id));
        } catch (IOException e) {
            LOG.error("Something is left of the message {}, which was not accepted", id, e);
        }
    }

    /** Gives the lock back. */
    @Override
    public void close() throws IOException {
        lock.close();
    }
}
