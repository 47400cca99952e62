package org.vmail.delivery.lmtp;

import com.google.common.base.CharMatcher;
import java.util.Optional;

/** The encoding of parameters that hold any octets (RFC 3461, section 4): {@code +2B} stands for a plus sign. */
final class Xtext {
    private static final CharMatcher HEX = CharMatcher.inRange('0', '9').or(CharMatcher.inRange('A', 'F'));
    private static final CharMatcher LITERAL =
            CharMatcher.inRange('!', '~').and(CharMatcher.noneOf("+=")).precomputed();

    private Xtext() {}

    /** The octets that it stands for, one char each; empty if it is not in order. */
    static Optional<String> decode(String xtext) {
        StringBuilder octets = new StringBuilder(xtext.length());
        for (int i = 0; i < xtext.length(); i++) {
            char c = xtext.charAt(i);
            if (LITERAL.matches(c)) {
                octets.append(c);
            } else if (c == '+'
                    && i + 2 < xtext.length()
                    && HEX.matches(xtext.charAt(i + 1))
                    && HEX.matches(xtext.charAt(i + 2))) {
                octets.append((char) Integer.parseInt(xtext, i + 1, i + 3, 16));
                i += 2;
            } else {
                return Optional.empty();
            }
        }
        return Optional.of(octets.toString());
    }

    /** The same, if what it stands for is printable US-ASCII. */
    static Optional<String> decodePrintable(String xtext) {
        return decode(xtext).filter(CharMatcher.inRange(' ', '~')::matchesAllOf);
    }
}
