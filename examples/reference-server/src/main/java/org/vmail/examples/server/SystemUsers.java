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
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.mbox.MboxLocks;
import org.vmail.mailbox.mbox.MboxStore;

/** The table system-users: the main domain, served by vmail from the system's own users and their mail spool. */
record SystemUsers(Domain domain, Directory directory, Path spool, Path aside, Optional<PasswordVerifier> verifier) {
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
        Path spool = table.text("mail", SettingsTable::pathOf).orElse(Path.of("/var/mail"));
        Path aside = table.text("own-files", SettingsTable::pathOf).orElse(spool);
        SystemUsers found = new SystemUsers(domain, users.build(), spool, aside, verifier(table));
        table.allAsked();
        return Optional.of(found);
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
        return others.exceptFor(domain, MboxStore.spool(spool, aside, locks));
    }
}
