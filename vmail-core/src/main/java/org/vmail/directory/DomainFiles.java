package org.vmail.directory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** The four files of one domain, and the further alias files that it may have. */
final class DomainFiles {
    private static final Logger LOG = LoggerFactory.getLogger(DomainFiles.class);

    /**
     * What the files say. The keys are in lower case.
     *
     * @param settings of the domain
     * @param unclear of whom nothing can be said, and why
     * @param fullNames the addresses of accounts, by those that their users have by their full names
     * @param missing a further alias file that is not there, so that nobody knows which names it has
     */
    record Content(
            HostedDomain settings,
            Map<MailAddress, PasswdFiles.User> users,
            Map<MailAddress, FileProblem> unclear,
            Map<MailAddress, MailAddress> fullNames,
            Map<MailAddress, Alias> aliases,
            Optional<Path> missing,
            List<FileProblem> problems) {}

    private final HostedDomain settings;
    private final Domain domain;
    private final TextFile passwd;
    private final TextFile shadow;
    private final TextFile accounts;
    private final TextFile aliases;
    private final List<TextFile> furtherAliases;
    private final KeptFiles<Content> files;
    private List<FileProblem> reported = List.of();

    DomainFiles(HostedDomain settings, Path folder, long now) {
        this.settings = settings;
        this.domain = settings.name();
        this.passwd = new TextFile(folder.resolve("passwd." + domain));
        this.shadow = new TextFile(folder.resolve("shadow." + domain));
        this.accounts = new TextFile(folder.resolve("accounts." + domain));
        this.aliases = new TextFile(folder.resolve("aliases." + domain));
        this.furtherAliases = settings.aliasFiles().stream().map(TextFile::new).toList();
        List<TextFile> all = new ArrayList<>(List.of(passwd, shadow, accounts, aliases));
        all.addAll(furtherAliases);
        this.files = new KeptFiles<>("What belongs to " + domain, List.copyOf(all), this::read, now);
    }

    /**
     * What the files say, or empty if there is no passwd file and so no such domain.
     *
     * @throws IOException if the files cannot be read, and never could
     */
    Optional<Content> content(long now, long checkInterval) throws IOException {
        return files.content(now, checkInterval);
    }

    /** Called by one thread at a time. */
    private Optional<Content> read() throws IOException {
        if (!passwd.exists()) {
            return Optional.empty();
        }
        List<FileProblem> problems = new ArrayList<>();
        HazardousNames.problem(domain).ifPresent(text -> problems.add(new FileProblem(passwd.path(), 0, text)));
        Map<MailAddress, PasswdFiles.User> users =
                new PasswdFiles(domain, problems).users(passwd.path(), passwd.lines(), shadow.path(), shadow.lines());
        if (users.size() > settings.maxAccounts().orElse(Integer.MAX_VALUE)) {
            String text = "there are " + users.size() + " accounts, where "
                    + settings.maxAccounts().getAsInt() + " are allowed";
            problems.add(new FileProblem(passwd.path(), 0, text));
        }
        AccountsFile.Content unusual =
                AccountsFile.parse(domain, accounts.path(), accounts.lines(), users.keySet(), problems);
        unusual.settings().forEach((name, special) -> users.computeIfPresent(name, (key, user) -> user.with(special)));
        Aliases names = aliases(problems);
        if (!reported.equals(problems)) {
            problems.forEach(problem -> LOG.warn("{}", problem));
            reported = List.copyOf(problems);
        }
        Map<MailAddress, MailAddress> fullNames = FullNames.of(
                users.values().stream().map(PasswdFiles.User::account).toList());
        return Optional.of(new Content(
                settings, users, unusual.unclear(), fullNames, names.byName(), names.missing(), List.copyOf(problems)));
    }

    private record Aliases(Map<MailAddress, Alias> byName, Optional<Path> missing) {}

    private Aliases aliases(List<FileProblem> problems) throws IOException {
        Map<MailAddress, Alias> names = AliasesFile.parse(domain, aliases.path(), aliases.lines(), problems);
        Optional<Path> missing = Optional.empty();
        for (TextFile file : furtherAliases) {
            if (!file.exists()) {
                problems.add(new FileProblem(file.path(), 0, "this further alias file of " + domain + " is missing"));
                missing = Optional.of(file.path());
            }
            AliasesFile.parseShared(domain, file.path(), file.lines(), problems).forEach(names::putIfAbsent);
        }
        return new Aliases(names, missing);
    }
}
