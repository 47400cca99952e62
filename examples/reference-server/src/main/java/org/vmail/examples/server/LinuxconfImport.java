package org.vmail.examples.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.auth.Password;
import org.vmail.auth.PasswordHasher;
import org.vmail.directory.AccountSettings;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.FileDirectory;
import org.vmail.directory.FileDirectoryEditor;
import org.vmail.directory.FileProblem;
import org.vmail.directory.PasswordHash;
import org.vmail.directory.Quota;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.maildir.MaildirImport;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxReader;
import org.vmail.mailbox.mbox.MboxStore;

/**
 * One run of the import: first the mail of a domain, then its automatic answers, and at last its files, so that it is hosted when
 * all is there that can be. Whatever is there already stays as it is, so a run may be stopped anywhere and made again.
 */
final class LinuxconfImport {
    private static final String ANSWERS = "files";
    private static final Quota USUAL = Quota.ofMessages(0);

    private final Settings settings;
    private final Path directory;
    private final Path etc;
    private final Path spool;
    private final ZoneId zone;
    private final boolean dryRun;
    private int problems;
    private int status = Sysexits.OK;

    LinuxconfImport(Settings settings, Path directory, Path etc, Path spool, ZoneId zone, boolean dryRun) {
        this.settings = settings;
        this.directory = directory;
        this.etc = etc;
        this.spool = spool;
        this.zone = zone;
        this.dryRun = dryRun;
    }

    int run() throws IOException {
        FileDirectory.Builder builder = FileDirectory.builder(etc);
        settings.hostedDomains().domains().forEach(builder::domain);
        FileDirectory old = builder.build();
        List<Domain> domains = old.domains();
        for (FileProblem problem : old.problems()) {
            problem(problem.toString());
        }
        for (Domain domain : domains) {
            try {
                takeOver(old, domain);
            } catch (IOException e) {
                failure(domain + ": " + Reasons.of(e), Sysexits.TEMPFAIL);
            }
        }
        unknownDomains(domains);
        say((dryRun ? "nothing was changed; " : "") + problems + " problems");
        return status;
    }

    private void takeOver(FileDirectory old, Domain domain) throws IOException {
        say(domain + ": " + old.users(domain).size() + " users, "
                + old.aliases(domain).size() + " aliases");
        tellWhatWillNotWork(old, domain);
        boolean inPlace = ImportLinuxconfCommand.isSame(etc, directory);
        boolean hosted = inPlace || look(directory.resolve("passwd." + domain)).isPresent();
        List<MailAddress> users = hosted ? usersOfBoth(old, domain) : old.users(domain);
        boolean all = true;
        for (MailAddress user : users) {
            all &= mailOf(user);
        }
        strangers(old, domain);
        answers(domain);
        if (hosted) {
            say(domain + ": is hosted already; its users and aliases stay as they are");
        } else if (all) {
            files(domain);
        } else {
            say(domain + (dryRun ? ": would not be hosted yet" : ": is not hosted yet; try again"));
            return;
        }
        for (MailAddress user : users) {
            quota(user);
        }
    }

    /** Since the domain is hosted, who was removed here stays removed, and who is new there is told. */
    private List<MailAddress> usersOfBoth(FileDirectory old, Domain domain) throws IOException {
        List<MailAddress> here = ReferenceServer.directory(settings).users(domain);
        List<MailAddress> both = new ArrayList<>();
        for (MailAddress user : old.users(domain)) {
            if (here.contains(user)) {
                both.add(user);
            } else {
                problem(user + ": is no user here, so nothing is taken over");
            }
        }
        return both;
    }

    private static void say(String line) {
        System.out.println(line);
    }

    private void problem(String text) {
        problems++;
        System.err.println(text);
    }

    /** What can be tried again counts for more than what cannot. */
    private void failure(String text, int code) {
        problem(text);
        status = Math.max(status, code);
    }

