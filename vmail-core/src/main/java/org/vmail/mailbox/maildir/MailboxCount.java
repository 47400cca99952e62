package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmail.mailbox.QuotaUsage;

/**
 * Counts what a Maildir++ holds: its own messages and those of its folders, {@code .Trash} and what is marked as deleted
 * included, as Dovecot counts. A name tells the size ({@code ,S=}), else the file is looked at. Used by one thread.
 */
final class MailboxCount {
    private static final int MAX_TRIES = 3;

    private final FolderReader reader;
    private long octets;
    private long messages;

    private MailboxCount(FolderReader reader) {
        this.reader = reader;
    }

    /** Counts again when something changed meanwhile, but not for ever: a message more or less is put right next time. */
    static QuotaUsage of(MaildirFolder mailbox, FolderReader reader) throws IOException {
        Map<Path, FolderStamp> before = stamps(mailbox);
        for (int i = 1; ; i++) {
            MailboxCount count = new MailboxCount(reader);
            for (Path folder : before.keySet()) {
                count.add(folder);
            }
            Map<Path, FolderStamp> after = stamps(mailbox);
            if (i == MAX_TRIES || after.equals(before)) {
                return new QuotaUsage(count.octets, count.messages);
            }
            before = after;
        }
    }

    /** The size of a message, by its name or as the file system tells it; empty if it is none, or gone. */
    static Optional<Long> storedOctets(Path file) throws IOException {
        long named = new MessageName(String.valueOf(file.getFileName())).storedOctets();
        if (named >= 0) {
            return Optional.of(named);
        }
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.isRegularFile() ? Optional.of(attributes.size()) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private void add(Path folder) throws IOException {
        List<Path> nameless = new ArrayList<>();
        try {
            reader.read(folder, (name, odd) -> {
                long named = new MessageName(name).storedOctets();
                if (named >= 0) {
                    octets += named;
                    messages++;
                } else {
                    nameless.add(odd != null ? odd : folder.resolve(name));
                }
            });
        } catch (NoSuchFileException e) {
            return; // a folder that was removed just now
        }
        for (Path file : nameless) {
            Optional<Long> size = storedOctets(file);
            if (size.isPresent()) {
                octets += size.get();
                messages++;
            }
        }
    }

    /** All folders that hold messages. */
    private static Map<Path, FolderStamp> stamps(MaildirFolder mailbox) throws IOException {
        Map<Path, FolderStamp> stamps = new HashMap<>();
        addStamps(mailbox, stamps);
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(mailbox.path(), ".*")) {
            for (Path folder : folders) {
                if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
                    addStamps(new MaildirFolder(folder), stamps);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return stamps;
    }

    private static void addStamps(MaildirFolder folder, Map<Path, FolderStamp> stamps) throws IOException {
        for (Path path : List.of(folder.fresh(), folder.cur())) {
            FolderStamp.find(path).ifPresent(stamp -> stamps.put(path, stamp));
        }
    }
}
