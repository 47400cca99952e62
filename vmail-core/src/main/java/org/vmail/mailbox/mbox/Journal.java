package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.hash.HashCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.mailbox.internal.Folders;
import org.vmail.mailbox.mbox.Settings.Step;

/**
 * Takes parts out of an mbox, in place: a program that waits for a lock on the file would append to what a rename had
 * unlinked. What is to follow the first part is first written to a journal beside the mbox and synced; then it is written
 * over the mbox, synced, and the mbox is cut. If a crash comes between, the next lock finds the journal and goes on.
 *
 * <p>Mail that another program appended to the half-written mbox is kept. To tell it apart, the journal knows digests of
 * what it is to write, and of the old end that is to be cut: while that is still there, mail was appended behind it. An mbox
 * that fits neither has been rewritten by another program; then it is left alone, and the journal is kept under another name.
 *
 * @param base where in the mbox its contents go
 * @param oldSize the size of the mbox before
 * @param length how many octets of content it has
 */
record Journal(long base, long oldSize, long length, HashCode contentDigest, HashCode oldEndDigest) {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final byte[] MAGIC = "vmail mbox 1   \n".getBytes(US_ASCII);
    private static final int DIGEST_OCTETS = 32;
    private static final int HEADER_OCTETS = MAGIC.length + 3 * Long.BYTES + 2 * DIGEST_OCTETS;
    private static final int CHUNK = 64 * 1024;

    /** A part of a file, from an offset to another. */
    record Range(long start, long end) {}

    /**
     * Takes messages out.
     *
     * @param parts at least one, in order, apart from each other
     * @param carried goes behind the separator of the first message that is kept after the first part; shorter than that part
     * @throws IOException if that failed: before anything was changed, or so that it is finished by the next lock
     */
    static void remove(MboxLock lock, List<Range> parts, byte[] carried) throws IOException {
        long base = parts.get(0).start();
        List<Range> kept = kept(parts, lock.file().size());
        if (kept.isEmpty()) {
            lock.file().truncate(base); // all or nothing, so no journal is needed
            lock.file().sync();
            lock.reached(Step.TRUNCATED);
            return;
        }
        List<InputStream> contents = new ArrayList<>();
        long place = carried.length == 0
                ? kept.get(0).start()
                : ImapBase.place(lock, kept.get(0).start());
        contents.add(lock.between(kept.get(0).start(), place));
        contents.add(new ByteArrayInputStream(carried));
        contents.add(lock.between(place, kept.get(0).end()));
        kept.stream().skip(1).forEach(range -> contents.add(lock.between(range.start(), range.end())));
        write(lock, base, new SequenceInputStream(Collections.enumeration(contents)));
        apply(lock);
    }

