package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.directory.Quota;
import org.vmail.mailbox.QuotaUsage;

/**
 * The file {@code maildirsize} of a Maildir++, as Courier, maildrop and Dovecot use it: the limits in the first line, then
 * lines of octets and messages that were added and removed. Whoever adds a line does so in one write to the end; whoever
 * counts anew puts another file in its place.
 */
final class SizeFile {
    static final String NAME = "maildirsize";
    /** A file of so many octets is not read but counted anew, so that it does not grow for ever. */
    static final int MAX_OCTETS = 5120;

    private static final Logger LOG = LoggerFactory.getLogger(SizeFile.class);
    private static final long NONE = Long.MIN_VALUE;

    private final MaildirFolder folder;
    private final Path path;

    SizeFile(MaildirFolder folder) {
        this.folder = folder;
        this.path = folder.path().resolve(NAME);
    }

    /** Which file it is, and how long it was when it was looked at; it only grows. */
    record Version(Object key, long length) {
        boolean isPartOf(Version later) {
            return key.equals(later.key) && length <= later.length;
        }
    }

    /**
     * What stands in it.
     *
     * @param lines how many, without the limits
     */
    record Content(Version version, FileTime modified, String limits, QuotaUsage usage, int lines) {}

    /**
     * Reads it; empty if it is missing, or nothing that can be relied on.
     *
     * @param before what it said last, so that only what was added has to be read; or null
     */
    Optional<Content> read(@Nullable Content before) {
        try {
            BasicFileAttributes attributes = attributes();
            if (!attributes.isRegularFile() || attributes.size() >= MAX_OCTETS) {
                return Optional.empty();
            }
            Version version = new Version(key(attributes), attributes.size());
            FileTime modified = attributes.lastModifiedTime();
            if (before == null || !before.version().isPartOf(version)) {
                return read(new Sum(), version, modified);
            }
            boolean same = before.version().equals(version);
            if (same && before.modified().equals(modified)) {
                return Optional.of(before);
            }
            return read(same ? new Sum() : new Sum(before), version, modified);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Adds up what is behind the part that is known. */
    private Optional<Content> read(Sum sum, Version version, FileTime modified) throws IOException {
        byte[] octets = new byte[(int) (version.length() - sum.length)];
        try (SeekableByteChannel channel =
                Files.newByteChannel(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            channel.position(sum.length);
            ByteBuffer buffer = ByteBuffer.wrap(octets);
            while (buffer.hasRemaining() && channel.read(buffer) > 0) {
                // until it is full
            }
            if (buffer.hasRemaining()) {
                return Optional.empty(); // another, shorter one
            }
        }
        return sum.add(octets) ? sum.content(version, modified) : Optional.empty();
    }

    /** Adds up lines. */
    private static final class Sum {
        private static final int MAX_DIGITS = 17;

        private String limits = "";
        private long length;
        private long octets;
        private long messages;
        private int lines;
        private int next;

        Sum() {}

        Sum(Content before) {
            limits = before.limits();
            length = before.version().length();
            octets = before.usage().octets();
            messages = before.usage().messages();
            lines = before.lines();
        }

        /** Takes whole lines; false if they are none. */
        boolean add(byte[] text) {
            if (text.length == 0 || text[text.length - 1] != '\n') {
                return false;
            }
            if (length == 0) {
                while (text[next] != '\n') {
                    next++;
                }
                limits = new String(text, 0, next++, US_ASCII);
            }
            while (next < text.length) {
                if (!addNumbers(text)) {
                    return false;
                }
            }
            return true;
        }

        Optional<Content> content(Version version, FileTime modified) {
            return lines == 0 || octets < 0 || messages < 0
                    ? Optional.empty()
                    : Optional.of(new Content(version, modified, limits, new QuotaUsage(octets, messages), lines));
        }

        private boolean addNumbers(byte[] text) {
            long size = number(text);
            boolean separated = text[next] == ' ';
            long count = separated ? number(text) : NONE;
            skipSpaces(text);
            if (size == NONE || count == NONE || text[next++] != '\n') {
                return false;
            }
            octets += size;
            messages += count;
            lines++;
            return true;
        }

        /** The next number; a line end, which is no part of it, stands behind everything. */
        private long number(byte[] text) {
            skipSpaces(text);
            boolean negative = text[next] == '-';
            next += negative ? 1 : 0;
            int start = next;
            long value = 0;
            while (text[next] >= '0' && text[next] <= '9' && next - start <= MAX_DIGITS) {
                value = 10 * value + text[next++] - '0';
            }
            if (next == start || next - start > MAX_DIGITS) {
                return NONE;
            }
            return negative ? -value : value;
        }

        private void skipSpaces(byte[] text) {
            while (text[next] == ' ') {
                next++;
            }
        }
    }

    /**
     * Opens a version, so that its key stays its own.
     *
     * @return to be closed; empty if another has taken its place
     */
    Optional<Closeable> open(Version version) {
        FileChannel channel;
        try {
            channel = FileChannel.open(path, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            return Optional.empty();
        }
        if (version().filter(version::isPartOf).isEmpty()) {
            close(channel);
            return Optional.empty();
        }
        return Optional.of(channel);
    }

    /** Nothing was written to it. */
    static void close(Closeable opened) {
        try {
            opened.close();
        } catch (IOException e) {
            LOG.debug("{} was not closed: {}", NAME, e.toString());
        }
    }

    /** Which file it is now; empty if there is none. */
    Optional<Version> version() {
        try {
            BasicFileAttributes attributes = attributes();
            return attributes.isRegularFile()
                    ? Optional.of(new Version(key(attributes), attributes.size()))
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Adds a line; if that fails the file is removed, to be counted anew. */
    void append(long octets, long messages) throws IOException {
        try (FileChannel channel =
                FileChannel.open(path, Set.of(StandardOpenOption.APPEND, LinkOption.NOFOLLOW_LINKS))) {
            ByteBuffer line = line(octets, messages);
            int length = line.remaining();
            if (channel.write(line) != length) {
                throw new IOException(path + " could not be written completely");
            }
        } catch (NoSuchFileException e) {
            // Whoever needs it counts anew.
        } catch (IOException e) {
            Files.deleteIfExists(path);
            throw e;
        }
    }

    /** Puts another one in its place. No sync: after a crash of the machine it is counted anew, or nearly right. */
    Content write(Quota quota, QuotaUsage usage, String uniqueName) throws IOException {
        Path unfinished = folder.tmp().resolve(uniqueName + "." + NAME);
        String limits = limits(quota);
        ByteBuffer text = US_ASCII.encode(limits + "\n" + usage.octets() + " " + usage.messages() + "\n");
        try {
            try (FileChannel channel = FileChannel.open(
                    unfinished,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    folder.ownerOnlyFile())) {
                while (text.hasRemaining()) {
                    channel.write(text);
                }
            }
            BasicFileAttributes attributes =
                    Files.readAttributes(unfinished, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
            Version version = new Version(key(attributes), attributes.size());
            return new Content(version, attributes.lastModifiedTime(), limits, usage, 1);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(path);
    }

    /** The first line: the size ends in S, the number (count) in C. */
    static String limits(Quota quota) {
        String octets = quota.octets() == Long.MAX_VALUE ? "" : quota.octets() + "S";
        String messages = quota.messages() == Long.MAX_VALUE ? "" : quota.messages() + "C";
        return octets + (octets.isEmpty() || messages.isEmpty() ? "" : ",") + messages;
    }

    @Override
    public String toString() {
        return path.toString();
    }

    private BasicFileAttributes attributes() throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static Object key(BasicFileAttributes attributes) {
        return Objects.requireNonNullElse(attributes.fileKey(), NAME);
    }

    private static ByteBuffer line(long octets, long messages) {
        return US_ASCII.encode(octets + " " + messages + "\n");
    }
}
