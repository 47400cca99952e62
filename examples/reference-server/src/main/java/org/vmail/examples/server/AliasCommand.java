package org.vmail.examples.server;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasTarget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Adds, lists and removes aliases in the alias files of domains. */
@Command(
        name = "alias",
        description = "Adds, lists and removes aliases in the alias file of a domain. A running server takes it up.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class AliasCommand {
    @Command(name = "add", description = "Adds an alias.", mixinStandardHelpOptions = true)
    int add(
            @Mixin ConfigOption config,
            @Parameters(paramLabel = "ADDRESS") String name,
            @Parameters(paramLabel = "TARGET", arity = "1..*", description = "as in the file") List<String> targets)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            MailAddress alias = administration.account(name);
            return Administration.told(
                    administration.editor().addAlias(alias, String.join(", ", targets)), alias + " is an alias");
        });
    }

    @Command(name = "list", description = "Prints the aliases of a domain.", mixinStandardHelpOptions = true)
    int list(@Mixin ConfigOption config, @Parameters(paramLabel = "DOMAIN") String name)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            Domain domain = Domain.of(name);
            if (administration.directory().domain(domain).isEmpty()) {
                return Administration.refused("there is no domain " + domain);
            }
            for (Alias alias : administration.directory().aliases(domain)) {
                System.out.println(alias.address() + ": "
                        + alias.targets().stream().map(AliasCommand::text).collect(Collectors.joining(", ")));
            }
            return Sysexits.OK;
        });
    }

    @Command(name = "remove", description = "Removes an alias.", mixinStandardHelpOptions = true)
    int remove(@Mixin ConfigOption config, @Parameters(paramLabel = "ADDRESS") String name)
            throws SettingsException, IOException {
        Administration administration = Administration.of(config);
        return Administration.run(() -> {
            MailAddress alias = administration.account(name);
            return Administration.told(administration.editor().removeAlias(alias), alias + " is no longer an alias");
        });
    }

    private static String text(AliasTarget target) {
        return target instanceof AliasTarget.Unusable to
                ? to.written() + " (unusable: " + to.problem() + ")"
                : target.written();
    }
}