    /** Empty only if there is nothing of that name; what cannot be looked at is an error and not overlooked. */
    private static Optional<BasicFileAttributes> look(Path file) throws IOException {
        try {
            return Optional.of(Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private void tellWhatWillNotWork(FileDirectory old, Domain domain) throws IOException {
        PasswordHasher hasher = PasswordHasher.standard();
        for (MailAddress user : old.users(domain)) {
            try {
                PasswordHash hash = old.account(user).orElseThrow().passwordHash();
                if (hasher.check(Password.of("x"), hash) == PasswordHasher.Check.UNSUPPORTED) {
                    problem(user + ": the hash is of a kind that cannot be checked; a new password is needed");
                }
            } catch (IOException unclear) {
                problem(user + ": " + unclear.getMessage());
            }
        }
        boolean allowed = old.domain(domain).orElseThrow().commands();
        for (Alias alias : old.aliases(domain)) {
            boolean program = alias.targets().stream()
                    .anyMatch(target -> target instanceof AliasTarget.Command
                            || target instanceof AliasTarget.Mbox
                            || target instanceof AliasTarget.Maildir);
            if (program && !allowed) {
                problem(alias.address() + ": its mail waits until the domain has commands = true");
            }
        }
    }

    /** False if it is to be tried again. */
    private boolean mailOf(MailAddress user) {
        Path mbox = spool.resolve(user.domain().name()).resolve(user.localPart());
        try {
            if (look(mbox).isEmpty()) {
                say(user + ": no mail");
                return true;
            }
        } catch (IOException e) {
            failure(user + ": " + Reasons.of(e), Sysexits.DATAERR);
            return true;
        }
        try (Closing<MboxReader> reader =
                Closing.of(MboxReader.open(mbox, settings.mailboxes().locks(), zone))) {
            if (reader.isEmpty()) {
                failure(user + ": another program has " + mbox + " locked; try again", Sysexits.TEMPFAIL);
                return false;
            }
            return takeOver(user, mbox, reader.get());
        } catch (IOException e) {
            failure(user + ": " + mbox + " cannot be locked and read: " + Reasons.of(e), Sysexits.DATAERR);
            return true;
        }
    }

    private boolean takeOver(MailAddress user, Path mbox, MboxReader reader) {
        if (reader.doubtfulLines() > 0) {
            problem(mbox + ": " + reader.doubtfulLines()
                    + " lines look as if a message began there, but follow no blank line;"
                    + " they stay in the message before");
        }
        MaildirStore mail =
                ReferenceServer.maildirs(settings, settings.mailboxes().of(user.domain()));
        try {
            long fresh;
            if (dryRun) {
                Set<String> taken = mail.imported(user);
                fresh = reader.messages().stream()
                        .filter(message -> !taken.contains(message.key()))
                        .count();
            } else {
                try (Closing<MaildirImport> target = Closing.of(mail.importMessages(user))) {
                    if (target.isEmpty()) {
                        failure(user + ": a session has the mailbox; try again", Sysexits.TEMPFAIL);
                        return false;
                    }
                    fresh = copy(reader, target.get());
                }
            }
            say(user + ": " + summary(reader) + "; " + fresh
                    + (dryRun ? " would be taken over" : " are taken over now"));
            return true;
        } catch (IOException e) {
            failure(user + ": stopped, to be tried again: " + Reasons.of(e), Sysexits.TEMPFAIL);
            return false;
        }
    }

    private static int copy(MboxReader reader, MaildirImport target) throws IOException {
        Map<String, MboxReader.Message> byKey = new HashMap<>();
        List<MaildirImport.Item> items = new ArrayList<>();
        for (MboxReader.Message message : reader.messages()) {
            byKey.put(message.key(), message);
            items.add(new MaildirImport.Item(
                    message.key(), message.received(), flags(message.flags()), message.uniqueId()));
        }
        return target.add(items, (item, out) -> reader.write(Objects.requireNonNull(byKey.get(item.key())), out));
    }

    private static String summary(MboxReader reader) {
        long read = reader.messages().stream()
                .filter(message -> message.flags().contains(MboxReader.Flag.SEEN))
                .count();
        long known = reader.messages().stream()
                .filter(message -> message.uniqueId().isPresent())
                .count();
        return reader.messages().size() + " messages, " + read + " of them read, " + known + " with a unique-id";
    }

    /** In the order that maildir(5) asks for. */
    private static String flags(Set<MboxReader.Flag> flags) {
        StringBuilder letters = new StringBuilder();
        new TreeSet<>(flags.stream().map(LinuxconfImport::letter).toList()).forEach(letters::append);
        return letters.toString();
    }

    private static char letter(MboxReader.Flag flag) {
        return switch (flag) {
            case DRAFT -> 'D';
            case FLAGGED -> 'F';
            case ANSWERED -> 'R';
            case SEEN -> 'S';
            case DELETED -> 'T';
        };
    }

    private void strangers(FileDirectory old, Domain domain) throws IOException {
        Path folder = spool.resolve(domain.name());
        if (!Files.isDirectory(folder)) {
            return;
        }
        Set<String> expected = new TreeSet<>();
        for (MailAddress user : old.users(domain)) {
            expected.add(user.localPart());
            expected.add(user.localPart() + ".quota");
            expected.add(user.localPart() + ".lock");
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                if (!expected.contains(name) && !name.startsWith(".")) {
                    problem(file + ": this is nobody's, and is not taken over");
                }
            }
        }
    }

    /** Mail of domains without a passwd file would be forgotten otherwise. */
    private void unknownDomains(List<Domain> domains) {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(spool)) {
            for (Path folder : folders) {
                String name = String.valueOf(folder.getFileName());
                boolean known = name.equals(ANSWERS)
                        || name.startsWith(".")
                        || domains.stream().anyMatch(domain -> domain.name().equals(name));
                if (!known) {
                    problem(folder + ": there is no passwd." + name + ", so it is not taken over");
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            failure(spool + " cannot be read: " + Reasons.of(e), Sysexits.DATAERR);
        }
    }

    /** Vacations and automatic answers; the switch of a vacation first, which does nothing without its text. */
    private void answers(Domain domain) throws IOException {
        Path from = spool.resolve(ANSWERS).resolve(domain.name());
        if (!Files.isDirectory(from)) {
            return;
        }
        Optional<Path> folder = settings.autoReplies().map(AutoReplySettings::folder);
        if (folder.isEmpty()) {
            problem(from + ": there are no auto-replies in the configuration, so these are not taken over");
            return;
        }
        Path to = folder.get().resolve(domain.name());
        if (ImportLinuxconfCommand.isSame(from, to)) {
            return;
        }
        int count = 0;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from, "*.{auto,vacation}")) {
            for (Path file : files) {
                Path target = to.resolve(file.getFileName());
                if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                    problem(file + ": is not a file; a symbolic link is not followed here");
                } else if (look(target).isEmpty()) {
                    count++;
                    copyAnswer(file, target);
                }
            }
        }
        say(domain + ": " + count + " automatic answers" + (dryRun ? " would be taken over" : " are taken over now"));
    }

