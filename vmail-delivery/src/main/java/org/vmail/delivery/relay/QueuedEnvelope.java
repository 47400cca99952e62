package org.vmail.delivery.relay;

import com.google.common.base.CharMatcher;
import com.google.common.primitives.Ints;
import java.net.ProtocolException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.relay.QueuedRecipient.Failed;
import org.vmail.delivery.relay.QueuedRecipient.Trouble;
import org.vmail.delivery.relay.QueuedRecipient.Waiting;

/**
 * What is known of a message in the spool, beside its content. As a file it is UTF-8 text, one fact a line, in this order:
 *
 * <pre>
 * vmail-relay 1
 * arrived: 2026-11-22T08:00:00Z
 * from: &lt;joe@a.example&gt;
 * content: 7bit
 * attempts: 2
 * next: 2026-11-22T08:15:00Z
 * waiting: &lt;ann@b.example&gt; 4.2.1 smtp 450 4.2.1 not now
 * failed: &lt;bob@b.example&gt; 5.1.1 smtp 550 5.1.1 no such user
 * end
 * </pre>
 *
 * {@code content} is 7bit or 8bit. There is a line for each recipient who has not got it: {@code waiting}, or {@code failed}
 * as long as the report to the sender is not in the spool. Behind the address stand a status and a text, {@code smtp} in
 * front of the next host's and {@code vmail} in front of ours; who was not tried yet has none.
 */
record QueuedEnvelope(
        Instant arrived,
        ReversePath from,
        boolean eightBit,
        int attempts,
        Instant next,
        List<QueuedRecipient> recipients) {
    private static final String VERSION = "vmail-relay 1";
    private static final Pattern RECIPIENT =
            Pattern.compile("(waiting|failed): <([^>]+)>(?: ([245])\\.(\\d{1,3})\\.(\\d{1,3}) (smtp|vmail) (.*))?");
    private static final CharMatcher VISIBLE = CharMatcher.inRange(' ', '~');

    QueuedEnvelope {
        recipients = List.copyOf(recipients);
    }

    List<Waiting> waiting() {
        return recipients.stream()
                .filter(Waiting.class::isInstance)
                .map(Waiting.class::cast)
                .toList();
    }

    List<Failed> failed() {
        return recipients.stream()
                .filter(Failed.class::isInstance)
                .map(Failed.class::cast)
                .toList();
    }

    QueuedEnvelope withRecipients(List<QueuedRecipient> others) {
        return new QueuedEnvelope(arrived, from, eightBit, attempts, next, others);
    }

    /** After a round, whatever came of it. */
    QueuedEnvelope tried(Instant nextRound) {
        return new QueuedEnvelope(arrived, from, eightBit, attempts + 1, nextRound, recipients);
    }

    QueuedEnvelope due(Instant when) {
        return new QueuedEnvelope(arrived, from, eightBit, attempts, when, recipients);
    }

    /** The text of the file. */
    String format() {
        StringBuilder text = new StringBuilder(VERSION)
                .append("\narrived: ")
                .append(arrived)
                .append("\nfrom: ")
                .append(from)
                .append("\ncontent: ")
                .append(eightBit ? "8bit" : "7bit")
                .append("\nattempts: ")
                .append(attempts)
                .append("\nnext: ")
                .append(next)
                .append('\n');
        for (QueuedRecipient recipient : recipients) {
            if (recipient instanceof Failed failed) {
                text.append("failed: ").append(failed.path());
                append(text, failed.trouble());
            } else if (recipient instanceof Waiting waiting) {
                text.append("waiting: ").append(waiting.path());
                waiting.trouble().ifPresent(trouble -> append(text, trouble));
            }
            text.append('\n');
        }
        return text.append("end\n").toString();
    }

    private static void append(StringBuilder text, Trouble trouble) {
        text.append(' ')
                .append(trouble.status())
                .append(trouble.byNextHop() ? " smtp " : " vmail ")
                .append(VISIBLE.negate().replaceFrom(trouble.text(), '?'));
    }

    /**
     * Reads the text of a file.
     *
     * @throws ProtocolException if it is anything else, or not whole
     */
    static QueuedEnvelope parse(String text) throws ProtocolException {
        List<String> lines = List.of(text.split("\n", -1));
        int last = lines.size() - 2;
        if (last < 6
                || !lines.get(0).equals(VERSION)
                || !lines.get(last).equals("end")
                || !lines.get(last + 1).isEmpty()) {
            throw new ProtocolException("it is not of the form " + VERSION + ", or not whole");
        }
        try {
            List<QueuedRecipient> recipients = new ArrayList<>();
            for (String line : lines.subList(6, last)) {
                recipients.add(recipient(line));
            }
            String from = value(lines.get(2), "from");
            Integer attempts = Ints.tryParse(value(lines.get(4), "attempts"));
            if (from.length() < 2 || !from.startsWith("<") || !from.endsWith(">") || attempts == null || attempts < 0) {
                throw new ProtocolException("its sender or its number of attempts is none");
            }
            return new QueuedEnvelope(
                    Instant.parse(value(lines.get(1), "arrived")),
                    new ReversePath(from.substring(1, from.length() - 1)),
                    value(lines.get(3), "content").equals("8bit"),
                    attempts,
                    Instant.parse(value(lines.get(5), "next")),
                    recipients);
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new ProtocolException(String.valueOf(e.getMessage()));
        }
    }

    private static String value(String line, String name) throws ProtocolException {
        if (!line.startsWith(name + ": ")) {
            throw new ProtocolException("its line of " + name + " is missing");
        }
        return line.substring(name.length() + 2);
    }

    private static QueuedRecipient recipient(String line) throws ProtocolException {
        Matcher matcher = RECIPIENT.matcher(line);
        if (!matcher.matches()) {
            throw new ProtocolException("a recipient's line is none");
        }
        ForwardPath path = new ForwardPath(matcher.group(2));
        Optional<Trouble> trouble = Optional.ofNullable(matcher.group(3))
                .map(kind -> new Trouble(
                        new EnhancedStatus(
                                Integer.parseInt(kind),
                                Integer.parseInt(matcher.group(4)),
                                Integer.parseInt(matcher.group(5))),
                        matcher.group(6).equals("smtp"),
                        matcher.group(7)));
        if (matcher.group(1).equals("waiting")) {
            return new Waiting(path, trouble);
        }
        return new Failed(path, trouble.orElseThrow(() -> new ProtocolException("a failure without a reason")));
    }
}
