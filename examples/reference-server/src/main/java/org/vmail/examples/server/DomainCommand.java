package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.vmail.address.Domain;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds, lists and removes domains in the files of the directory. */
@Command(
        name = "domain",
        description = "Adds, lists and removes hosted domains. A running server takes it up.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommandsRepeatable = false)
final class DomainCommand {
    @Command(name = "add", description = "Begins to host a domain.", mixinStandardHelpOptions = true)
    int add(
            @Mixin ConfigOption config,
            @Option(names = "--with-mail", description = "let its users have the mail that is there already")
                    boolean withMail,
            @Parameters(paramLabel = "DOMAIN") String name)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            Domain domain = Domain.of(name);
            List<Path> mail = administration.archive().of(domain);
            if (!withMail && !mail.isEmpty()) {
                return Administration.refused(
                        mail.get(0) + " is there already; 'domain remove' moves it into an archive,"
                                + " and with --with-mail the new users get it");
            }
            return Administration.told(administration.editor().addDomain(domain), domain + " is hosted");
        });
    }

    @Command(name = "list", description = "Prints the hosted domains.", mixinStandardHelpOptions = true)
    int list(@Mixin ConfigOption config) throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        for (Domain domain : administration.directory().domains()) {
            System.out.println(
                    domain + ": " + administration.directory().users(domain).size() + " users");
        }
        return Sysexits.OK;
    }

    @Command(
            name = "remove",
            description = "Ends to host a domain. Its files and its mail are kept in archives.",
            mixinStandardHelpOptions = true)
    int remove(
            @Mixin ConfigOption config,
            @Option(names = "--wait", paramLabel = "TIME", description = "for a running server (default 3s)")
                    Optional<String> wait,
            @Parameters(paramLabel = "DOMAIN") String name)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            Domain domain = Domain.of(name);
            int status = Sysexits.OK;
            if (administration.archive().of(domain).isEmpty() || isHosted(administration, domain)) {
                status = Administration.told(
                        administration.editor().removeDomain(domain), domain + " is no longer hosted");
            }
            return status == Sysexits.OK
                    ? UserCommand.archived(
                            administration,
                            domain.name(),
                            wait,
                            () -> administration.archive().of(domain))
                    : status;
        });
    }

    private static boolean isHosted(Administration administration, Domain domain) throws IOException {
        return administration.directory().domains().contains(domain);
    }
}