    private static List<Range> kept(List<Range> parts, long size) {
        List<Range> kept = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            long next = i + 1 < parts.size() ? parts.get(i + 1).start() : size;
            if (parts.get(i).end() < next) {
                kept.add(new Range(parts.get(i).end(), next));
            }
        }
        return kept;
    }

    /** Finishes what a crash interrupted. */
    static void recover(MboxLock lock) throws IOException {
        Path file = lock.paths().journal();
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Optional<Journal> found = read(file);
        if (found.isEmpty() || !found.get().resume(lock)) {
            setAside(lock);
        }
    }

    private boolean resume(MboxLock lock) throws IOException {
        long size = lock.file().size();
        long end = base + length;
        if (size >= oldSize && digest(lock.between(end, oldSize)).equals(oldEndDigest)) {
            if (size > oldSize) {
                try (FileChannel journal = open(lock.paths().journal())) {
                    journal.position(HEADER_OCTETS);
                    InputStream contents = Channels.newInputStream(journal);
                    write(lock, base, new SequenceInputStream(contents, lock.between(oldSize, size)));
                }
            }
            apply(lock);
            return true;
        }
        if (size >= end && digest(lock.between(base, end)).equals(contentDigest)) {
            delete(lock);
            return true;
        }
        return false;
    }

    private static void setAside(MboxLock lock) throws IOException {
        long number = 1;
        while (Files.exists(lock.paths().setAsideJournal(number), LinkOption.NOFOLLOW_LINKS)) {
            number++;
        }
        Path kept = lock.paths().setAsideJournal(number);
        LOG.error(
                "Removing messages from {} was interrupted, and another program has changed it since. "
                        + "It is left as it is; the messages that should have stayed are in {}",
                lock.paths().mbox(),
                kept);
        Files.move(lock.paths().journal(), kept, StandardCopyOption.ATOMIC_MOVE);
        Folders.sync(lock.paths().aside());
    }

    private static void write(MboxLock lock, long base, InputStream contents) throws IOException {
        Path unfinished = MboxPaths.unfinished(lock.paths().journal());
        Files.deleteIfExists(unfinished);
        boolean named = false;
        try {
            try (FileChannel target = FileChannel.open(
                    unfinished,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    lock.paths().ownerOnlyFile())) {
                MessageDigest digest = MessageText.sha256();
                long length = copy(lock, contents, target, digest);
                long size = lock.file().size();
                HashCode oldEnd = digest(lock.between(base + length, size));
                new Journal(base, size, length, HashCode.fromBytes(digest.digest()), oldEnd).writeHeader(target);
                target.force(true);
            }
            lock.reached(Step.JOURNAL_WRITTEN);
            Files.move(unfinished, lock.paths().journal(), StandardCopyOption.ATOMIC_MOVE);
            named = true;
        } finally {
            if (!named) {
                Files.deleteIfExists(unfinished);
            }
        }
        Folders.sync(lock.paths().aside());
        lock.reached(Step.JOURNAL_NAMED);
    }

    private static long copy(MboxLock lock, InputStream contents, FileChannel target, MessageDigest digest)
            throws IOException {
        byte[] chunk = new byte[CHUNK];
        long length = 0;
        // Full chunks, for there may be many short parts.
        for (int count = contents.readNBytes(chunk, 0, CHUNK);
                count > 0;
                count = contents.readNBytes(chunk, 0, CHUNK)) {
            digest.update(chunk, 0, count);
            writeFully(target, ByteBuffer.wrap(chunk, 0, count), HEADER_OCTETS + length);
            length += count;
            lock.reached(Step.PART_OF_JOURNAL_WRITTEN);
        }
        return length;
    }

    /** Writes the journal's contents over the mbox. Each step may be done again, in any state that a crash leaves. */
    private static void apply(MboxLock lock) throws IOException {
        try (FileChannel source = open(lock.paths().journal())) {
            Journal journal = readHeader(source)
                    .orElseThrow(() ->
                            new IOException("The journal of " + lock.paths().mbox() + " has changed"));
            InputStream contents = Channels.newInputStream(source.position(HEADER_OCTETS));
            byte[] chunk = new byte[CHUNK];
            long at = journal.base;
            for (int count = contents.read(chunk); count >= 0; count = contents.read(chunk)) {
                lock.file().write(at, chunk, 0, count);
                at += count;
                lock.reached(Step.PART_OVERWRITTEN);
            }
            lock.file().sync();
            lock.reached(Step.OVERWRITTEN);
            lock.file().truncate(at);
            lock.file().sync();
            lock.reached(Step.TRUNCATED);
        }
        delete(lock);
    }

    private static void delete(MboxLock lock) throws IOException {
        Files.deleteIfExists(lock.paths().journal());
        Folders.sync(lock.paths().aside());
        lock.reached(Step.JOURNAL_DELETED);
    }

    private static Optional<Journal> read(Path file) throws IOException {
        try (FileChannel channel = open(file)) {
            return readHeader(channel);
        }
    }

    private static FileChannel open(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    }

    /** Empty if the file is no whole journal. */
    private static Optional<Journal> readHeader(FileChannel channel) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(Channels.newInputStream(channel).readNBytes(HEADER_OCTETS));
        byte[] magic = new byte[MAGIC.length];
        if (header.remaining() < HEADER_OCTETS) {
            return Optional.empty();
        }
        header.get(magic);
        Journal journal =
                new Journal(header.getLong(), header.getLong(), header.getLong(), digest(header), digest(header));
        boolean whole = Arrays.equals(magic, MAGIC) && channel.size() == HEADER_OCTETS + journal.length;
        return whole ? Optional.of(journal) : Optional.empty();
    }

    private void writeHeader(FileChannel target) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_OCTETS)
                .put(MAGIC)
                .putLong(base)
                .putLong(oldSize)
                .putLong(length)
                .put(contentDigest.asBytes())
                .put(oldEndDigest.asBytes());
        writeFully(target, header.flip(), 0);
    }

    private static void writeFully(FileChannel target, ByteBuffer octets, long position) throws IOException {
        long at = position;
        while (octets.hasRemaining()) {
            at += target.write(octets, at);
        }
    }

    private static HashCode digest(ByteBuffer header) {
        byte[] digest = new byte[DIGEST_OCTETS];
        header.get(digest);
        return HashCode.fromBytes(digest);
    }

    private static HashCode digest(InputStream in) throws IOException {
        MessageDigest digest = MessageText.sha256();
        byte[] chunk = new byte[CHUNK];
        for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
            digest.update(chunk, 0, count);
        }
        return HashCode.fromBytes(digest.digest());
    }
}
