package org.vmail.address;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import java.net.IDN;
import java.util.List;
import java.util.Optional;
import org.vmail.internal.Printable;

/**
 * A mail domain: a host name in its one canonical form, lower-case and with every label an A-label.
 *
 * <p>What it accepts is the host-name syntax of RFC 1123, section 2.1 (letters, digits and inner hyphens; labels of 1 to
 * 63 octets; 253 in all) whose last label is not all digits, so an IP address is never a domain. Labels in other scripts
 * are converted to A-labels; the four characters on which IDNA 2003 and IDNA 2008 disagree ({@code ß}, {@code ς} and the
 * two zero-width joiners) are refused, because guessing would deliver to somebody else's domain: write such a domain as
 * its {@code xn--} form. A trailing dot is refused.
 *
 * <p>A domain contains no {@code /}, no {@code ..}, no leading dot and no control character, and so is safe as a folder
 * name. Instances are immutable and thread-safe.
 *
 * @param name the canonical name, for example {@code example.org} or {@code xn--mnchen-3ya.example}
 */
public record Domain(String name) implements Comparable<Domain> {
    /** Octets in the longest domain name (RFC 1035, section 2.3.4, less the root label). */
    public static final int MAX_OCTETS = 253;

    private static final int MAX_LABEL_OCTETS = 63;
    private static final CharMatcher LETTERS_DIGITS_HYPHEN = CharMatcher.inRange('a', 'z')
            .or(CharMatcher.inRange('0', '9'))
            .or(CharMatcher.is('-'))
            .precomputed();
    private static final CharMatcher DEVIATIONS =
            CharMatcher.anyOf("\u00df\u1e9e\u03c2\u200c\u200d").precomputed();

    /**
     * Checks a name and brings it into canonical form.
     *
     * @param name a host name in any case, with A-labels or labels in other scripts
     * @throws IllegalArgumentException if it is not a host name; the message says why and is safe to log
     */
    public Domain {
        name = canonical(name);
    }

    /**
     * The domain of a name that is known to be good, such as one in a configuration.
     *
     * @param text a host name in any case, with A-labels or labels in other scripts
     * @return its canonical domain
     * @throws IllegalArgumentException if it is not a host name; the message says why and is safe to log
     */
    public static Domain of(String text) {
        return new Domain(text);
    }

    /**
     * The domain of a name that may be anything, such as one a client sent.
     *
     * @param text any text
     * @return its canonical domain, or empty if it is not a host name
     */
    public static Optional<Domain> parse(String text) {
        try {
            return Optional.of(new Domain(text));
        } catch (IllegalArgumentException notADomain) {
            return Optional.empty();
        }
    }

    /**
     * Compares canonical names in alphabetical order.
     *
     * @param other another domain
     * @return as {@link Comparable} says
     */
    @Override
    public int compareTo(Domain other) {
        return name.compareTo(other.name);
    }

    /**
     * The canonical name.
     *
     * @return {@link #name()}
     */
    @Override
    public String toString() {
        return name;
    }

    private static String canonical(String text) {
        // Bounds the work of the conversion: an A-label spends at least an octet on each character, a String at most
        // two.
        check(text.length() <= 2 * MAX_OCTETS, text, "is too long");
        String ascii = CharMatcher.ascii().matchesAllOf(text) ? text : toAscii(text);
        String name = Ascii.toLowerCase(ascii);
        check(!name.isEmpty() && name.length() <= MAX_OCTETS, text, "is empty or too long");
        List<String> labels = List.of(name.split("\\.", -1));
        for (String label : labels) {
            check(!label.isEmpty() && label.length() <= MAX_LABEL_OCTETS, text, "has an empty or too long label");
            check(LETTERS_DIGITS_HYPHEN.matchesAllOf(label), text, "has a character that host names cannot have");
            check(
                    !label.startsWith("-") && !label.endsWith("-"),
                    text,
                    "has a label that begins or ends with a hyphen");
        }
        String last = labels.get(labels.size() - 1);
        check(!CharMatcher.inRange('0', '9').matchesAllOf(last), text, "ends in a number, as an IP address does");
        return name;
    }

    private static String toAscii(String text) {
        check(DEVIATIONS.matchesNoneOf(text), text, "is ambiguous between IDNA 2003 and 2008; write its xn-- form");
        try {
            return IDN.toASCII(text, IDN.USE_STD3_ASCII_RULES);
        } catch (IllegalArgumentException | IndexOutOfBoundsException notConvertible) {
            throw refused(text, "has a label that cannot be converted to an A-label");
        }
    }

    private static void check(boolean condition, String text, String problem) {
        if (!condition) {
            throw refused(text, problem);
        }
    }

    private static IllegalArgumentException refused(String text, String problem) {
        return new IllegalArgumentException("The domain '" + Printable.of(text) + "' " + problem);
    }
}
