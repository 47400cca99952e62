package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.concurrent.Callable;
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
        ReferenceServer.mail(settings, ReferenceServer.directory(settings));
        if (isSame(spool, settings.mailboxes().place().folder().root())) {
            System.err.println("vmail: the setting mail names the folder of the old mail; it has to be another one");
            return Sysexits.USAGE;
        }
        return new LinuxconfImport(settings, etc, spool, zone, dryRun).run();
    }

    static boolean isSame(Path one, Path other) throws IOException {
        return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
    }
}
