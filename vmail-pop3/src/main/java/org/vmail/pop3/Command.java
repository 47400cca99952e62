package org.vmail.pop3;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import com.google.common.primitives.Ints;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A command line, taken apart (RFC 1939, section 3).
 *
 * @param verb what is to be done
 * @param argument all that follows the one space behind the keyword; may be a password
 */
record Command(Verb verb, String argument) {
    private static final CharMatcher CONTROLS =
            CharMatcher.inRange('\0', '\u001f').or(CharMatcher.is('\u007f'));
    /** A password may have the others. */
    private static final CharMatcher LINE_CONTROLS = CharMatcher.anyOf("\0\r");

    private static final CharMatcher DIGITS = CharMatcher.inRange('0', '9');

    /** Reads a line, or returns empty if it is no command of ours. */
    static Optional<Command> parse(String line) {
        int space = line.indexOf(' ');
        String keyword = space < 0 ? line : line.substring(0, space);
        String argument = space < 0 ? "" : line.substring(space + 1);
        return Verb.parse(keyword)
                .filter(verb -> (verb == Verb.PASS ? LINE_CONTROLS : CONTROLS).matchesNoneOf(argument))
                .map(verb -> new Command(verb, argument));
    }

    /** The arguments that are not a password: separated by spaces, which may also follow the last. */
    List<String> arguments() {
        return Splitter.on(' ').omitEmptyStrings().splitToList(argument);
    }

    /** The number in an argument, or empty if it is none; one that is too large counts as the largest. */
    static OptionalInt number(String text) {
        if (text.isEmpty() || !DIGITS.matchesAllOf(text)) {
            return OptionalInt.empty();
        }
        Integer number = Ints.tryParse(text);
        return OptionalInt.of(number == null ? Integer.MAX_VALUE : number);
    }

    /** The argument may be a password. */
    @Override
    public String toString() {
        return verb.name();
    }
}
