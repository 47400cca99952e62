package org.vmail.net;

import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.Set;

/**
 * A Unix socket to listen on, for programs on the same machine, and who may connect to it. Immutable; each {@code with…} method
 * returns a changed copy.
 *
 * <p>The file appears with its owner and mode, so nobody can connect who may not. If there is one already, it is replaced if it
 * is a socket that nobody listens on any more, as a program that was killed leaves it; otherwise the server does not start. When
 * the server closes, it removes the file, unless another program has replaced that.
 *
 * @param path the file; about 70 characters at most, as the system has a limit of about 100
 * @param mode who may connect: that takes the permission to write
 * @param owner the user who owns the file; empty: who the server runs as
 * @param group the group of the file; empty: as the system does it
 */
public record UnixSocket(Path path, Set<PosixFilePermission> mode, Optional<String> owner, Optional<String> group) {
    /**
     * Copies the mode.
     *
     * @param path the file
     * @param mode who may connect
     * @param owner the user who owns the file
     * @param group the group of the file
     */
    public UnixSocket {
        mode = Set.copyOf(mode);
    }

    /**
     * A socket that its owner and group may connect to ({@code rw-rw----}).
     *
     * @param path the file
     * @return the socket
     */
    public static UnixSocket at(Path path) {
        return new UnixSocket(path, PosixFilePermissions.fromString("rw-rw----"), Optional.empty(), Optional.empty());
    }

    /**
     * Sets who may connect.
     *
     * @param permissions the mode of the file; default {@code rw-rw----}
     * @return the changed copy
     */
    public UnixSocket withMode(Set<PosixFilePermission> permissions) {
        return new UnixSocket(path, permissions, owner, group);
    }

    /**
     * Sets who owns the file, which takes the rights of root.
     *
     * @param user a user of the system; default: who the server runs as
     * @return the changed copy
     */
    public UnixSocket withOwner(String user) {
        return new UnixSocket(path, mode, Optional.of(user), group);
    }

    /**
     * Sets the group of the file, which the server must be in unless it has the rights of root.
     *
     * @param name a group of the system; default: as the system does it
     * @return the changed copy
     */
    public UnixSocket withGroup(String name) {
        return new UnixSocket(path, mode, owner, Optional.of(name));
    }
}
