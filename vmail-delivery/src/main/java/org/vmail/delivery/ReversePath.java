package org.vmail.delivery;

import com.google.common.base.CharMatcher;
import java.util.Optional;
import java.util.regex.Pattern;
import org.vmail.internal.Printable;

/**
 * Who gets the report if a message cannot be delivered (RFC 5321, section 4.1.1.2): an address anywhere, or nobody.
 *
 * <p>It is somebody else's address and is not held to the rules of our own mailboxes; it only has to be fit for a header
 * line. Immutable and thread-safe.
 *
 * @param address the address without angle brackets; empty for the null reverse-path
 */
public record ReversePath(String address) {
    /** The longest path, in characters (RFC 5321, section 4.5.3.1.3), less its brackets. */
    public static final int MAX_LENGTH = 254;

    private static final CharMatcher UNFIT = CharMatcher.javaIsoControl().or(CharMatcher.anyOf("\u2028\u2029"));
    private static final CharMatcher BRACKETS = CharMatcher.anyOf("<>");
    /** RFC 5321, section 4.1.2. */
    private static final Pattern QUOTED_STRING = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"");

    private static final ReversePath NULL = new ReversePath("");

    /**
     * Checks that the address fits into a header line.
     *
     * @param address the address, or an empty text
     * @throws IllegalArgumentException if it is too long or has control characters, or angle brackets that are not in
     *     quotes; the message is safe to log
     */
    public ReversePath {
        if (address.length() > MAX_LENGTH
                || UNFIT.matchesAnyOf(address)
                || BRACKETS.matchesAnyOf(QUOTED_STRING.matcher(address).replaceAll("x"))) {
            throw new IllegalArgumentException("'" + Printable.of(address) + "' is no reverse-path");
        }
    }

    /**
     * The null reverse-path of reports: nobody is told.
     *
     * @return {@code <>}
     */
    public static ReversePath none() {
        return NULL;
    }

    /**
     * The reverse-path of a text that may be anything.
     *
     * @param address the address without angle brackets, or an empty text
     * @return the path, or empty if it is none
     */
    public static Optional<ReversePath> parse(String address) {
        try {
            return Optional.of(new ReversePath(address));
        } catch (IllegalArgumentException notAPath) {
            return Optional.empty();
        }
    }

    /**
     * The path as it stands in an envelope and in a Return-Path field.
     *
     * @return the address in angle brackets
     */
    @Override
    public String toString() {
        return "<" + address + ">";
    }
}
