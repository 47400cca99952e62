package org.vmail.internal;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A file system of which each step can fail: the default one, seen through paths of its own. It knows which files are open,
 * and what a crash of the machine could lose. Thread-safe.
 */
public final class FaultyDisk {
    private static final List<String> REASONS =
            List.of("Input/output error", "No space left on device", "Disk quota exceeded");

    private final FileSystem real;
    private final Provider provider = new Provider();
    private final Wrapped fileSystem = new Wrapped();
    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Object> open = new HashSet<>();
    /** Files whose content, and names whose entry in their folder, a crash of the machine could lose. */
    private final Set<Path> unsyncedContent = new HashSet<>();

    private final Set<Path> unsyncedNames = new HashSet<>();
    private final List<Step> steps = new ArrayList<>();
    private Plan plan = (number, step) -> Fault.NONE;
    private long room = Long.MAX_VALUE;
    private int longestWrite = Integer.MAX_VALUE;

    /** What can fail. */
    public enum Operation {
        MAKE_FOLDER,
        CREATE,
        OPEN,
        LOOK,
        LIST,
        READ,
        WRITE,
        SYNC,
        CLOSE,
        LOCK,
        LINK,
        RENAME,
        DELETE
    }

    /** One call. */
    public record Step(Operation operation, Path file) {
        @Override
        public String toString() {
            return operation + " " + file;
        }
    }

    /** How a call fails. */
    public enum Fault {
        NONE,
        /** Nothing is done. */
        BEFORE,
        /** It is done, and said to have failed, as it happens when the answer of a file server is lost. */
        AFTER
    }

    /** Says which calls fail. */
    @FunctionalInterface
    public interface Plan {
        /** The fault of a call; the first since the plan was made has the number 1. */
        Fault of(int number, Step step);
    }

    private FaultyDisk(FileSystem real) {
        this.real = real;
    }

    public static FaultyDisk sound(Path somewhere) {
        return new FaultyDisk(somewhere.getFileSystem());
    }

    /** The same file or folder on this disk. */
    public Path path(Path path) {
        return new DiskPath(this, fileSystem, path);
    }

    /** Begins to fail, or not to; the steps so far are forgotten. */
    public void plan(Plan faults) {
        lock.lock();
        try {
            plan = faults;
            steps.clear();
        } finally {
            lock.unlock();
        }
    }

    public void heal() {
        plan((number, step) -> Fault.NONE);
        room = Long.MAX_VALUE;
        longestWrite = Integer.MAX_VALUE;
    }

    /** Lets the disk be full when so many octets have been written. */
    public void room(long octets) {
        room = octets;
    }

    /** Lets each write take so many octets at most. */
    public void longestWrite(int octets) {
        longestWrite = octets;
    }

    /** What was called since the plan was made. */
    public List<Step> steps() {
        lock.lock();
        try {
            return List.copyOf(steps);
        } finally {
            lock.unlock();
        }
    }

    /** Files and folders that are open. */
    public List<String> open() {
        lock.lock();
        try {
            return open.stream().map(Object::toString).toList();
        } finally {
            lock.unlock();
        }
    }

    /** What a crash of the machine could take away from a file of the real file system: content, or one of the names on the way. */
    public List<Path> couldBeLost(Path file) {
        lock.lock();
        try {
            List<Path> lost = new ArrayList<>();
            if (unsyncedContent.contains(file)) {
                lost.add(file);
            }
            for (Path name = file; name != null; name = name.getParent()) {
                if (unsyncedNames.contains(name)) {
                    lost.add(name);
                }
            }
            return lost;
        } finally {
            lock.unlock();
        }
    }

    /** A call. */
    @FunctionalInterface
    interface Call<T> {
        T run() throws IOException;
    }

    <T> T step(Operation operation, Path file, Call<T> call) throws IOException {
        Fault fault;
        int number;
        lock.lock();
        try {
            Step step = new Step(operation, file);
            steps.add(step);
            number = steps.size();
            fault = plan.of(number, step);
        } finally {
            lock.unlock();
        }
        FileSystemException failure = new FileSystemException(
                file.toString(), null, REASONS.get(number % REASONS.size()) + " (injected at " + operation + ")");
        if (fault == Fault.BEFORE && operation != Operation.CLOSE) {
            throw failure;
        }
        T result = call.run();
        if (fault != Fault.NONE) {
            if (result instanceof AutoCloseable opened) {
                try {
                    opened.close();
                } catch (Exception e) {
                    failure.addSuppressed(e);
                }
            }
            throw failure;
        }
        return result;
    }

    /** How much of a write the disk takes. */
    int take(int wanted, Path file) throws IOException {
        int taken = (int) Math.min(Math.min(wanted, longestWrite), room);
        if (taken == 0 && wanted > 0) {
            throw new FileSystemException(file.toString(), null, "No space left on device");
        }
        room -= taken;
        return taken;
    }

    void opened(Object what) {
        locked(() -> open.add(what));
    }

    void closed(Object what) {
        locked(() -> open.remove(what));
    }

    void changed(Path file) {
        locked(() -> unsyncedContent.add(file));
    }

    void synced(Path file) {
        locked(() -> {
            unsyncedContent.remove(file);
            Path folder = file.normalize();
            return unsyncedNames.removeIf(name -> folder.equals(name.getParent()));
        });
    }

