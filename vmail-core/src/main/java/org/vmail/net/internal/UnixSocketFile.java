package org.vmail.net.internal;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.net.UnixSocket;

/** The file by which clients find a Unix socket, from the moment when they may connect until the server closes. */
final class UnixSocketFile {
    private static final Logger LOG = LoggerFactory.getLogger(UnixSocketFile.class);
    private static final int FILE_TYPE = 0170000;
    private static final int SOCKET = 0140000;
    private static final InetSocketAddress STAND_IN = new InetSocketAddress(loopback(), 0);

    private final Path path;
    private final @Nullable Object identity;

    private UnixSocketFile(Path path, @Nullable Object identity) {
        this.path = path;
        this.identity = identity;
    }

    /** The address of one end of a socket; of a Unix socket, which has none, the loopback address without a port. */
    static InetSocketAddress endOf(SocketAddress address) {
        return address instanceof InetSocketAddress internet ? internet : STAND_IN;
    }

    /**
     * Binds a socket in a folder that nobody else can enter, and moves it to its place when it has its owner and mode, so that
     * nobody connects before.
     */
    static UnixSocketFile bind(ServerSocketChannel channel, UnixSocket where, int backlog) throws IOException {
        Path place = where.path().toAbsolutePath();
        checkFree(place);
        Path folder = Files.createTempDirectory(Objects.requireNonNullElse(place.getParent(), place), ".vmail");
        Path hidden = folder.resolve("s");
        try {
            channel.bind(UnixDomainSocketAddress.of(hidden), backlog);
            protect(hidden, where);
            UnixSocketFile file = new UnixSocketFile(place, identity(hidden));
            Files.move(hidden, place, StandardCopyOption.ATOMIC_MOVE);
            return file;
        } finally {
            Files.deleteIfExists(hidden);
            Files.delete(folder);
        }
    }

    /** Lets nobody find it any more; what another program has put in its place stays. */
    void remove() {
        try {
            if (Objects.equals(identity, identity(path))) {
                Files.deleteIfExists(path);
            }
        } catch (NoSuchFileException e) {
            LOG.debug("The socket {} was removed before", path);
        } catch (IOException e) {
            LOG.warn("The socket {} is left behind: {}", path, e.toString());
        }
    }

    /** A socket on which nobody listens may be replaced, and nothing else. */
    private static void checkFree(Path path) throws IOException {
        if (!Files.exists(path, NOFOLLOW_LINKS)) {
            return;
        }
        int mode = (Integer) Files.getAttribute(path, "unix:mode", NOFOLLOW_LINKS);
        if ((mode & FILE_TYPE) != SOCKET) {
            throw new FileAlreadyExistsException(path + " exists and is no socket");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false); // the other one's backlog may be full
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException refused) {
            LOG.info("The socket {} was left behind, and is replaced", path);
            return;
        }
        throw new BindException("another program listens there");
    }

    private static void protect(Path file, UnixSocket where) throws IOException {
        PosixFileAttributeView attributes = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        UserPrincipalLookupService names = file.getFileSystem().getUserPrincipalLookupService();
        if (where.owner().isPresent()) {
            attributes.setOwner(names.lookupPrincipalByName(where.owner().get()));
        }
        if (where.group().isPresent()) {
            attributes.setGroup(names.lookupPrincipalByGroupName(where.group().get()));
        }
        attributes.setPermissions(where.mode());
    }

    private static @Nullable Object identity(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, NOFOLLOW_LINKS)
                .fileKey();
    }

    private static InetAddress loopback() {
        try {
            return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
        } catch (UnknownHostException e) {
            throw new IllegalStateException("4 octets are an address", e);
        }
    }
}
