package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOP_FallbackServiceProvider;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.MessageSpool;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.relay.ForwardPath;
import org.vmail.delivery.relay.NextHop;
import org.vmail.delivery.relay.OutboundMessage;
import org.vmail.delivery.relay.SmartHost;
import org.vmail.directory.Directory;

/**
 * Delivers one message, as an MTA's local delivery agent. Whatever is not surely the message's own fault is exit code 75,
 * so that the MTA keeps it and tries again.
 *
 * <p>A main class of its own: an MTA starts it for every message, and all that the server's command line needs would only have
 * to be loaded.
 */
final class Vdeliver {
    private static final EnhancedStatus NO_ANSWER = new EnhancedStatus(4, 4, 1);
    private static final EnhancedStatus TOO_LARGE = new EnhancedStatus(5, 3, 4);
    private static final EnhancedStatus BAD_RECIPIENT = new EnhancedStatus(5, 1, 3);

    /** RFC 3463, section 3.6: of commands and of what they need; the sender has nothing to do with it. */
    private static final int PROTOCOL = 5;

    private static final int MEMORY_OCTETS = 1024 * 1024;
    private static final int MAX_LINE = 500;

    private Vdeliver() {}

    public static void main(String[] arguments) {
        List<String> words = List.of(arguments);
        if (words.contains("--lmtp")) {
            // The answer says it all, and a logging system takes longer to start than the rest.
            System.setProperty("slf4j.internal.verbosity", "ERROR");
            System.setProperty("slf4j.provider", NOP_FallbackServiceProvider.class.getName());
        }
        System.exit(run(words));
    }

