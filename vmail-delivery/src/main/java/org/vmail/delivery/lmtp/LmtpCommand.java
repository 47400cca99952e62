package org.vmail.delivery.lmtp;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import java.util.Optional;

/**
 * A command line, taken apart.
 *
 * @param verb what is to be done
 * @param argument all that follows the keyword, without the spaces around it
 */
record LmtpCommand(Verb verb, String argument) {
    private static final CharMatcher CONTROLS =
            CharMatcher.inRange('\0', '\u001f').or(CharMatcher.is('\u007f'));

    enum Verb {
        LHLO,
        MAIL,
        RCPT,
        DATA,
        RSET,
        NOOP,
        QUIT,
        VRFY
    }

    /** Reads a line, or returns empty if it is no command of ours. */
    static Optional<LmtpCommand> parse(String line) {
        if (CONTROLS.matchesAnyOf(line)) {
            return Optional.empty();
        }
        int space = line.indexOf(' ');
        String keyword = Ascii.toUpperCase(space < 0 ? line : line.substring(0, space));
        String argument = space < 0 ? "" : line.substring(space + 1).strip();
        for (Verb verb : Verb.values()) {
            if (verb.name().equals(keyword)) {
                return Optional.of(new LmtpCommand(verb, argument));
            }
        }
        return Optional.empty();
    }
}
