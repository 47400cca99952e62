package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
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
import org.vmail.directory.FileDirectory;
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

    @Option(names = "-d", paramLabel = "RECIPIENT", required = true, description = "envelope recipients")
    private List<String> recipients = new ArrayList<>();

    @Parameters(paramLabel = "RECIPIENT", arity = "0..*", description = "further envelope recipients")
    private List<String> furtherRecipients = new ArrayList<>();

    /** Postfix's pipe(8) reads both outputs as one, and a status code counts only at its beginning: the log comes last. */
    @Override
    public Integer call() throws IOException {
        PrintStream errors = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, UTF_8));
        try {
            return answer();
        } finally {
            System.out.flush();
            System.setErr(errors);
            log.writeTo(errors);
        }
    }

    private int answer() {
        try {
            return deliver();
        } catch (SettingsException | IOException e) {
            System.err.println("vmail: " + e.getMessage());
            return Sysexits.TEMPFAIL;
        } catch (RuntimeException | Error e) {
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
        FileDirectory directory = ReferenceServer.directory(settings);
        Deliverer deliverer = Outgoing.forCommand(settings, directory, ReferenceServer.mail(settings, directory));
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

    /**
     * One exit code for all: what may pass counts before what will not, and that before success. The line that goes with it
     * is the first, because it counts more than the exit code.
     */
    private static int answer(List<DeliveryResult> results) {
        List<DeliveryResult> failures = results.stream()
                .filter(result -> !(result.outcome() instanceof Outcome.Accepted))
                .sorted(Comparator.comparing(result -> !(result.outcome() instanceof Outcome.Deferred)))
                .toList();
        for (DeliveryResult failure : failures) {
            System.out.println(
                    failure.outcome().status() + " " + failure.outcome().text() + " <" + failure.recipient() + ">");
        }
        return failures.isEmpty() ? Sysexits.OK : exitCode(failures.get(0).outcome());
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