    /** Postfix's pipe(8) reads both outputs as one, and a status code counts only at its beginning: the log comes last. */
    static int run(List<String> arguments) {
        if (arguments.equals(List.of("--help"))) {
            System.out.print(DeliveryOrder.HELP);
            return Sysexits.OK;
        }
        PrintStream errors = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, UTF_8));
        try {
            return answer(arguments);
        } catch (RuntimeException | Error e) {
            System.out.println(EnhancedStatus.SYSTEM_FAILURE + " vdeliver failed: "
                    + e.getClass().getSimpleName());
            return Sysexits.TEMPFAIL;
        } finally {
            System.out.flush();
            System.setErr(errors);
            errors.writeBytes(log.toByteArray());
            errors.flush();
        }
    }

    private static int answer(List<String> arguments) {
        try {
            DeliveryOrder order = DeliveryOrder.parse(arguments, System.getenv());
            return report(
                    order.way() instanceof DeliveryOrder.Way.Lmtp lmtp
                            ? handOver(order.envelope(), lmtp.server())
                            : deliver(order.envelope(), ((DeliveryOrder.Way.Direct) order.way()).config()));
        } catch (DeliveryFailure e) {
            if (e.exitCode() == Sysexits.DATAERR) {
                readToTheEnd();
            }
            return answer(e.exitCode(), e.status(), String.valueOf(e.getMessage()));
        } catch (SettingsException e) {
            return answer(Sysexits.TEMPFAIL, DeliveryFailure.MISCONFIGURED, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            return answer(Sysexits.TEMPFAIL, EnhancedStatus.SYSTEM_FAILURE, Reasons.of(e));
        } catch (RuntimeException | Error e) {
            LoggerFactory.getLogger(Vdeliver.class).error("The message was not delivered; this is a bug", e);
            return answer(Sysexits.TEMPFAIL, EnhancedStatus.SYSTEM_FAILURE, "vdeliver failed: " + e);
        }
    }

    /** Mail is returned only by an MTA that could write all of it, as some take a broken pipe for the answer. */
    private static void readToTheEnd() {
        try {
            System.in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException e) {
            LoggerFactory.getLogger(Vdeliver.class).debug("The message cannot be read", e);
        }
    }

    private static List<DeliveryResult> handOver(Envelope envelope, SmartHost server)
            throws DeliveryFailure, IOException {
        try (MessageSpool message = new MessageSpool(
                Long.MAX_VALUE, MEMORY_OCTETS, Path.of(System.getProperty("java.io.tmpdir", "/tmp")))) {
            StandardInput.copy(System.in, message);
            List<NextHop.Result> answers;
            try {
                answers = server.send(new OutboundMessage(
                        envelope.reversePath(),
                        envelope.recipients().stream().map(ForwardPath::of).toList(),
                        message,
                        message.octets(),
                        true)); // 7-bit is 8-bit, too
            } catch (IOException e) {
                throw DeliveryFailure.temporary(NO_ANSWER, server + " takes no mail now: " + Reasons.of(e));
            }
            List<DeliveryResult> results = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                results.add(new DeliveryResult(
                        envelope.recipients().get(i), outcome(answers.get(i).outcome())));
            }
            return results;
        }
    }

    /** Without the code of the reply, and never final if it is about what we said. */
    private static Outcome outcome(Outcome outcome) {
        String text = outcome.text().replaceFirst("^[2-5][0-9][0-9] ?(?:[245]\\.[0-9]+\\.[0-9]+ ?)?", "");
        if (outcome instanceof Outcome.Deferred deferred) {
            return new Outcome.Deferred(deferred.status(), text);
        }
        if (outcome instanceof Outcome.Refused refused) {
            EnhancedStatus status = refused.status();
            return status.subject() == PROTOCOL
                    ? new Outcome.Deferred(new EnhancedStatus(4, PROTOCOL, status.detail()), text)
                    : new Outcome.Refused(status, text);
        }
        return outcome;
    }

    private static List<DeliveryResult> deliver(Envelope envelope, Path config)
            throws SettingsException, DeliveryFailure, IOException {
        Settings settings = SettingsFile.read(config);
        try (Accounts accounts = Accounts.open(settings)) {
            return deliver(settings, accounts.directory(), envelope);
        }
    }

    private static List<DeliveryResult> deliver(Settings settings, Directory directory, Envelope envelope)
            throws DeliveryFailure, IOException {
        Deliverer deliverer = Outgoing.forCommand(settings, directory, ReferenceServer.mailboxes(settings, directory));
        long limit = settings.lmtp().options().maxMessageOctets();
        int memory = settings.lmtp().options().memoryOctets();
        Path folder = settings.lmtp().options().spoolFolder();
        try (MessageSpool message = new MessageSpool(limit, memory, folder)) {
            StandardInput.copy(System.in, message);
            if (message.isTooLarge()) {
                throw DeliveryFailure.badData(TOO_LARGE, "the message is too large");
            }
            return deliverer.deliver(envelope, message);
        }
    }

    /**
     * One exit code for all: what may pass counts before what will not, and that before success. The line that goes with it
     * is the first, because it counts more than the exit code.
     */
    private static int report(List<DeliveryResult> results) {
        List<DeliveryResult> failures = results.stream()
                .filter(result -> !result.outcome().isAccepted())
                .sorted(Comparator.comparing(result -> !result.outcome().isDeferred()))
                .toList();
        for (DeliveryResult failure : failures) {
            Outcome outcome = failure.outcome();
            say(outcome.status() + " " + outcome.text() + " <" + failure.recipient() + ">");
        }
        return failures.isEmpty() ? Sysexits.OK : exitCode(failures.get(0).outcome());
    }

    private static int exitCode(Outcome outcome) {
        EnhancedStatus status = outcome.status();
        if (outcome.isDeferred()) {
            return Sysexits.TEMPFAIL;
        }
        if (status.equals(EnhancedStatus.UNKNOWN_USER) || status.equals(EnhancedStatus.UNKNOWN_DOMAIN)) {
            return Sysexits.NOUSER;
        }
        boolean badData =
                status.equals(BAD_RECIPIENT) || status.equals(EnhancedStatus.BAD_SENDER) || status.equals(TOO_LARGE);
        return badData ? Sysexits.DATAERR : Sysexits.UNAVAILABLE;
    }

    private static int answer(int code, EnhancedStatus status, String text) {
        say(status + " " + text);
        return code;
    }

    /** One line of ASCII: MTAs put it into their logs and reports. */
    private static void say(String line) {
        String ascii = line.replaceAll("[^ -~]", "?");
        System.out.println(ascii.length() > MAX_LINE ? ascii.substring(0, MAX_LINE) : ascii);
    }
}
