package org.vmail.delivery.lmtp;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import java.util.List;
import java.util.Optional;

/**
 * The argument of MAIL and RCPT: {@code FROM:<path>} or {@code TO:<path>}, and parameters (RFC 5321, section 4.1.1). Spaces
 * behind the colon are not in the RFC, but clients send them.
 *
 * @param address what stands between the angle brackets, without a source route (RFC 5321, appendix C)
 * @param parameters the words behind it
 */
record PathArgument(String address, List<String> parameters) {
    private static final Splitter WORDS = Splitter.on(' ').omitEmptyStrings();

    /** Reads an argument, or returns empty if it has another form. */
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
        return Optional.of(new PathArgument(withoutRoute(path.substring(1, end)), WORDS.splitToList(rest)));
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