    private void copyAnswer(Path file, Path target) throws IOException {
        if (dryRun) {
            return;
        }
        Files.createDirectories(target.getParent());
        Path active = target.resolveSibling(target.getFileName() + ".db");
        if (look(file.resolveSibling(file.getFileName() + ".db")).isPresent()
                && look(active).isEmpty()) {
            Files.createFile(active);
        }
        copy(file, target);
    }

    /** The passwd file comes last: with it the domain is hosted. */
    private void files(Domain domain) throws IOException {
        for (String kind : List.of("shadow.", "aliases.", "passwd.")) {
            Path file = etc.resolve(kind + domain);
            if (!dryRun && look(file).isPresent()) {
                copy(file, directory.resolve(kind + domain));
            }
        }
        say(domain + (dryRun ? ": would be hosted" : ": is hosted now"));
    }

    private void quota(MailAddress user) {
        try {
            if (look(spool.resolve(user.domain().name()).resolve(user.localPart() + ".quota"))
                    .isEmpty()) {
                return;
            }
            Quota quota = MboxStore.quotaFiles(spool, QuotaLimits.forAll(USUAL)).of(user);
            if (quota.equals(USUAL)) {
                return;
            }
            AccountSettings unusual = new AccountSettings(false, Optional.of(quota), Optional.empty());
            if (dryRun) {
                say(user + ": would get " + unusual + " unless there is another one");
                return;
            }
            FileDirectoryEditor.Result result = ReferenceServer.directory(settings)
                    .editor()
                    .setSettings(
                            user,
                            before -> before.quota().isPresent()
                                    ? before
                                    : new AccountSettings(before.disabled(), Optional.of(quota), before.forward()));
            result.refusal().ifPresent(reason -> problem(user + ": " + reason));
        } catch (IOException e) {
            failure(user + ": " + Reasons.of(e), Sysexits.DATAERR);
        }
    }

    /** Makes a copy with the same owner and mode, all at once. */
    private static void copy(Path file, Path target) throws IOException {
        Path folder = target.resolveSibling(".");
        Path unfinished = target.resolveSibling("." + target.getFileName() + ".new");
        Files.deleteIfExists(unfinished); // of an import that was killed
        try {
            Files.createFile(
                    unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            try (InputStream in = Files.newInputStream(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
                    OutputStream out =
                            Files.newOutputStream(unfinished, StandardOpenOption.WRITE, StandardOpenOption.DSYNC)) {
                in.transferTo(out);
            }
            giveTo(unfinished, Files.readAttributes(file, PosixFileAttributes.class));
            Files.setPosixFilePermissions(unfinished, Files.getPosixFilePermissions(file));
            Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void giveTo(Path file, PosixFileAttributes like) {
        try {
            PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
            view.setGroup(like.group());
            view.setOwner(like.owner());
        } catch (IOException notAllowed) {
            // then it is for this user
        }
    }
}
