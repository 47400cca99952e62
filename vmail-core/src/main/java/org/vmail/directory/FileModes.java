package org.vmail.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * Whose a file is, and who may do what with it; nothing where a file system knows no such things.
 *
 * @param owner empty to leave it
 * @param group empty to leave it
 */
record FileModes(Optional<UserPrincipal> owner, Optional<GroupPrincipal> group, Set<PosixFilePermission> permissions) {
    static final FileModes OWNER_ONLY = of("rw-------");
    /** With nothing in it that others may not know. */
    static final FileModes PUBLIC = of("rw-r--r--");
    /** For the owner, and for a server that is in the group. */
    static final FileModes SECRET = of("rw-r-----");

    static FileModes of(String permissions) {
        return new FileModes(Optional.empty(), Optional.empty(), PosixFilePermissions.fromString(permissions));
    }

    /** Those of a file or folder. */
    static FileModes ofFile(Path file) throws IOException {
        Optional<PosixFileAttributeView> view = view(file);
        if (view.isEmpty()) {
            return OWNER_ONLY;
        }
        PosixFileAttributes attributes = view.get().readAttributes();
        return new FileModes(
                Optional.of(attributes.owner()), Optional.of(attributes.group()), attributes.permissions());
    }

    /** The owner and the group of a folder, whom its files are for, with other permissions. */
    static FileModes likeFolder(Path folder, FileModes modes) throws IOException {
        FileModes of = ofFile(folder);
        return new FileModes(of.owner(), of.group(), modes.permissions());
    }

    /** The same for nobody whom other modes shut out. */
    FileModes atMost(FileModes other) {
        Set<PosixFilePermission> both = EnumSet.noneOf(PosixFilePermission.class);
        permissions.stream().filter(other.permissions()::contains).forEach(both::add);
        return new FileModes(owner, group, both);
    }

    /** For making a file with these permissions. */
    FileAttribute<?>[] attributes(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }

    /** Changes a file that is as {@link #OWNER_ONLY} to these: first whose it is, so that nobody else sees it meanwhile. */
    void apply(Path file) throws IOException {
        Optional<PosixFileAttributeView> view = view(file);
        if (view.isEmpty()) {
            return;
        }
        PosixFileAttributes now = view.get().readAttributes();
        if (group.isPresent() && !group.get().equals(now.group())) {
            view.get().setGroup(group.get());
        }
        if (owner.isPresent() && !owner.get().equals(now.owner())) {
            view.get().setOwner(owner.get());
        }
        if (!permissions.equals(now.permissions())) {
            view.get().setPermissions(permissions);
        }
    }

    /** The same where it does not matter much. */
    void tryApply(Path file) {
        try {
            apply(file);
        } catch (IOException notOurs) {
            // somebody with more rights made it
        }
    }

    private static Optional<PosixFileAttributeView> view(Path file) {
        return Optional.ofNullable(
                Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS));
    }
}
