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
    /** Enough that two of them differ in their first letters and in any digit of their hashes. */
    private static final List<String> PROBES = List.of("a", "b", "joe", "postmaster", "info");

    private static final String ARCHIVE = ".removed";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");

    /** What there is of a user's mail. */
    List<Path> of(MailAddress user) throws IOException {
        List<Path> found = new ArrayList<>();
        MailboxSettings.Place place = settings.mailboxes().of(user.domain());
        Path mailbox = place.folder().mailbox(user);
        addIfThere(found, mailbox);
        Path folder = mailbox.resolveSibling(".").normalize();
        String name = user.localPart();
        if (place.format() == MailboxSettings.Format.MBOX && Files.isDirectory(folder)) {
            String file = String.valueOf(mailbox.getFileName());
            addIfThere(found, folder.resolve(file + ".quota"));
            try (DirectoryStream<Path> beside = Files.newDirectoryStream(
                    folder, other -> String.valueOf(other.getFileName()).startsWith("." + file + "."))) {
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

    /**
     * What there is of a domain's mail.
     *
     * @throws IOException if the mail of other domains is in the same folders
     */
    List<Path> of(Domain domain) throws IOException {
        List<Path> found = new ArrayList<>();
        addIfThere(found, folder(domain));
        answers().forEach(folder -> addIfThere(found, folder.resolve(domain.name())));
        return found;
    }

    private Path folder(Domain domain) throws IOException {
        MailboxSettings.Place place = settings.mailboxes().of(domain);
        Optional<Path> own = Optional.empty();
        for (String user : PROBES) {
            Path folder = place.folder().mailbox(new MailAddress(user, domain));
            while (!folder.endsWith(domain.name())) {
                folder = folder.resolveSibling(".").normalize();
                if (folder.equals(place.folder().root().normalize())) {
                    throw shared(domain);
                }
            }
            if (!own.orElse(folder).equals(folder)) {
                throw shared(domain);
            }
            own = Optional.of(folder);
        }
        return own.orElseThrow();
    }

    private static IOException shared(Domain domain) {
        return new IOException(
                "The mailboxes of " + domain
                        + " have no folder of their own, by mailboxes.path; remove the users, and then the files of the domain");
    }

    private List<Path> answers() {
        return settings.autoReplies().map(AutoReplySettings::folder).map(Path::toAbsolutePath).stream()
                .toList();
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
            Path mail = settings.mailboxes().place().folder().root();
            Path root = answers().stream()
                    .filter(folder -> path.startsWith(folder))
                    .findFirst()
                    .orElse(mail);
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