    private void named(Path file) {
        locked(() -> unsyncedNames.add(file));
    }

    private void renamed(Path from, Path to) {
        locked(() -> {
            if (unsyncedContent.remove(from)) {
                unsyncedContent.add(to);
            }
            unsyncedNames.remove(from);
            return unsyncedNames.add(to);
        });
    }

    private void linked(Path from, Path to) {
        locked(() -> unsyncedContent.contains(from) && unsyncedContent.add(to));
    }

    private void gone(Path file) {
        locked(() -> {
            boolean content = unsyncedContent.remove(file);
            return unsyncedNames.remove(file) || content;
        });
    }

    private void locked(BooleanSupplier change) {
        lock.lock();
        try {
            boolean unused = change.getAsBoolean();
        } finally {
            lock.unlock();
        }
    }

    private static Path real(Path path) {
        return ((DiskPath) path).real();
    }

    private final class Wrapped extends FileSystem {
        @Override
        public FileSystemProvider provider() {
            return provider;
        }

        @Override
        public void close() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return real.getSeparator();
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return real.supportedFileAttributeViews();
        }

        @Override
        public Path getPath(String first, String... more) {
            return path(real.getPath(first, more));
        }

        @Override
        public PathMatcher getPathMatcher(String syntaxAndPattern) {
            PathMatcher matcher = real.getPathMatcher(syntaxAndPattern);
            return path -> matcher.matches(real(path));
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            return real.getUserPrincipalLookupService();
        }

        @Override
        public WatchService newWatchService() {
            throw new UnsupportedOperationException();
        }
    }

    private final class Provider extends FileSystemProvider {
        private FileSystemProvider to() {
            return real.provider();
        }

        @Override
        public String getScheme() {
            return "faulty";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Path getPath(URI uri) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return newFileChannel(path, options, attributes);
        }

        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            Path file = real(path);
            boolean making = options.contains(StandardOpenOption.CREATE_NEW)
                    || (options.contains(StandardOpenOption.CREATE) && !Files.exists(file, LinkOption.NOFOLLOW_LINKS));
            return step(making ? Operation.CREATE : Operation.OPEN, file, () -> {
                FileChannel channel =
                        new DiskChannel(FaultyDisk.this, file, to().newFileChannel(file, options, attributes));
                if (making) {
                    named(file);
                }
                opened(channel);
                return channel;
            });
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path folder, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            return step(Operation.LIST, real(folder), () -> {
                DirectoryStream<Path> names =
                        to().newDirectoryStream(real(folder), entry -> filter.accept(path(entry)));
                DirectoryStream<Path> wrapped = new Listing(names, real(folder));
                opened(wrapped);
                return wrapped;
            });
        }

        private final class Listing implements DirectoryStream<Path> {
            private final DirectoryStream<Path> names;
            private final Path folder;

            Listing(DirectoryStream<Path> names, Path folder) {
                this.names = names;
                this.folder = folder;
            }

            @Override
            public Iterator<Path> iterator() {
                Iterator<Path> iterator = names.iterator();
                return new Iterator<>() {
                    @Override
                    public boolean hasNext() {
                        return iterator.hasNext();
                    }

                    @Override
                    public Path next() {
                        return path(iterator.next());
                    }
                };
            }

            @Override
            public void close() throws IOException {
                closed(this);
                names.close();
            }

            @Override
            public String toString() {
                return "listing of " + folder;
            }
        }

        @Override
        public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
            Boolean unused = step(Operation.MAKE_FOLDER, real(folder), () -> {
                to().createDirectory(real(folder), attributes);
                named(real(folder));
                return true;
            });
        }

        @Override
        public void createLink(Path link, Path existing) throws IOException {
            Boolean unused = step(Operation.LINK, real(link), () -> {
                to().createLink(real(link), real(existing));
                named(real(link));
                linked(real(existing), real(link));
                return true;
            });
        }

        @Override
        public void delete(Path path) throws IOException {
            Boolean unused = step(Operation.DELETE, real(path), () -> {
                to().delete(real(path));
                gone(real(path));
                return true;
            });
        }

        @Override
        public void copy(Path source, Path target, CopyOption... options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void move(Path source, Path target, CopyOption... options) throws IOException {
            Boolean unused = step(Operation.RENAME, real(target), () -> {
                to().move(real(source), real(target), options);
                renamed(real(source), real(target));
                return true;
            });
        }

        @Override
        public boolean isSameFile(Path path, Path other) throws IOException {
            return to().isSameFile(real(path), real(other));
        }

        @Override
        public boolean isHidden(Path path) throws IOException {
            return to().isHidden(real(path));
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return to().getFileStore(real(path));
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            to().checkAccess(real(path), modes);
        }

        @Override
        public <V extends FileAttributeView> @Nullable V getFileAttributeView(
                Path path, Class<V> type, LinkOption... options) {
            return to().getFileAttributeView(real(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return step(Operation.LOOK, real(path), () -> to().readAttributes(real(path), type, options));
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
                throws IOException {
            return step(Operation.LOOK, real(path), () -> to().readAttributes(real(path), attributes, options));
        }

        @Override
        public void setAttribute(Path path, String attribute, @Nullable Object value, LinkOption... options)
                throws IOException {
            to().setAttribute(real(path), attribute, value, options);
        }
    }
}
