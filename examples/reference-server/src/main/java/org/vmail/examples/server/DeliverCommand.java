package org.vmail.examples.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.MessageSpool;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.ReversePath;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Delivers one message, as an MTA's local delivery agent. Whatever is not surely the message's own fault is exit code 75,
 * so that the MTA keeps it and tries again.
 */
@Command(
        name = "deliver",
        description = "Delivers the message on standard input.",
        mixinStandardHelpOptions = true,
        footer = "Exit codes are those of sysexits.h: 0 delivered, 67 unknown user, 75 try again.")
final class DeliverCommand implements Callable<Integer> {
    @Mixin
    private ConfigOption config = new ConfigOption();

    @Option(names = "-f", paramLabel = "SENDER", description = "the envelope sender; empty for reports")
    private String sender = "";

    @Option(
            names = "-d",
            paramLabel = "RECIPIENT",
            required = true,
            arity = "1..*",
            description = "envelope recipients")
    private List<String> recipients = new ArrayList<>();

    @Parameters(paramLabel = "RECIPIENT", arity = "0..*", description = "further envelope recipients")
    private List<String> furtherRecipients = new ArrayList<>();

    @Override
    public Integer call() {
        try {
            return deliver();
        } catch (SettingsException | IOException e) {
            System.err.println("vmail: " + e.getMessage());
            return Sysexits.TEMPFAIL;
        } catch (RuntimeException e) {
            LoggerFactory.getLogger(DeliverCommand.class).error("The message was not delivered; this is a bug", e);
            return Sysexits.TEMPFAIL;
        }
    }

    private int deliver() throws SettingsException, IOException {
        Optional<ReversePath> reversePath = ReversePath.parse(withoutBrackets(sender));
        if (reversePath.isEmpty()) {
            return answer(Sysexits.DATAERR, "5.1.7 bad sender address");
        }
        List<MailAddress> addresses = new ArrayList<>();
        recipients.addAll(furtherRecipients);
        for (String recipient : recipients) {
            Optional<MailAddress> address = MailAddress.parse(withoutBrackets(recipient));
            if (address.isEmpty()) {
                return answer(Sysexits.DATAERR, "5.1.3 bad recipient address");
            }
            addresses.add(address.get());
        }
        Settings settings = config.read();
        Deliverer deliverer = Deliverer.over(ReferenceServer.directory(settings), ReferenceServer.mail(settings));
        long limit = settings.lmtp().options().maxMessageOctets();
        int memory = settings.lmtp().options().memoryOctets();
        Path folder = settings.lmtp().options().spoolFolder();
        try (MessageSpool message = new MessageSpool(limit, memory, folder)) {
            System.in.transferTo(message);
            return message.isTooLarge()
                    ? answer(Sysexits.DATAERR, "5.3.4 the message is too large")
                    : answer(deliverer.deliver(new Envelope(reversePath.get(), addresses), message));
        }
    }

    /** One exit code for all: what may pass counts before what will not, and that before success. */
    private static int answer(List<DeliveryResult> results) {
        int code = Sysexits.OK;
        for (DeliveryResult result : results) {
            Outcome outcome = result.outcome();
            if (outcome instanceof Outcome.Accepted) {
                continue;
            }
            int one = answer(
                    exitCode(outcome), outcome.status() + " " + outcome.text() + " <" + result.recipient() + ">");
            code = code == Sysexits.OK || one == Sysexits.TEMPFAIL ? one : code;
        }
        return code;
    }

    private static int exitCode(Outcome outcome) {
        if (outcome instanceof Outcome.Deferred) {
            return Sysexits.TEMPFAIL;
        }
        boolean nobody = outcome.status().equals(EnhancedStatus.UNKNOWN_USER)
                || outcome.status().equals(EnhancedStatus.UNKNOWN_DOMAIN);
        return nobody ? Sysexits.NOUSER : Sysexits.UNAVAILABLE;
    }

    /** Postfix's pipe(8) takes a line that begins with a status code over the exit code's own text. */
    private static int answer(int code, String line) {
        System.out.println(line);
        return code;
    }

    private static String withoutBrackets(String address) {
        return address.startsWith("<") && address.endsWith(">") ? address.substring(1, address.length() - 1) : address;
    }
}
