package org.vmail.examples.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.auth.PasswordVerifier;
import org.vmail.auth.VerifierOptions;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.SystemDirectory;
import org.vmail.directory.SystemUser;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.maildir.HomeMaildirStore;
import org.vmail.mailbox.mbox.MboxLocks;
import org.vmail.mailbox.mbox.MboxStore;

/** The table system-users: the main domain, served by vmail from the system's own users and their mail, in a spool or at home. */
record SystemUsers(Domain domain, Directory directory, Mail mail, Optional<PasswordVerifier> verifier) {
    /** Where their mail is. */
    interface Mail {
        MaildropStore store(MboxLocks locks);
    }

    static Optional<SystemUsers> read(SettingsTable root) throws SettingsException {
        SettingsTable table = root.table("system-users");
        if (!table.isPresent()) {
            return Optional.empty();
        }
        Domain domain = table.requiredText("domain", Domain::of);
        SystemDirectory.Builder users =
                SystemDirectory.builder(HostedDomain.of(domain).withAliases(table.texts("aliases", Domain::of)));
        table.text("passwd", text -> users.passwd(SettingsTable.pathOf(text)));
        table.text("shadow", text -> users.shadow(SettingsTable.pathOf(text)));
        if (table.flag("without-shadow", false)) {
            users.withoutShadow();
        }
        users.withoutShells(table.texts("without-shells", shell -> shell));
        long first = table.number("first-user-id", 1000L, id -> id);
        table.number("last-user-id", users.userIds(first, Math.max(first, 59_999)), last -> users.userIds(first, last));
        SystemDirectory directory = users.build();
        SystemUsers found = new SystemUsers(domain, directory, mail(table, directory), verifier(table));
        table.allAsked();
        return Optional.of(found);
    }

    private static Mail mail(SettingsTable table, SystemDirectory users) throws SettingsException {
        Optional<Path> spool = table.text("mail", SettingsTable::pathOf);
        Optional<Path> aside = table.text("own-files", SettingsTable::pathOf);
        Optional<String> maildir = table.text("maildir", name -> name);
        if (maildir.isEmpty()) {
            Path folder = spool.orElse(Path.of("/var/mail"));
            return locks -> MboxStore.spool(folder, aside.orElse(folder), locks);
        }
        if (spool.isPresent()) {
            throw table.problem("mail", "and maildir cannot both say where the mail is");
        }
        if (aside.isEmpty()) {
            throw table.problem("own-files", "is needed with maildir: a folder for locks, for vmail alone");
        }
        HomeMaildirStore.Homes homes = account -> users.user(account).map(SystemUsers::home);
        HomeMaildirStore store = table.text(
                        "maildir",
                        name -> HomeMaildirStore.in(homes, aside.get()).withFolder(name))
                .orElseThrow();
        return locks -> store;
    }

    private static HomeMaildirStore.Home home(SystemUser user) {
        return new HomeMaildirStore.Home(Path.of(user.home()), user.id());
    }

    private static Optional<PasswordVerifier> verifier(SettingsTable table) throws SettingsException {
        VerifierOptions options = VerifierOptions.defaults();
        options = table.duration("verifier-deadline", options, options::withDeadline);
        options = table.number("max-verifiers", options, SettingsFile.count(options::withMaxProcesses));
        VerifierOptions bounds = options;
        Optional<PasswordVerifier> helper = table.text(
                "unix-chkpwd", program -> PasswordVerifier.unixChkpwd(SettingsTable.pathOf(program), bounds));
        List<String> command = table.texts("checkpassword", word -> word);
        if (helper.isPresent() && !command.isEmpty()) {
            throw table.problem("checkpassword", "and unix-chkpwd cannot both be asked");
        }
        return command.isEmpty() ? helper : Optional.of(PasswordVerifier.checkpassword(command, bounds));
    }

    /** Their mail, and that of all others where it was. */
    MaildropStore besides(MaildropStore others, MboxLocks locks) {
        return others.exceptFor(domain, mail.store(locks));
    }
}
