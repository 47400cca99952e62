package org.vmail.delivery.lmtp;

import com.google.common.base.CharMatcher;
import java.util.Optional;

/**
 * A command line, taken apart.
 *
 * @param verb what is to be done
 * @param argument all that follows the keyword, without the spaces around it; one char for each octet
 */
record Command(Verb verb, String argument) {
    private static final CharMatcher CONTROLS =
            CharMatcher.inRange('\0', '\u001f').or(CharMatcher.is('\u007f'));
    private static final CharMatcher SPACE = CharMatcher.is(' ');

    /** Reads a line, or returns empty if it is no command that there is. */
    static Optional<Command> parse(String line) {
        if (CONTROLS.matchesAnyOf(line)) {
            return Optional.empty();
        }
        int space = line.indexOf(' ');
        String keyword = space < 0 ? line : line.substring(0, space);
        String argument = space < 0 ? "" : SPACE.trimFrom(line.substring(space + 1));
        return Verb.parse(keyword).map(verb -> new Command(verb, argument));
    }
}
