package org.vmail.delivery.relay;

import com.google.common.base.CharMatcher;
import java.net.ProtocolException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Outcome;

/**
 * A reply of an SMTP or LMTP server (RFC 5321, section 4.2).
 *
 * @param code 200 to 599
 * @param lines what follows the code in each line, one char for each octet; at least one line
 */
record SmtpReply(int code, List<String> lines) {
    private static final Pattern LINE = Pattern.compile("([2-5][0-9][0-9])(?:([ -])(.*))?", Pattern.DOTALL);
    private static final Pattern STATUS =
            Pattern.compile("([245])\\.([0-9]{1,3})\\.([0-9]{1,3})(?: .*)?", Pattern.DOTALL);
    private static final CharMatcher VISIBLE = CharMatcher.inRange(' ', '~');
    private static final int LONGEST_TEXT = 400;

    /** The service closes the connection, whatever the command was (RFC 5321, section 3.8). */
    private static final int CLOSING = 421;

    /** Too many recipients, or too much mail. */
    private static final int EXCEEDED = 552;

    private static final EnhancedStatus TOO_MANY_RECIPIENTS = new EnhancedStatus(5, 5, 3);

    /**
     * One line of a reply.
     *
     * @param isLast whether no line of the same reply follows
     */
    record Line(int code, boolean isLast, String text) {
        static Line parse(String line) throws ProtocolException {
            Matcher matcher = LINE.matcher(line);
            if (!matcher.matches()) {
                throw new ProtocolException("what is no reply of a mail server");
            }
            String text = matcher.group(3);
            return new Line(
                    Integer.parseInt(matcher.group(1)), !"-".equals(matcher.group(2)), text == null ? "" : text);
        }
    }

    SmtpReply {
        lines = List.copyOf(lines);
    }

    boolean isPositive() {
        return code < 300;
    }

    boolean isClosing() {
        return code == CLOSING;
    }

    /** All of it in one line of printable ASCII, not longer than is good for a log. */
    String text() {
        String visible = VISIBLE.negate().replaceFrom((code + " " + String.join(" ", lines)).strip(), '?');
        return visible.length() > LONGEST_TEXT ? visible.substring(0, LONGEST_TEXT) : visible;
    }

    /** What it means for a recipient, as the reply to the message or to a command that concerns all. */
    NextHop.Result result() throws ProtocolException {
        Outcome outcome = switch (code / 100) {
            case 2 -> new Outcome.Accepted();
            case 4 -> new Outcome.Deferred(status(), text());
            case 5 -> new Outcome.Refused(status(), text());
            default -> throw new ProtocolException("a reply out of place: " + text());
        };
        return new NextHop.Result(outcome, Optional.of(text()));
    }

    /**
     * What it means for the recipient of a RCPT. A 552 is the old form of 452: too many recipients at a time (RFC 5321,
     * section 4.5.3.1.10), unless its enhanced status says that it is something else.
     */
    NextHop.Result recipientResult() throws ProtocolException {
        boolean tooMany =
                code == EXCEEDED && given().map(TOO_MANY_RECIPIENTS::equals).orElse(true);
        return tooMany
                ? new NextHop.Result(new Outcome.Deferred(new EnhancedStatus(4, 5, 3), text()), Optional.of(text()))
                : result();
    }

    private EnhancedStatus status() {
        return given().orElseGet(() -> new EnhancedStatus(code / 100, 0, 0));
    }

    /** The enhanced status, if there is one that fits the code (RFC 2034). */
    private Optional<EnhancedStatus> given() {
        Matcher matcher = STATUS.matcher(lines.get(0));
        if (!matcher.matches() || Integer.parseInt(matcher.group(1)) != code / 100) {
            return Optional.empty();
        }
        return Optional.of(
                new EnhancedStatus(code / 100, Integer.parseInt(matcher.group(2)), Integer.parseInt(matcher.group(3))));
    }
}
