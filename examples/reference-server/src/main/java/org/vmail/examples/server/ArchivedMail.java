package org.vmail.examples.server;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/**
 * The mail of those who are no longer here, and what they answered. It is moved within its file system, to {@code .removed} in
 * the folder that it was in: nothing is copied, and nothing destroyed.
 */
record ArchivedMail(Settings settings, Clock clock) {
    private static final String ARCHIVE = ".removed";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");

    /** What there is of a user's mail. */
    List<Path> of(MailAddress user) throws IOException {
        List<Path> found = new ArrayList<>();
        Path folder = settings.mail().resolve(user.domain().name());
        String name = user.localPart();
        addIfThere(found, folder.resolve(name));
        if (settings.mailboxes().format() == Settings.MailboxFormat.MBOX && Files.isDirectory(folder)) {
            addIfThere(found, folder.resolve(name + ".quota"));
            try (DirectoryStream<Path> beside = Files.newDirectoryStream(
                    folder, file -> String.valueOf(file.getFileName()).startsWith("." + name + "."))) {
                beside.forEach(found::add);
            }
        }
        for (Path answers : answers()) {
            Path own = answers.resolve(user.domain().name());
            addIfThere(found, own.resolve(name + ".vacation"));
            addIfThere(found, own.resolve(name + ".vacation.db"));
        }
        return found;
    }

    /** What there is of a domain's mail. */
    List<Path> of(Domain domain) {
        List<Path> found = new ArrayList<>();
        addIfThere(found, settings.mail().resolve(domain.name()));
        answers().forEach(folder -> addIfThere(found, folder.resolve(domain.name())));
        return found;
    }

    private List<Path> answers() {
        return settings.autoReplies().map(AutoReplySettings::folder).stream().toList();
    }

    private static void addIfThere(List<Path> found, Path path) {
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            found.add(path);
        }
    }

    /**
     * Moves what there is into an archive.
     *
     * @param name of whom it was
     * @return the archives
     */
    List<Path> move(String name, List<Path> found) throws IOException {
        List<Path> archives = new ArrayList<>();
        for (Path path : found) {
            Path root = path.startsWith(settings.mail())
                    ? settings.mail()
                    : answers().get(0);
            Optional<Path> known = archives.stream()
                    .filter(archive -> archive.startsWith(root))
                    .findFirst();
            Path archive = known.isPresent() ? known.get() : make(root, name);
            if (known.isEmpty()) {
                archives.add(archive);
            }
            Files.move(path, archive.resolve(path.getFileName()), StandardCopyOption.ATOMIC_MOVE);
            sync(archive);
            sync(path.resolveSibling("."));
        }
        return archives;
    }

    private Path make(Path root, String name) throws IOException {
        Path all = root.resolve(ARCHIVE);
        if (!Files.isDirectory(all, LinkOption.NOFOLLOW_LINKS)) {
            makeFolder(all, root);
        }
        String prefix = TIME.format(clock.instant().atZone(ZoneOffset.UTC));
        String shortened = name.substring(0, Math.min(name.length(), 200));
        Path archive = all.resolve(prefix + "-" + shortened);
        for (int i = 2; Files.exists(archive, LinkOption.NOFOLLOW_LINKS); i++) {
            archive = all.resolve(prefix + "-" + i + "-" + shortened);
        }
        makeFolder(archive, all);
        return archive;
    }

    private static void makeFolder(Path folder, Path parent) throws IOException {
        Files.createDirectory(
                folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            Files.setOwner(folder, Files.getOwner(parent));
        } catch (IOException notOurs) {
            // then it is for the administrator alone
        }
        sync(parent);
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
