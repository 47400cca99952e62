package org.vmail.mailbox.maildir;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.Channels;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.UserPrincipal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.vmail.mailbox.internal.LineEnds;

/**
 * A folder of a user who may mean us harm, held open: it stays the same one whatever its owner moves or links meanwhile. All
 * names are looked up in it and never followed if they are links. It was checked to be the user's own when it was opened.
 */
final class PinnedFolder implements Closeable {
    private static final Path ITSELF = Path.of(".");
    private static final int MAX_TRIES = 3;
    /** A clock of files ticks at least 100 times a second, but for old formats of file systems, which have whole seconds. */
    private static final Duration TICK = Duration.ofMillis(20);

    private static final Duration COARSE_TICK = Duration.ofSeconds(2);

    private final Path path;
    private final SecureDirectoryStream<Path> folder;
    private final UserPrincipal owner;
    private final Clock clock;

    private PinnedFolder(Path path, DirectoryStream<Path> folder, UserPrincipal owner, Clock clock) throws IOException {
        this.path = path;
        this.owner = owner;
        this.clock = clock;
        if (!(folder instanceof SecureDirectoryStream<Path> secure)) {
            folder.close();
            throw new IOException("This system cannot hold " + path + " open, so its owner could lead us elsewhere");
        }
        this.folder = secure;
    }

    /** A folder to begin with; who can change what leads to it is trusted. */
    @SuppressWarnings("StreamResourceLeak") // closed along with this
    static PinnedFolder at(Path path, UserPrincipal owner, Clock clock) throws IOException {
        return new PinnedFolder(path, Files.newDirectoryStream(path), owner, clock);
    }

    /** A folder in this one that belongs to the user; empty if there is none. */
    Optional<PinnedFolder> enter(String name) throws IOException {
        DirectoryStream<Path> entered;
        try {
            entered = folder.newDirectoryStream(Path.of(name), LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        PinnedFolder found = new PinnedFolder(path.resolve(name), entered, owner, clock);
        UserPrincipal actual = found.folder
                .getFileAttributeView(PosixFileAttributeView.class)
                .readAttributes()
                .owner();
        if (!actual.equals(owner)) {
            found.close();
            throw new IOException(found.path + " belongs to " + actual.getName() + ", not to " + owner.getName());
        }
        return Optional.of(found);
    }

    /** When names in it changed last. */
    FileTime changed() throws IOException {
        return folder.getFileAttributeView(BasicFileAttributeView.class)
                .readAttributes()
                .lastModifiedTime();
    }

    /** Takes the names in a folder, of which there may be any number. */
    @FunctionalInterface
    interface Names {
        void add(Path name) throws IOException;
    }

    /** Passes on the names in it, but for those that begin with a dot. */
    void names(Names names) throws IOException {
        try (DirectoryStream<Path> files = folder.newDirectoryStream(ITSELF, LinkOption.NOFOLLOW_LINKS)) {
            for (Path file : files) {
                Path name = file.getFileName();
                if (!name.toString().startsWith(".")) {
                    names.add(name);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** What a name stands for, without following it. */
    BasicFileAttributes attributes(Path name) throws IOException {
        return folder.getFileAttributeView(name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
    }

    void delete(Path name) throws IOException {
        folder.deleteFile(name);
    }

    /**
     * Opens a regular file of the user's, in wire form.
     *
     * <p>There is no way to ask an open file whose it is. So its name is looked at before and after: if it has stood for the
     * same file all the time, that is what was opened. To put another in its place for a moment, somebody has to rename,
     * link or remove it, which sets the time of its last change, and that time nobody but the system can set.
     *
     * @throws NoSuchFileException if it is gone
     * @throws IOException if it is not the user's, no file, or is changed all the time
     */
    InputStream open(Path name) throws IOException {
        for (int i = 0; i < MAX_TRIES; i++) {
            PosixFileAttributes before = ownFile(name);
            Optional<FileTime> change = settledChange(name, before);
            // To write as well, so that opening a pipe waits for nobody. Nothing is written.
            SeekableByteChannel channel = folder.newByteChannel(
                    name, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
            boolean same = false;
            try {
                same = change.isPresent()
                        && Objects.equals(before.fileKey(), attributes(name).fileKey())
                        && change.equals(change(name, before));
                if (same) {
                    return new LineEnds.ToWire(Channels.newInputStream(channel), before.size());
                }
            } finally {
                if (!same) {
                    channel.close();
                }
            }
        }
        throw new IOException(path.resolve(name) + " is changed all the time");
    }

    private PosixFileAttributes ownFile(Path name) throws IOException {
        PosixFileAttributes attributes = folder.getFileAttributeView(
                        name, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .readAttributes();
        if (!attributes.isRegularFile()) {
            throw new IOException(path.resolve(name) + " is not a regular file");
        }
        if (!attributes.owner().equals(owner)) {
            throw new IOException(
                    path.resolve(name) + " belongs to " + attributes.owner().getName() + ", not to " + owner.getName());
        }
        return attributes;
    }

    /** When the file was renamed or linked last, if every later time will be another one: waits a moment for that. */
    private Optional<FileTime> settledChange(Path name, BasicFileAttributes file) throws IOException {
        Optional<FileTime> change = change(name, file);
        if (change.isPresent()) {
            Instant then = change.get().toInstant();
            Duration tick = then.equals(then.truncatedTo(ChronoUnit.SECONDS)) ? COARSE_TICK : TICK;
            Duration left = tick.minus(Duration.between(then, clock.instant()));
            if (left.compareTo(tick) > 0) {
                return Optional.empty(); // in the future
            }
            pause(left);
        }
        return change;
    }

    private static void pause(Duration duration) throws InterruptedIOException {
        if (duration.isNegative()) {
            return;
        }
        try {
            Thread.sleep(duration.toMillis() + 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while a file was new");
        }
    }

    /**
     * When the status of a file changed last. Only the path tells that, and the path may lead elsewhere by now; if it leads to
     * the same file all the same, it is that file's time.
     */
    private Optional<FileTime> change(Path name, BasicFileAttributes file) throws IOException {
        Map<String, Object> attributes;
        try {
            attributes = Files.readAttributes(path.resolve(name), "unix:fileKey,ctime", LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException moved) {
            return Optional.empty();
        }
        return Objects.equals(file.fileKey(), attributes.get("fileKey"))
                ? Optional.ofNullable((FileTime) attributes.get("ctime"))
                : Optional.empty();
    }

    @Override
    public void close() throws IOException {
        folder.close();
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
