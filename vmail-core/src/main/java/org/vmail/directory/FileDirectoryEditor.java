package org.vmail.directory;

import com.google.common.base.CharMatcher;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.internal.Durations;
import org.vmail.internal.Printable;

/**
 * Changes the files of a {@link FileDirectory}, which takes the changes up like those of anybody else.
 *
 * <p>Editors take turns, in all processes, by a lock on {@code .vmail-lock} in the folder: no edit gets lost. A file is replaced at
 * once, by one with the same owner, group and permissions, after it was synced; all lines but those that are meant stay as they
 * are, octet by octet. A new file belongs to whom the folder belongs, and gets the permissions of its like in the folder; a
 * shadow file never more than {@code rw-r-----}. A file that is a symbolic link is not changed. Where several files are
 * concerned, they are written in such an order that a crash in between gives nobody access and sends no mail back; the same edit
 * once more completes it. Who edits files by hand meanwhile does not know of the lock: a file that changes under an editor is
 * left alone.
 *
 * <p>What is removed is kept in the folder {@code .removed}, for the owner only. Nothing here touches mailboxes. Thread-safe.
 */
public final class FileDirectoryEditor {
    private static final Duration LOCK_WAIT = Duration.ofSeconds(10);
    private static final String ARCHIVE = ".removed";
    private static final DateTimeFormatter ARCHIVE_TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");
    /** The domain is hosted as soon as there is a passwd file, and as long as there is one. */
    private static final List<String> KINDS = List.of("passwd", "shadow", "accounts", "aliases");
    /** File systems allow names of 255 octets. */
    private static final int LONGEST_DOMAIN = 255 - ".accounts..new".length();

    private static final int LONGEST_IN_ARCHIVE = 200;

    private static final int FIRST_ID = 60_000;
    private static final CharMatcher NOT_IN_A_FIELD =
            CharMatcher.javaIsoControl().or(CharMatcher.anyOf(":\u0085\u2028\u2029\ufffd"));

    private static final CharMatcher NOT_IN_A_LINE =
            CharMatcher.javaIsoControl().and(CharMatcher.isNot('\t')).or(CharMatcher.is('\ufffd'));

    private final FileDirectory directory;
    private final Path folder;
    private final Duration lockWait;
    private final Clock clock;
    private final EditableLines.Steps steps;

    /** What came of an edit. */
    public sealed interface Result {
        /**
         * Why it is not done.
         *
         * @return one sentence, without secrets; empty if it is done
         */
        default Optional<String> refusal() {
            return Optional.empty();
        }
    }

    /** It is done, and durable. */
    public record Done() implements Result {}

    /**
     * It is not done, and nothing is changed.
     *
     * @param reason one sentence, without secrets
     */
    public record Refused(String reason) implements Result {
        @Override
        public Optional<String> refusal() {
            return Optional.of(reason);
        }
    }

    FileDirectoryEditor(
            FileDirectory directory, Path folder, Duration lockWait, Clock clock, EditableLines.Steps steps) {
        this.directory = directory;
        this.folder = folder;
        this.lockWait = lockWait;
        this.clock = clock;
        this.steps = steps;
    }

    static FileDirectoryEditor of(FileDirectory directory, Path folder, Clock clock) {
        return new FileDirectoryEditor(directory, folder, LOCK_WAIT, clock, step -> {});
    }

    /**
     * Sets how long to wait for another editor.
     *
     * @param wait positive; default 10 seconds
     * @return a changed copy
     */
    public FileDirectoryEditor withLockWait(Duration wait) {
        Durations.checkPositive(wait, "The wait for another editor");
        return new FileDirectoryEditor(directory, folder, wait, clock, steps);
    }

    /** An edit of which the caller has the lock. */
    @FunctionalInterface
    private interface Edit {
        Optional<String> refusal(Path real) throws IOException;
    }

