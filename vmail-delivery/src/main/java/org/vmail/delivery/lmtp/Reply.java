package org.vmail.delivery.lmtp;

import com.google.common.base.CharMatcher;
import java.util.Set;
import org.vmail.delivery.DeliveryResult;
import org.vmail.delivery.Outcome;

/**
 * A reply of one line.
 *
 * @param line a code of RFC 5321, section 4.2, mostly an enhanced one (RFC 2034), and a text
 */
record Reply(String line) {
    static final Reply OK = new Reply("250 2.0.0 ok");

    private static final CharMatcher UNFIT = CharMatcher.inRange(' ', '~').negate();
    private static final int MAX_TEXT = 100;
    private static final Set<String> FAULTS = Set.of("500", "501", "555");

    static Reply of(Outcome outcome) {
        return new Reply(outcome.status().replyCode() + " " + outcome.status() + " " + text(outcome));
    }

    static Reply of(DeliveryResult result) {
        return new Reply(of(result.outcome()).line + " <" + result.recipient() + ">");
    }

    /** One line that is not too long, even if the text is somebody else's, such as a program's. */
    private static String text(Outcome outcome) {
        String line = UNFIT.replaceFrom(outcome.text(), '?');
        return line.substring(0, Math.min(line.length(), MAX_TEXT));
    }

    /** Whether it is for what no client of this protocol sends; what only comes too early or is refused is no such thing. */
    boolean isFault() {
        return FAULTS.contains(line.substring(0, 3));
    }
}
