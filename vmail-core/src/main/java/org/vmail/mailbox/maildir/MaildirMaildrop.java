package org.vmail.mailbox.maildir;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;
import org.vmail.mailbox.internal.LineEnds;
import org.vmail.mailbox.maildir.MaildirListing.Located;

/** The session's view of one Maildir. */
final class MaildirMaildrop implements Maildrop {
    private static final Logger LOG = LoggerFactory.getLogger(MaildirMaildrop.class);
    /** How often a message may move between finding and opening it, before that is an error. */
    private static final int MAX_TRIES = 3;

    private final MaildirFolder folder;
    private final MaildropLock lock;
    private final List<StoredMessage> messages;
    /** Where the messages are, as far as known; what is missing here is gone for good. */
    private final Map<UniqueId, Located> located;

    private MaildirMaildrop(
            MaildirFolder folder, MaildropLock lock, List<StoredMessage> messages, Map<UniqueId, Located> located) {
        this.folder = folder;
        this.lock = lock;
        this.messages = messages;
        this.located = located;
    }

    static MaildirMaildrop open(MaildirFolder folder, MaildropLock lock) throws IOException {
        boolean opened = false;
        try {
            Map<UniqueId, Located> located = MaildirListing.of(folder);
            MaildirMaildrop maildrop = new MaildirMaildrop(folder, lock, messages(located), located);
            opened = true;
            return maildrop;
        } finally {
            if (!opened) {
                lock.close();
            }
        }
    }

    @Override
    public List<StoredMessage> messages() {
        return messages;
    }

    @Override
    public Optional<InputStream> content(StoredMessage message) throws IOException {
        for (int i = 0; i < MAX_TRIES; i++) {
            Located file = located.get(message.uniqueId());
            if (file == null) {
                return Optional.empty();
            }
            try {
                return Optional.of(wireForm(file.path()));
            } catch (NoSuchFileException movedOrGone) {
                locateAgain();
            }
        }
        throw new IOException("Message " + message.uniqueId() + " in " + folder.path() + " is moved all the time");
    }

    @Override
    public void remove(Set<UniqueId> ids) throws IOException {
        IOException failure = null;
        for (UniqueId id : ids) {
            try {
                remove(id);
            } catch (IOException e) {
                if (failure == null) {
                    failure = new IOException("Not all messages in " + folder.path() + " could be removed", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    private void remove(UniqueId id) throws IOException {
        for (int i = 0; i < MAX_TRIES; i++) {
            Located file = located.get(id);
            if (file == null) {
                return;
            }
            try {
                Files.delete(file.path());
                located.remove(id);
                return;
            } catch (NoSuchFileException movedOrGone) {
                locateAgain();
            }
        }
        throw new IOException("Message " + id + " in " + folder.path() + " is moved all the time");
    }

    private void locateAgain() throws IOException {
        Map<UniqueId, Located> now = MaildirListing.of(folder);
        located.keySet().retainAll(now.keySet());
        located.replaceAll((id, before) -> now.getOrDefault(id, before));
    }

    private static List<StoredMessage> messages(Map<UniqueId, Located> located) throws IOException {
        List<Map.Entry<UniqueId, Located>> files = new ArrayList<>(located.entrySet());
        files.sort(Map.Entry.comparingByValue(Comparator.comparing(Located::name, MessageName.OLDEST_FIRST)));
        List<StoredMessage> messages = new ArrayList<>(files.size());
        for (Map.Entry<UniqueId, Located> file : files) {
            OptionalLong octets = octets(file.getValue());
            if (octets.isPresent()) {
                messages.add(new StoredMessage(file.getKey(), octets.getAsLong()));
            } else {
                located.remove(file.getKey());
            }
        }
        return List.copyOf(messages);
    }

    /** The size in wire form, or empty if it is no message, or is gone before it could be counted. */
    private static OptionalLong octets(Located file) throws IOException {
        OptionalLong named = file.name().wireOctets();
        if (named.isPresent()) {
            return named;
        }
        try {
            if (!isRegular(file.path())) {
                LOG.warn("{} is left out: it is not a regular file", file.path());
                return OptionalLong.empty();
            }
            try (InputStream content = wireForm(file.path())) {
                return OptionalLong.of(content.skip(Long.MAX_VALUE));
            }
        } catch (NoSuchFileException gone) {
            return OptionalLong.empty();
        }
    }

    private static InputStream wireForm(Path file) throws IOException {
        if (!isRegular(file)) {
            throw new IOException(file + " is not a regular file");
        }
        return new LineEnds.ToWire(Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS));
    }

    /** A symbolic link could lead out of the mailbox, and opening a pipe would wait for its writer. */
    private static boolean isRegular(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isRegularFile();
    }
}