    private Result edit(Edit edit) throws IOException {
        Path real = folder.toRealPath();
        try (DirectoryLock lock = DirectoryLock.take(real, lockWait)) {
            return edit.refusal(lock.folder()).<Result>map(Refused::new).orElseGet(Done::new);
        }
    }

    /**
     * Begins to host a domain.
     *
     * @param domain its main name
     * @return what came of it
     * @throws IOException if the files cannot be read or written
     */
    public Result addDomain(Domain domain) throws IOException {
        Optional<String> hazard = HazardousNames.problem(domain);
        if (hazard.isPresent() || HazardousNames.original(domain).isPresent()) {
            return new Refused(hazard.orElse("the name " + domain + " looks like that of a copy"));
        }
        if (domain.name().length() > LONGEST_DOMAIN) {
            return new Refused("the name " + domain + " is too long for names of files");
        }
        if (!directory.mainNameOf(domain).equals(domain)) {
            return new Refused(domain + " is another name of " + directory.mainNameOf(domain));
        }
        return edit(real -> {
            for (String kind : KINDS) {
                if (read(real, kind, domain).exists()) {
                    return Optional.of(
                            kind.equals("passwd")
                                    ? "the domain " + domain + " exists"
                                    : kind + "." + domain
                                            + " is there, perhaps of an earlier domain; remove that first");
                }
            }
            write(real, read(real, "passwd", domain));
            return Optional.empty();
        });
    }

