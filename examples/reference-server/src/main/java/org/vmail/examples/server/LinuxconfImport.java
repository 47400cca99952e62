package org.vmail.examples.server;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
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
import org.vmail.mailbox.mbox.MboxReader;
import org.vmail.mailbox.mbox.MboxStore;

/**
 * One run of the import: first the mail of a domain, then its automatic answers, and at last its files, so that it is hosted when
 * all is there. Whatever is there already stays as it is, so a run may be stopped anywhere and made again.
 */
final class LinuxconfImport {
    private static final String ANSWERS = "files";
    private static final Quota USUAL = Quota.ofMessages(0);

    private final Settings settings;
    private final Path etc;
    private final Path spool;
    private final ZoneId zone;
    private final boolean dryRun;
    private final Path directory;
    private int problems;
    private int status = Sysexits.OK;

    LinuxconfImport(Settings settings, Path etc, Path spool, ZoneId zone, boolean dryRun) {
        this.settings = settings;
        this.etc = etc;
        this.spool = spool;
        this.zone = zone;
        this.dryRun = dryRun;
        this.directory = settings.directory().orElseThrow();
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
            say(domain + ": " + old.users(domain).size() + " users, "
                    + old.aliases(domain).size() + " aliases");
            tellWhatWillNotWork(old, domain);
            for (MailAddress user : old.users(domain)) {
                mailOf(user);
            }
            strangers(old, domain);
            answers(domain);
            files(domain);
            for (MailAddress user : old.users(domain)) {
                quota(user);
            }
        }
        say((dryRun ? "nothing was changed; " : "") + problems + " problems");
        return status;
    }

    private static void say(String line) {
        System.out.println(line);
    }

    private void problem(String text) {
        problems++;
        System.err.println(text);
    }

    private void failure(String text, int code) {
        problem(text);
        status = code;
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

    private void mailOf(MailAddress user) throws IOException {
        Path mbox = spool.resolve(user.domain().name()).resolve(user.localPart());
        if (!Files.isRegularFile(mbox, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        MailboxSettings.Place place = settings.mailboxes().of(user.domain());
        if (place.format() != MailboxSettings.Format.MAILDIR) {
            failure(user + ": mail is imported into Maildirs only", Sysexits.USAGE);
            return;
        }
        try (Closing<MboxReader> reader =
                        Closing.of(MboxReader.open(mbox, settings.mailboxes().locks(), zone));
                Closing<MaildirImport> target = Closing.of(target(place, user))) {
            if (reader.isEmpty()) {
                failure(user + ": another program has " + mbox + " locked; try again", Sysexits.TEMPFAIL);
            } else if (target.isEmpty() && !dryRun) {
                failure(user + ": a session has the mailbox; try again", Sysexits.TEMPFAIL);
            } else {
                say(user + ": " + taken(reader.get(), target));
            }
        } catch (IOException e) {
            failure(user + ": " + e.getMessage(), Sysexits.DATAERR);
        }
    }

    /** In a dry run no mailbox is made. */
    private Optional<MaildirImport> target(MailboxSettings.Place place, MailAddress user) throws IOException {
        return dryRun && !Files.isDirectory(place.folder().mailbox(user))
                ? Optional.empty()
                : ReferenceServer.maildirs(settings, place).importMessages(user);
    }

    private String taken(MboxReader reader, Closing<MaildirImport> target) throws IOException {
        Map<String, MboxReader.Message> byKey = new HashMap<>();
        List<MaildirImport.Item> items = new ArrayList<>();
        for (MboxReader.Message message : reader.messages()) {
            byKey.put(message.key(), message);
            items.add(new MaildirImport.Item(
                    message.key(), message.received(), flags(message.flags()), message.uniqueId()));
        }
        long fresh = items.stream()
                .filter(item -> target.isEmpty() || !target.get().has(item.key()))
                .count();
        if (!dryRun) {
            target.get().add(items, (item, out) -> reader.write(Objects.requireNonNull(byKey.get(item.key())), out));
        }
        long read = reader.messages().stream()
                .filter(message -> message.flags().contains(MboxReader.Flag.SEEN))
                .count();
        long known = reader.messages().stream()
                .filter(message -> message.uniqueId().isPresent())
                .count();
        return items.size() + " messages, " + read + " of them read, " + known + " with a unique-id; " + fresh
                + (dryRun ? " would be taken over" : " are taken over now");
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
                if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
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
        Files.createDirectories(target.resolveSibling("."));
        Path active = target.resolveSibling(target.getFileName() + ".db");
        if (Files.exists(file.resolveSibling(file.getFileName() + ".db"))
                && !Files.exists(active, LinkOption.NOFOLLOW_LINKS)) {
            Files.createFile(active);
        }
        copy(file, target);
    }

    /** The passwd file comes last: with it the domain is hosted. */
    private void files(Domain domain) throws IOException {
        Path passwd = directory.resolve("passwd." + domain);
        if (ImportLinuxconfCommand.isSame(etc, directory)) {
            return;
        }
        if (Files.exists(passwd, LinkOption.NOFOLLOW_LINKS)) {
            say(domain + ": is hosted already; its users and aliases stay as they are");
            return;
        }
        for (String kind : List.of("shadow.", "aliases.", "passwd.")) {
            Path file = etc.resolve(kind + domain);
            if (Files.exists(file) && !dryRun) {
                copy(file, directory.resolve(kind + domain));
            }
        }
        say(domain + (dryRun ? ": would be hosted" : ": is hosted now"));
    }

    private void quota(MailAddress user) throws IOException {
        if (!Files.exists(spool.resolve(user.domain().name()).resolve(user.localPart() + ".quota"))) {
            return;
        }
        try {
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
            if (result instanceof FileDirectoryEditor.Refused refused) {
                problem(user + ": " + refused.reason());
            }
        } catch (IOException e) {
            failure(user + ": " + e.getMessage(), Sysexits.DATAERR);
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
            Files.write(unfinished, Files.readAllBytes(file), StandardOpenOption.WRITE, StandardOpenOption.DSYNC);
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
