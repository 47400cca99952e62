package org.vmail.delivery.lmtp;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The argument of MAIL and RCPT: {@code FROM:<path>} or {@code TO:<path>}, and parameters (RFC 5321, section 4.1.1). Spaces
 * behind the colon are not in the RFC, but clients send them.
 *
 * @param address what stands between the angle brackets, without a source route (RFC 5321, appendix C); one char for each octet
 * @param parameters the values by keyword, which is in upper case; an empty one where there is none
 */
record PathArgument(String address, Map<String, String> parameters) {
    private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();
    private static final CharMatcher LETTER_DIGIT =
            CharMatcher.inRange('A', 'Z').or(CharMatcher.inRange('0', '9'));
    private static final CharMatcher KEYWORD = LETTER_DIGIT.or(CharMatcher.is('-'));
    /** With octets of UTF-8 (RFC 6531, section 3.3). */
    private static final CharMatcher VALUE =
            CharMatcher.inRange('!', '~').and(CharMatcher.isNot('=')).or(CharMatcher.inRange('\u0080', '\u00ff'));

    /** Reads an argument, or returns empty if it has another form or says something twice. */
    static Optional<PathArgument> parse(String keyword, String argument) {
        if (argument.length() < keyword.length()
                || !Ascii.equalsIgnoreCase(argument.substring(0, keyword.length()), keyword)) {
            return Optional.empty();
        }
        String path = argument.substring(keyword.length()).stripLeading();
        int end = path.startsWith("<") ? closingBracket(path) : -1;
        if (end < 0) {
            return Optional.empty();
        }
        String rest = path.substring(end + 1);
        if (!rest.isEmpty() && !rest.startsWith(" ")) {
            return Optional.empty();
        }
        String address = withoutRoute(path.substring(1, end));
        return parameters(rest).map(parameters -> new PathArgument(address, parameters));
    }

    private static Optional<Map<String, String>> parameters(String words) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String word : WORDS.split(words)) {
            int equals = word.indexOf('=');
            String keyword = Ascii.toUpperCase(equals < 0 ? word : word.substring(0, equals));
            String value = equals < 0 ? "" : word.substring(equals + 1);
            boolean wellFormed = !keyword.isEmpty()
                    && KEYWORD.matchesAllOf(keyword)
                    && LETTER_DIGIT.matches(keyword.charAt(0))
                    && (equals < 0 || !value.isEmpty())
                    && VALUE.matchesAllOf(value);
            if (!wellFormed || parameters.put(keyword, value) != null) {
                return Optional.empty();
            }
        }
        return Optional.of(parameters);
    }

    /** The first bracket that no quotes enclose. */
    private static int closingBracket(String path) {
        boolean quoted = false;
        for (int i = 1; i < path.length(); i++) {
            char c = path.charAt(i);
            if (quoted && c == '\\') {
                i++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (c == '>' && !quoted) {
                return i;
            }
        }
        return -1;
    }

    private static String withoutRoute(String address) {
        int colon = address.startsWith("@") ? address.indexOf(':') : -1;
        return address.substring(colon + 1);
    }
}
