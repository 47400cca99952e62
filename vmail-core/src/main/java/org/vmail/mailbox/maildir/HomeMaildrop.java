package org.vmail.mailbox.maildir;

import com.google.common.cache.Cache;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.internal.Printable;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** The session's view of one user's own Maildir: what is read and removed there is the user's. */
final class HomeMaildrop implements Maildrop {
    private static final Logger LOG = LoggerFactory.getLogger(HomeMaildrop.class);
    private static final int MAX_READINGS = 3;

    /** Which file it was whose lines were counted; files of a Maildir do not change. */
    record FileVersion(Object key, long octets, FileTime time) {}

    private record File(PinnedFolder folder, Path name) {}

    /** A message, in each file that was seen of it; the one seen last is first. */
    private record Files(MessageName name, List<File> files) {}

    private final MaildropLock lock;
    private final List<PinnedFolder> folders;
    private final int maxMessages;
    private Map<UniqueId, Files> located;
    private final List<StoredMessage> messages;

    /**
     * Lists the messages.
     *
     * @param folders new and cur, as far as they are there; closed with this, as is the lock, but not if this fails
     */
    HomeMaildrop(MaildropLock lock, List<PinnedFolder> folders, int maxMessages, Cache<FileVersion, Long> sizes)
            throws IOException {
        this.lock = lock;
        this.folders = folders;
        this.maxMessages = maxMessages;
        this.located = locate();
        List<StoredMessage> found = new ArrayList<>();
        for (Map.Entry<UniqueId, Files> each : located.entrySet()) {
            OptionalLong octets = octets(each.getValue(), sizes);
            octets.ifPresent(size -> found.add(new StoredMessage(each.getKey(), size)));
        }
        this.messages = List.copyOf(found);
    }

    @Override
    public List<StoredMessage> messages() {
        return messages;
    }

    @Override
    public Optional<InputStream> content(StoredMessage message) throws IOException {
        for (int i = 0; i < MAX_READINGS; i++) {
            Files files = located.get(message.uniqueId());
            if (files == null) {
                return Optional.empty();
            }
            Optional<InputStream> content = open(files);
            if (content.isPresent()) {
                return content;
            }
            located = locate();
        }
        throw new IOException("Message " + message.uniqueId() + " in " + folders + " is moved all the time");
    }

    @Override
    public void remove(Set<UniqueId> ids) throws IOException {
        List<IOException> failures = new ArrayList<>();
        remove(ids, failures);
        located = locate();
        if (ids.stream().anyMatch(located::containsKey)) {
            failures.clear();
            remove(ids, failures); // those that moved meanwhile
            located = locate();
        }
        long left = ids.stream().filter(located::containsKey).count();
        if (left > 0) {
            IOException failure = new IOException(left + " messages in " + folders + " could not be removed");
            failures.stream().limit(1).forEach(failure::addSuppressed);
            throw failure;
        }
    }

    private void remove(Set<UniqueId> ids, List<IOException> failures) {
        for (UniqueId id : ids) {
            Files files = located.get(id);
            for (File file : files == null ? List.<File>of() : files.files()) {
                try {
                    file.folder().delete(file.name());
                } catch (NoSuchFileException movedOrGone) {
                    LOG.trace("{} is not where it was", id);
                } catch (IOException e) {
                    failures.add(e);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            for (PinnedFolder folder : folders) {
                folder.close();
            }
        } finally {
            lock.close();
        }
    }

    /**
     * New before cur, for messages move from the one to the other; and each again if it has changed, for a rename can hide a
     * name from whoever reads the folder at that moment.
     */
    private Map<UniqueId, Files> locate() throws IOException {
        List<Files> found = new ArrayList<>();
        for (PinnedFolder folder : folders) {
            FileTime before = folder.changed();
            for (int i = 0; i < MAX_READINGS; i++) {
                folder.names(name -> {
                    if (found.size() == MAX_READINGS * maxMessages) {
                        throw new IOException(folder + " has more than " + maxMessages + " messages");
                    }
                    found.add(new Files(new MessageName(name.toString()), List.of(new File(folder, name))));
                });
                FileTime after = folder.changed();
                if (after.equals(before)) {
                    break;
                }
                before = after;
            }
        }
        found.sort((one, other) -> MessageName.OLDEST_FIRST.compare(one.name(), other.name()));
        Map<UniqueId, Files> distinct = new LinkedHashMap<>();
        found.forEach(each -> distinct.merge(each.name().uniqueId(), each, HomeMaildrop::joined));
        if (distinct.size() > maxMessages) {
            throw new IOException(folders + " have more than " + maxMessages + " messages");
        }
        return distinct;
    }

    private static Files joined(Files earlier, Files later) {
        List<File> all = new ArrayList<>(later.files());
        earlier.files().stream().filter(file -> !all.contains(file)).forEach(all::add);
        return new Files(later.name(), List.copyOf(all));
    }

    private static Optional<InputStream> open(Files files) throws IOException {
        for (File file : files.files()) {
            try {
                return Optional.of(file.folder().open(file.name()));
            } catch (NoSuchFileException movedOrGone) {
                LOG.trace("{} is not where it was", files);
            }
        }
        return Optional.empty();
    }

    /** The size in wire form, or empty if it is no message of the user's, or gone. */
    private static OptionalLong octets(Files files, Cache<FileVersion, Long> sizes) throws IOException {
        OptionalLong named = files.name().wireOctets();
        if (named.isPresent()) {
            return named;
        }
        for (File file : files.files()) {
            try {
                return OptionalLong.of(octets(file, sizes));
            } catch (NoSuchFileException movedOrGone) {
                LOG.trace("{} is not where it was", files);
            } catch (IOException e) {
                LOG.warn(
                        "{} in {} is left out: {}",
                        Printable.quoted(file.name().toString()),
                        file.folder(),
                        Printable.of(e.toString()));
                return OptionalLong.empty();
            }
        }
        return OptionalLong.empty();
    }

    private static long octets(File file, Cache<FileVersion, Long> sizes) throws IOException {
        BasicFileAttributes attributes = file.folder().attributes(file.name());
        FileVersion version = new FileVersion(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
        Long known = sizes.getIfPresent(version);
        if (known != null) {
            return known;
        }
        try (InputStream content = file.folder().open(file.name())) {
            long octets = content.skip(Long.MAX_VALUE);
            sizes.put(version, octets);
            return octets;
        }
    }
}