    /**
     * Ends to host a domain. Its files are kept in the archive.
     *
     * @param domain its main name
     * @return what came of it
     * @throws IOException if the files cannot be moved
     */
    public Result removeDomain(Domain domain) throws IOException {
        return edit(real -> {
            List<Path> files = new ArrayList<>();
            for (String kind : KINDS) {
                EditableLines file = read(real, kind, domain);
                if (file.exists()) {
                    files.add(file.path());
                }
            }
            if (files.isEmpty()) {
                return Optional.of("there is no domain " + domain);
            }
            Path archive = Files.createDirectory(free(archive(real), domain.name()), ownerOnlyFolder(real));
            for (Path file : files) {
                steps.before("move " + file.getFileName());
                Files.move(file, archive.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
                EditableLines.sync(archive);
                EditableLines.sync(real);
            }
            return Optional.empty();
        });
    }

    /**
     * Adds an account to a domain.
     *
     * @param account its address in the domain's main name, its password hash and what is unusual about it
     * @return what came of it
     * @throws IOException if the files cannot be read or written
     */
    public Result addUser(Account account) throws IOException {
        MailAddress user = account.address().toLowerCase();
        AccountSettings settings = AccountSettings.of(account);
        Optional<String> problem =
                HazardousNames.problem(user).or(() -> problem(account)).or(() -> problem(user, settings));
        if (problem.isPresent()) {
            return new Refused(problem.get());
        }
        return edit(real -> {
            EditableLines passwd = read(real, "passwd", user.domain());
            Optional<String> refusal = refusalToAdd(passwd, user);
            if (refusal.isPresent()) {
                return refusal;
            }
            setHash(real, user, account.passwordHash());
            set(real, user, settings);
            passwd.put(
                    new LineOwner(user),
                    passwdLine(passwd, user, account.fullName().orElse("")));
            write(real, passwd);
            return Optional.empty();
        });
    }

    private Optional<String> refusalToAdd(EditableLines passwd, MailAddress user) throws IOException {
        if (!passwd.exists()) {
            return Optional.of("there is no domain " + user.domain());
        }
        if (passwd.find(new LineOwner(user)).isPresent()) {
            return Optional.of("the user " + user + " exists");
        }
        int most = directory.settings(user.domain()).maxAccounts().orElse(Integer.MAX_VALUE);
        int users = users(passwd, user.domain()).size();
        return users < most
                ? Optional.empty()
                : Optional.of("the domain " + user.domain() + " has " + users + " accounts, and may have " + most);
    }

    private static Set<MailAddress> users(EditableLines passwd, Domain domain) {
        return new PasswdFiles(domain, new ArrayList<>())
                .users(passwd.path(), passwd.texts(), passwd.path(), List.of())
                .keySet();
    }

    /**
     * Removes an account. Its lines are kept in the archive; aliases and forwards of others that name it stay.
     *
     * @param address in the domain's main name
     * @return what came of it
     * @throws IOException if the files cannot be read or written
     */
    public Result removeUser(MailAddress address) throws IOException {
        LineOwner owner = new LineOwner(address.toLowerCase());
        Domain domain = address.domain();
        return edit(real -> {
            Map<EditableLines, List<String>> removed = new LinkedHashMap<>();
            for (String kind : List.of("passwd", "shadow", "accounts")) {
                EditableLines file = read(real, kind, domain);
                removed.put(file, file.remove(owner));
            }
            if (removed.values().stream().allMatch(List::isEmpty)) {
                return Optional.of("there is no user " + address);
            }
            archive(real, address, removed);
            for (Map.Entry<EditableLines, List<String>> file : removed.entrySet()) {
                if (!file.getValue().isEmpty()) {
                    write(real, file.getKey());
                }
            }
            return Optional.empty();
        });
    }

    /**
     * Sets the password of an account, as changed today.
     *
     * @param address in the domain's main name
     * @param hash of the password
     * @return what came of it
     * @throws IOException if the files cannot be read or written
     */
    public Result setPassword(MailAddress address, PasswordHash hash) throws IOException {
        MailAddress user = address.toLowerCase();
        if (NOT_IN_A_FIELD.matchesAnyOf(hash.encoded())) {
            return new Refused("the hash has a character that a shadow file cannot have");
        }
        return edit(real -> {
            EditableLines passwd = read(real, "passwd", user.domain());
            Optional<String> line = passwd.find(new LineOwner(user));
            if (line.isEmpty()) {
                return Optional.of("there is no user " + user);
            }
            String[] fields = line.get().split(":", -1);
            if (fields.length != PasswdFiles.PASSWD_FIELDS) {
                return Optional.of("the line of " + user + " in " + passwd.path() + " is broken; mend it first");
            }
            setHash(real, user, hash);
            if (!fields[1].equals(PasswdFiles.IN_SHADOW)) {
                fields[1] = PasswdFiles.IN_SHADOW;
                passwd.put(new LineOwner(user), String.join(":", fields));
                write(real, passwd);
            }
            return Optional.empty();
        });
    }

    /**
     * Changes what is unusual about an account.
     *
     * @param address in the domain's main name
     * @param change from what is there to what shall be, called at most once
     * @return what came of it
     * @throws IOException if the files cannot be read or written
     */
    public Result setSettings(MailAddress address, UnaryOperator<AccountSettings> change) throws IOException {
        MailAddress user = address.toLowerCase();
        return edit(real -> {
            EditableLines passwd = read(real, "passwd", user.domain());
            if (passwd.find(new LineOwner(user)).isEmpty()) {
                return Optional.of("there is no user " + user);
            }
            EditableLines accounts = read(real, "accounts", user.domain());
            AccountsFile.Content content = AccountsFile.parse(
                    user.domain(), accounts.path(), accounts.texts(), Set.of(user), new ArrayList<>());
            FileProblem unclear = content.unclear().get(user);
            if (unclear != null) {
                return Optional.of("this has to be mended first: " + unclear);
            }
            AccountSettings changed = change.apply(content.settings().getOrDefault(user, AccountSettings.NONE));
            Optional<String> problem = problem(user, changed);
            if (problem.isEmpty()) {
                set(real, user, changed);
            }
            return problem;
        });
    }

    /**
     * Adds an alias to the domain's own alias file.
     *
     * @param name in the domain's main name
     * @param targets as they stand behind the colon
     * @return what came of it
     * @throws IOException if the files cannot be read or written
     */
    public Result addAlias(MailAddress name, String targets) throws IOException {
        MailAddress alias = name.toLowerCase();
        String line = alias.toString().substring(0, alias.toString().lastIndexOf('@')) + ": " + targets.strip();
        List<FileProblem> problems = new ArrayList<>();
        boolean complete = NOT_IN_A_LINE.matchesNoneOf(line)
                && AliasesFile.parse(alias.domain(), Path.of("aliases"), List.of(line), problems)
                        .containsKey(alias);
        if (!complete || !problems.isEmpty()) {
            return new Refused(
                    problems.isEmpty()
                            ? "the alias cannot be written in a line"
                            : problems.get(0).text());
        }
        return edit(real -> {
            if (!read(real, "passwd", alias.domain()).exists()) {
                return Optional.of("there is no domain " + alias.domain());
            }
            EditableLines aliases = read(real, "aliases", alias.domain());
            if (AliasesFile.parse(alias.domain(), aliases.path(), aliases.texts(), new ArrayList<>())
                    .containsKey(alias)) {
                return Optional.of("the alias " + alias + " exists");
            }
            aliases.add(line);
            write(real, aliases);
            return Optional.empty();
        });
    }

    /**
     * Removes an alias from the domain's own alias file. Its lines are kept in the archive.
     *
     * @param name in the domain's main name
     * @return what came of it
     * @throws IOException if the files cannot be read or written
     */
    public Result removeAlias(MailAddress name) throws IOException {
        return edit(real -> {
            EditableLines aliases = read(real, "aliases", name.domain());
            Set<Integer> lines = AliasesFile.linesOf(name.toLowerCase(), aliases.texts());
            if (lines.isEmpty()) {
                return Optional.of("there is no alias " + name + " in " + aliases.path());
            }
            List<String> removed =
                    lines.stream().sorted().map(aliases.texts()::get).toList();
            aliases.removeAt(lines);
            archive(real, name, ImmutableMap.of(aliases, removed));
            write(real, aliases);
            return Optional.empty();
        });
    }

    private static Optional<String> problem(Account account) {
        String name = account.fullName().orElse("");
        if (NOT_IN_A_FIELD.matchesAnyOf(name) || name.contains(",")) {
            return Optional.of(
                    "the full name '" + Printable.of(name) + "' has a character that a passwd file cannot have");
        }
        return NOT_IN_A_FIELD.matchesAnyOf(account.passwordHash().encoded())
                ? Optional.of("the hash has a character that a shadow file cannot have")
                : Optional.empty();
    }

    /** What is written has to mean the same when it is read. */
    private static Optional<String> problem(MailAddress user, AccountSettings settings) {
        if (settings.equals(AccountSettings.NONE)) {
            return Optional.empty();
        }
        List<FileProblem> problems = new ArrayList<>();
        String line = user.localPart() + ": " + settings;
        AccountsFile.Content read =
                AccountsFile.parse(user.domain(), Path.of("accounts"), List.of(line), Set.of(user), problems);
        boolean same = NOT_IN_A_LINE.matchesNoneOf(line)
                && settings.equals(read.settings().get(user));
        return same
                ? Optional.empty()
                : Optional.of(
                        problems.isEmpty()
                                ? "the settings cannot be written in a line"
                                : problems.get(0).text());
    }

    private void setHash(Path real, MailAddress user, PasswordHash hash) throws IOException {
        EditableLines shadow = read(real, "shadow", user.domain());
        long today = LocalDate.now(clock.withZone(ZoneOffset.UTC)).toEpochDay();
        String[] fields = shadow.find(new LineOwner(user))
                .map(line -> line.split(":", -1))
                .filter(found -> found.length == PasswdFiles.SHADOW_FIELDS)
                .orElseGet(() -> (user.localPart() + "::0:0:99999:7:::").split(":", -1));
        fields[1] = hash.encoded();
        fields[2] = Long.toString(today);
        shadow.put(new LineOwner(user), String.join(":", fields));
        write(real, shadow);
    }

    private void set(Path real, MailAddress user, AccountSettings settings) throws IOException {
        EditableLines accounts = read(real, "accounts", user.domain());
        LineOwner owner = new LineOwner(user);
        if (!settings.equals(AccountSettings.NONE)) {
            accounts.put(owner, user.localPart() + ": " + settings);
            write(real, accounts);
        } else if (!accounts.remove(owner).isEmpty()) {
            write(real, accounts);
        }
    }

    private static String passwdLine(EditableLines passwd, MailAddress user, String fullName) {
        long id = passwd.texts().stream()
                .map(line -> line.split(":", -1))
                .filter(fields -> fields.length == PasswdFiles.PASSWD_FIELDS && fields[2].matches("\\d{1,9}"))
                .mapToLong(fields -> Long.parseLong(fields[2]) + 1)
                .max()
                .orElse(FIRST_ID);
        String home = "/vhome/" + user.domain() + "/home/" + user.localPart();
        long free = Math.max(id, FIRST_ID);
        return user.localPart() + ":x:" + free + ":" + FIRST_ID + ":" + fullName + ":" + home + ":/bin/false";
    }

    private static EditableLines read(Path real, String kind, Domain domain) throws IOException {
        return EditableLines.read(real.resolve(kind + "." + domain));
    }

    private void write(Path real, EditableLines file) throws IOException {
        file.write(modesOfNew(real, String.valueOf(file.path().getFileName())), steps);
    }

    /** A server that can read the others can read this one, too, and nobody else can read more hashes than before. */
    private static FileModes modesOfNew(Path real, String name) throws IOException {
        String kind = name.substring(0, name.indexOf('.') + 1);
        boolean secret = kind.equals("shadow.");
        FileModes most = secret ? FileModes.SECRET : FileModes.PUBLIC;
        try (DirectoryStream<Path> like = Files.newDirectoryStream(real, (secret ? kind : "passwd.") + "*")) {
            for (Path file : like) {
                if (Files.isRegularFile(file)) {
                    FileModes modes = FileModes.ofFile(file);
                    return secret ? modes.atMost(most) : modes;
                }
            }
        }
        return FileModes.likeFolder(real, most);
    }

    private static Path archive(Path real) throws IOException {
        Path archive = real.resolve(ARCHIVE);
        if (!Files.isDirectory(archive, LinkOption.NOFOLLOW_LINKS)) {
            Files.createDirectory(archive, ownerOnlyFolder(real));
            FileModes.likeFolder(real, FileModes.of("rwx------")).tryApply(archive);
            EditableLines.sync(real);
        }
        return archive;
    }

    private static FileAttribute<?>[] ownerOnlyFolder(Path path) {
        return FileModes.of("rwx------").attributes(path);
    }

    /** A name in the archive that nothing has yet. */
    private Path free(Path archive, String removed) {
        String name = removed.substring(0, Math.min(removed.length(), LONGEST_IN_ARCHIVE));
        String time = ARCHIVE_TIME.format(clock.instant().atZone(ZoneOffset.UTC));
        Path path = archive.resolve(time + "-" + name);
        for (int i = 2; Files.exists(path, LinkOption.NOFOLLOW_LINKS); i++) {
            path = archive.resolve(time + "-" + i + "-" + name);
        }
        return path;
    }

    private void archive(Path real, MailAddress name, Map<EditableLines, List<String>> removed) throws IOException {
        List<String> lines = new ArrayList<>();
        removed.forEach(
                (file, texts) -> texts.forEach(text -> lines.add(file.path().getFileName() + ":" + text)));
        steps.before("archive " + name);
        Path archive = archive(real);
        Path file = free(archive, name.localPart() + "@" + name.domain());
        Files.createFile(file, FileModes.OWNER_ONLY.attributes(file));
        Files.write(file, lines, StandardOpenOption.WRITE, StandardOpenOption.DSYNC);
        EditableLines.sync(archive);
    }
}
