package org.vmail.address;

import java.util.Locale;
import java.util.Optional;
import org.vmail.internal.Printable;

/**
 * The address of a mailbox: a local part and a domain (RFC 5321, section 2.3.11).
 *
 * <p>The local part is kept as its content, without quotes: {@code "joe who"@a.example} has the local part
 * {@code joe who}; {@link #toString()} quotes again where that is needed. It may be UTF-8 (RFC 6531) and is kept in
 * Unicode normal form C; its case is kept, too: a {@code Directory} decides whether case matters.
 *
 * <p>Refused, because the text could travel outside its place in a path, a line or a log: {@code /}, {@code \}, a leading
 * dot, {@code ..}, control characters (NUL, CR and LF among them), unpaired surrogates, private-use and unassigned
 * characters, spaces other than inner U+0020, invisible characters other than the zero-width joiners, and more than 64
 * octets. A
 * sender's address is not subject to these rules: it is a reverse-path, not a mailbox of ours.
 *
 * <p>Instances are immutable and thread-safe.
 *
 * @param localPart what stands before the {@code @}, unquoted; 1 to 64 octets of UTF-8
 * @param domain what stands behind it
 */
public record MailAddress(String localPart, Domain domain) {
    private static final int MAX_CHARS = 2 * LocalPart.MAX_OCTETS + Domain.MAX_OCTETS + 3;

    /**
     * Checks a local part and brings it into normal form C.
     *
     * @param localPart the unquoted content
     * @param domain the domain
     * @throws IllegalArgumentException if the local part is refused; the message says why and is safe to log
     */
    public MailAddress {
        localPart = LocalPart.canonical(localPart);
    }

    /**
     * The address of a text that is known to be good, such as one in a configuration.
     *
     * @param text {@code local-part@domain}, the local part a Dot-string or a Quoted-string (RFC 5321, section 4.1.2)
     * @return the address
     * @throws IllegalArgumentException if it is not such an address; the message says why and is safe to log
     */
    public static MailAddress of(String text) {
        if (text.length() > MAX_CHARS) {
            throw new IllegalArgumentException("The address '" + Printable.of(text) + "' is too long");
        }
        int at = text.lastIndexOf('@');
        if (at < 0) {
            throw new IllegalArgumentException("The address '" + Printable.of(text) + "' has no @");
        }
        return new MailAddress(unquote(text.substring(0, at)), Domain.of(text.substring(at + 1)));
    }

    /**
     * The address of a text that may be anything, such as one a client sent.
     *
     * @param text any text
     * @return the address, or empty if {@link #of} would refuse it
     */
    public static Optional<MailAddress> parse(String text) {
        try {
            return Optional.of(of(text));
        } catch (IllegalArgumentException notAnAddress) {
            return Optional.empty();
        }
    }

    /**
     * The same address with its local part in lower case, as a directory that ignores case keeps it.
     *
     * @return this address, or one that differs from it in case only; this one, too, if the other would exceed 64 octets,
     *     as a few letters grow
     */
    public MailAddress toLowerCase() {
        String lower = localPart.toLowerCase(Locale.ROOT);
        return lower.equals(localPart) || !LocalPart.fits(lower) ? this : new MailAddress(lower, domain);
    }

    /**
     * The address as it stands in a path of RFC 5321, quoted if need be, without angle brackets.
     *
     * @return text that {@link #of} turns into an equal address
     */
    @Override
    public String toString() {
        return (LocalPart.isDotString(localPart) ? localPart : quote(localPart)) + "@" + domain;
    }

    private static String quote(String content) {
        return '"' + content.replace("\"", "\\\"") + '"';
    }

    private static String unquote(String wire) {
        if (LocalPart.isDotString(wire)) {
            return wire;
        }
        if (wire.length() < 2 || !wire.startsWith("\"") || !wire.endsWith("\"")) {
            throw new IllegalArgumentException("The local part '" + Printable.of(wire) + "' needs quotes");
        }
        StringBuilder content = new StringBuilder(wire.length());
        int last = wire.length() - 1;
        for (int i = 1; i < last; i++) {
            char c = wire.charAt(i);
            if (c == '\\' && i + 1 < last) {
                content.append(wire.charAt(++i));
            } else if (c == '\\' || c == '"') {
                throw new IllegalArgumentException("The local part '" + Printable.of(wire) + "' is badly quoted");
            } else {
                content.append(c);
            }
        }
        return content.toString();
    }
}
