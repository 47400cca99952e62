package org.vmail.examples.server;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.mailbox.maildir.ImportResult;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.maildir.UniqueIdSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes over what the server before called the messages, so that clients do not fetch everything again. */
@Command(
        name = "import-unique-ids",
        description = "Lets the unique-ids of the POP3 server live on that served these Maildirs before.",
        mixinStandardHelpOptions = true)
final class ImportUniqueIdsCommand implements Callable<Integer> {
    /** Whose unique-ids they are. */
    enum Server {
        DOVECOT,
        COURIER,
        QMAIL
    }

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Option(
            names = "--from",
            required = true,
            paramLabel = "SERVER",
            description = "dovecot, courier or qmail (whose unique-ids are the file names)")
    private Server server = Server.DOVECOT;

    @Option(
            names = "--uidl-format",
            paramLabel = "FORMAT",
            description = "Dovecot's pop3_uidl_format, if it is not %%08Xu%%08Xv")
    private Optional<String> format = Optional.empty();

    @Parameters(paramLabel = "ADDRESS", arity = "1..*", description = "the accounts")
    private List<String> addresses = List.of();

    @Override
    public Integer call() throws Exception {
        Settings settings = config.read();
        try (Accounts accounts = Accounts.open(settings)) {
            return imports(settings, accounts.directory());
        }
    }

    private int imports(Settings settings, Directory directory) throws IOException {
        ReferenceServer.mailboxes(settings, directory);
        int status = Sysexits.OK;
        for (String address : addresses) {
            Optional<Account> account = MailAddress.parse(address).isPresent()
                    ? directory.account(MailAddress.of(address))
                    : Optional.empty();
            if (account.isEmpty() || !imports(settings, account.get().address())) {
                System.err.println(
                        address + ": " + (account.isEmpty() ? "there is no such account" : "nothing imported"));
                status = Sysexits.DATAERR;
            }
        }
        return status;
    }

    private boolean imports(Settings settings, MailAddress account) throws IOException {
        MailboxSettings.Place place = settings.mailboxes().of(account.domain());
        if (place.format() != MailboxSettings.Format.MAILDIR) {
            System.err.println(account + ": unique-ids are imported into Maildirs only");
            return false;
        }
        MaildirStore mail = ReferenceServer.maildirs(settings, place);
        ImportResult result = mail.importUniqueIds(account, source());
        if (result instanceof ImportResult.Imported imported) {
            System.out.println(account + ": " + imported.messages() + " unique-ids live on, " + imported.unusable()
                    + " cannot be used");
            return true;
        }
        System.err.println(account
                + (result instanceof ImportResult.InUse
                        ? ": the maildrop is in use"
                        : ": the server before left no list of unique-ids"));
        return false;
    }

    private UniqueIdSource source() {
        return switch (server) {
            case DOVECOT -> format.map(UniqueIdSource::dovecot).orElseGet(UniqueIdSource::dovecot);
            case COURIER -> UniqueIdSource.courier();
            case QMAIL -> UniqueIdSource.baseNames();
        };
    }
}
