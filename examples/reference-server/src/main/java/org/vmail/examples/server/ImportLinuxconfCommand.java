package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import org.vmail.directory.FileDirectory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Takes over what Linuxconf's virtual e-mail system left. It is never changed, and may be in use meanwhile. */
@Command(
        name = "import-linuxconf",
        description = {
            "Takes domains, users, aliases, quotas, automatic answers and mail over from Linuxconf's files.",
            "To be run again for the mail that came meanwhile: nothing is taken over twice."
        },
        mixinStandardHelpOptions = true)
final class ImportLinuxconfCommand implements Callable<Integer> {
    private static final String ROOT = "root";

    @Mixin
    private ConfigOption config = new ConfigOption();

    @Option(
            names = "--etc",
            paramLabel = "FOLDER",
            defaultValue = "/etc/vmail",
            description = "with passwd.DOMAIN and so on (default ${DEFAULT-VALUE})")
    private Path etc = Path.of("");

    @Option(
            names = "--spool",
            paramLabel = "FOLDER",
            defaultValue = "/var/spool/vmail",
            description = "with DOMAIN/USER, in mbox format (default ${DEFAULT-VALUE})")
    private Path spool = Path.of("");

    @Option(
            names = "--zone",
            paramLabel = "ZONE",
            description = "of times that do not say theirs, such as Europe/Berlin (default: this machine's)")
    private ZoneId zone = ZoneId.systemDefault();

    @Option(names = "--dry-run", description = "only say what would be done, and what cannot")
    private boolean dryRun;

    @Override
    public Integer call() throws Exception {
        Settings settings = config.read();
        FileDirectory directory = ReferenceServer.directory(settings);
        ReferenceServer.mailboxes(settings, directory);
        MailboxSettings mailboxes = settings.mailboxes();
        boolean maildirs = mailboxes.place().format() == MailboxSettings.Format.MAILDIR
                && mailboxes.ofDomains().values().stream()
                        .allMatch(place -> place.format() == MailboxSettings.Format.MAILDIR);
        if (!maildirs) {
            return refused("mail is imported into Maildirs only");
        }
        Path mail = mailboxes.place().folder().root();
        if (isSame(spool, mail)) {
            return refused("the setting mail names the folder of the old mail; it has to be another one");
        }
        String owner = Files.getOwner(mail).getName();
        if (ROOT.equals(System.getProperty("user.name")) && !ROOT.equals(owner)) {
            return refused("what root makes in " + mail + " its owner could not read; be " + owner
                    + ", as docs/guide/migration.md shows");
        }
        return new LinuxconfImport(settings, settings.directory().orElseThrow(), etc, spool, zone, dryRun).run();
    }

    private static int refused(String why) {
        System.err.println("vmail: " + why);
        return Sysexits.USAGE;
    }

    static boolean isSame(Path one, Path other) throws IOException {
        return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
    }
}
