package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmail.mailbox.Quota;
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

    private static final Pattern LINE = Pattern.compile(" *(-?[0-9]{1,17}) +(-?[0-9]{1,17}) *");

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

    /** Reads it; empty if it is missing, or nothing that can be relied on. */
    Optional<Content> read() {
        try {
            BasicFileAttributes attributes = attributes();
            if (!attributes.isRegularFile() || attributes.size() >= MAX_OCTETS) {
                return Optional.empty();
            }
            byte[] octets;
            try (InputStream in = Files.newInputStream(path, LinkOption.NOFOLLOW_LINKS)) {
                octets = in.readNBytes(MAX_OCTETS);
            }
            Version version = new Version(key(attributes), octets.length);
            return parse(new String(octets, US_ASCII), version, attributes.lastModifiedTime());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<Content> parse(String text, Version version, FileTime modified) {
        if (!text.endsWith("\n") || version.length() >= MAX_OCTETS) {
            return Optional.empty();
        }
        List<String> lines = text.lines().toList();
        long octets = 0;
        long messages = 0;
        for (int i = 1; i < lines.size(); i++) {
            Matcher line = LINE.matcher(lines.get(i));
            if (!line.matches()) {
                return Optional.empty();
            }
            octets += Long.parseLong(line.group(1));
            messages += Long.parseLong(line.group(2));
        }
        return lines.size() < 2 || octets < 0 || messages < 0
                ? Optional.empty()
                : Optional.of(new Content(
                        version, modified, lines.get(0), new QuotaUsage(octets, messages), lines.size() - 1));
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
