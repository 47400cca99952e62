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

/** The three files of one domain. */
final class DomainFiles {
    private static final Logger LOG = LoggerFactory.getLogger(DomainFiles.class);

    /** What the files say. The keys are in lower case. */
    record Content(Map<MailAddress, Account> accounts, Map<MailAddress, Alias> aliases, List<FileProblem> problems) {}

    private final Domain domain;
    private final TextFile passwd;
    private final TextFile shadow;
    private final TextFile aliases;
    private final KeptFiles<Content> files;
    private List<FileProblem> reported = List.of();

    DomainFiles(Domain domain, Path folder, long now) {
        this.domain = domain;
        this.passwd = new TextFile(folder.resolve("passwd." + domain));
        this.shadow = new TextFile(folder.resolve("shadow." + domain));
        this.aliases = new TextFile(folder.resolve("aliases." + domain));
        this.files = new KeptFiles<>("What belongs to " + domain, List.of(passwd, shadow, aliases), this::read, now);
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
        Map<MailAddress, Account> accounts = new PasswdFiles(domain, problems)
                .accounts(passwd.path(), passwd.lines(), shadow.path(), shadow.lines());
        Map<MailAddress, Alias> names = AliasesFile.parse(domain, aliases.path(), aliases.lines(), problems);
        if (!reported.equals(problems)) {
            problems.forEach(problem -> LOG.warn("{}", problem));
            reported = List.copyOf(problems);
        }
        return Optional.of(new Content(accounts, names, List.copyOf(problems)));
    }
}
