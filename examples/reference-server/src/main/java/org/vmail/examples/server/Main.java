package org.vmail.examples.server;

import java.io.IOException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. A problem is one line on standard error and an exit code of sysexits.h. */
@Command(
        name = "vmail",
        description = "Hosts mail for many domains: POP3 out, LMTP in.",
        mixinStandardHelpOptions = true,
        version = "vmail 0.1",
        subcommands = {
            ServeCommand.class,
            CheckCommand.class,
            PasswordCommand.class,
            DomainCommand.class,
            UserCommand.class,
            AliasCommand.class,
            SpoolCommand.class,
            ImportUniqueIdsCommand.class,
            ImportLinuxconfCommand.class,
            DemoCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = "  deliver    Delivers the message on standard input; see 'vmail deliver --help'.")
final class Main {
    private Main() {}

    public static void main(String[] args) {
        int status = run(args);
        // Servers go on serving on threads of their own.
        if (status != ServeCommand.SERVING) {
            System.exit(status);
        }
    }

    static int run(String... args) {
        if (args.length > 0 && args[0].equals("deliver")) {
            return Vdeliver.run(List.of(args).subList(1, args.length)); // reads its words itself: most are a stranger's
        }
        CommandLine commandLine = new CommandLine(new Main());
        commandLine.setExpandAtFiles(false);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setExecutionExceptionHandler((failure, command, parsed) -> exitCode(failure, command));
        commandLine.setParameterExceptionHandler((failure, arguments) -> {
            failure.getCommandLine().getErr().println("vmail: " + failure.getMessage());
            failure.getCommandLine().getErr().println("Try 'vmail --help'.");
            return Sysexits.USAGE;
        });
        if (args.length == 0) {
            commandLine.usage(System.err);
            return Sysexits.USAGE;
        }
        return commandLine.execute(args);
    }

    private static int exitCode(Exception failure, CommandLine command) throws Exception {
        if (failure instanceof SettingsException) {
            command.getErr().println("vmail: " + failure.getMessage());
            return Sysexits.CONFIG;
        }
        if (failure instanceof IOException e) {
            command.getErr().println("vmail: " + Reasons.of(e));
            return Sysexits.UNAVAILABLE;
        }
        throw failure;
    }
}
