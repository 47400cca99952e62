package org.vmail.directory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/**
 * The three files of one domain, and what they said when they were last read.
 *
 * <p>Changed files are read once two checks in a row find them alike: an editor that is half through with writing must not
 * make users disappear. The first reading is confirmed by a second one for the same reason.
 */
final class DomainFiles {
    private static final Logger LOG = LoggerFactory.getLogger(DomainFiles.class);

    /** What the files say. The keys are in lower case. */
    record Content(Map<MailAddress, Account> accounts, Map<MailAddress, Alias> aliases, List<FileProblem> problems) {}

    private final Domain domain;
    private final TextFile passwd;
    private final TextFile shadow;
    private final TextFile aliases;
    private final ReentrantLock checking = new ReentrantLock();
    private volatile @Nullable Content content;
    private List<TextFile.Stamp> lastRead = List.of();
    private List<TextFile.Stamp> lastSeen = List.of();
    private boolean confirmed;
    private volatile long nextCheck;

    DomainFiles(Domain domain, Path folder, long now) {
        this.domain = domain;
        this.passwd = new TextFile(folder.resolve("passwd." + domain));
        this.shadow = new TextFile(folder.resolve("shadow." + domain));
        this.aliases = new TextFile(folder.resolve("aliases." + domain));
        this.nextCheck = now;
    }

    /**
     * What the files say, or empty if there is no passwd file and so no such domain.
     *
     * @throws IOException if the files cannot be read, and never could
     */
    Optional<Content> content(long now, long checkInterval) throws IOException {
        if (isDue(now)) {
            check(now, checkInterval);
        }
        return Optional.ofNullable(content);
    }

    /** That there is no such domain is never remembered: whoever is told so bounces mail. */
    private boolean isDue(long now) {
        return content == null || now - nextCheck >= 0;
    }

    private void check(long now, long checkInterval) throws IOException {
        // Who has an answer does not wait for another thread's disk.
        if (content == null) {
            checking.lock();
        } else if (!checking.tryLock()) {
            return;
        }
        try {
            if (isDue(now)) {
                refresh();
                nextCheck = now + checkInterval;
            }
        } catch (IOException e) {
            if (content == null) {
                throw new IOException("The files of " + domain + " cannot be read: " + e, e);
            }
            nextCheck = now + checkInterval;
            LOG.error(
                    "The files of {} cannot be read, so what they said before still counts: {}", domain, e.toString());
        } finally {
            checking.unlock();
        }
    }

    private void refresh() throws IOException {
        List<TextFile.Stamp> before = stamps();
        boolean still = before.equals(lastSeen);
        lastSeen = before;
        if (content != null && (!still || (confirmed && before.equals(lastRead)))) {
            return;
        }
        Content read = passwd.exists() ? read() : null;
        if (content != null && !stamps().equals(before)) {
            return; // somebody wrote while it was read
        }
        content = read;
        lastRead = before;
        confirmed = still;
    }

    private List<TextFile.Stamp> stamps() throws IOException {
        return List.of(passwd.stamp(), shadow.stamp(), aliases.stamp());
    }

    private Content read() throws IOException {
        List<FileProblem> problems = new ArrayList<>();
        Map<MailAddress, Account> accounts = new PasswdFiles(domain, problems)
                .accounts(passwd.path(), passwd.lines(), shadow.path(), shadow.lines());
        Map<MailAddress, Alias> names = AliasesFile.parse(domain, aliases.path(), aliases.lines(), problems);
        Content before = content;
        if (before == null || !before.problems().equals(problems)) {
            problems.forEach(problem -> LOG.warn("{}", problem));
        }
        return new Content(accounts, names, List.copyOf(problems));
    }
}
