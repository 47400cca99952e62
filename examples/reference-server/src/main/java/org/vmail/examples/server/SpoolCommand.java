package org.vmail.examples.server;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.vmail.delivery.relay.SpoolAction;
import org.vmail.delivery.relay.SpoolAdministration;
import org.vmail.delivery.relay.SpooledMessage;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists mail that waits to be sent on, and has it tried, returned or dropped. */
@Command(
        name = "spool",
        description = "Lists mail that waits to be sent on, and has it tried, returned or dropped.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND")
final class SpoolCommand {
    /** A server looks every second. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @Command(
            name = "list",
            description = "Prints the messages, the oldest first, who has not got them, and why.",
            mixinStandardHelpOptions = true)
    int list(@Mixin ConfigOption config) throws SettingsException, IOException {
        List<SpooledMessage> messages = spool(config).messages();
        Instant now = Instant.now();
        for (SpooledMessage message : messages) {
            System.out.println(message.id() + " from=" + message.reversePath() + " octets=" + message.octets()
                    + " arrived=" + message.arrived().truncatedTo(ChronoUnit.SECONDS) + " attempts="
                    + message.attempts() + " next="
                    + (message.next().isAfter(now) ? message.next().truncatedTo(ChronoUnit.SECONDS) : "now"));
            for (SpooledMessage.Recipient recipient : message.recipients()) {
                System.out.println("    " + recipient.path()
                        + recipient.trouble().map(trouble -> " " + trouble).orElse(""));
            }
        }
        System.out.println(messages.size() == 1 ? "1 message" : messages.size() + " messages");
        return Sysexits.OK;
    }

    @Command(name = "show", description = "Prints a message as it is sent.", mixinStandardHelpOptions = true)
    int show(@Mixin ConfigOption config, @Parameters(paramLabel = "ID") String id)
            throws SettingsException, IOException {
        Optional<InputStream> content = spool(config).content(id);
        if (content.isEmpty()) {
            return Administration.refused("there is no message " + id);
        }
        try (InputStream in = content.get()) {
            in.transferTo(System.out);
        }
        System.out.flush();
        return Sysexits.OK;
    }

    @Command(
            name = "retry",
            description = "Has messages tried now: all, or those that are named.",
            mixinStandardHelpOptions = true)
    int retry(@Mixin ConfigOption config, @Parameters(paramLabel = "ID", arity = "0..*") List<String> ids)
            throws SettingsException, IOException {
        if (ids == null || ids.isEmpty()) {
            return told(spool(config).retryAll(PATIENCE), "tried now");
        }
        return ask(config, SpoolAction.RETRY, ids, "tried now");
    }

    @Command(
            name = "return",
            description = "Gives messages up: their senders get a report.",
            mixinStandardHelpOptions = true)
    int giveBack(@Mixin ConfigOption config, @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids)
            throws SettingsException, IOException {
        return ask(config, SpoolAction.RETURN, ids, "returned");
    }

    @Command(name = "drop", description = "Removes messages; nobody is told.", mixinStandardHelpOptions = true)
    int drop(@Mixin ConfigOption config, @Parameters(paramLabel = "ID", arity = "1..*") List<String> ids)
            throws SettingsException, IOException {
        return ask(config, SpoolAction.DROP, ids, "dropped");
    }

    private static int ask(ConfigOption config, SpoolAction action, List<String> ids, String done)
            throws SettingsException, IOException {
        SpoolAdministration spool = spool(config);
        List<String> known = spool.messages().stream().map(SpooledMessage::id).toList();
        for (String id : ids) {
            if (!known.contains(id)) {
                return Administration.refused("there is no message " + id);
            }
        }
        return told(spool.request(action, ids, PATIENCE), done);
    }

    private static int told(boolean isDone, String done) {
        System.out.println(
                isDone
                        ? done
                        : "noted; it will be " + done + " when the server runs, or has finished sending it this time");
        return Sysexits.OK;
    }

    private static SpoolAdministration spool(ConfigOption config) throws SettingsException, IOException {
        return SpoolAdministration.of(config.read()
                .relay()
                .flatMap(RelaySettings::spool)
                .map(RelaySettings.Spool::folder)
                .orElseThrow(() -> new SettingsException("relay.spool-folder is missing: there is no spool")));
    }
}
