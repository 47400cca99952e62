package org.vmail.delivery.lmtp;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import com.google.common.primitives.Longs;
import java.util.Map;
import java.util.Optional;
import org.vmail.delivery.ReversePath;

/**
 * What MAIL says (RFC 5321, section 4.1.1.2).
 *
 * @param reversePath who is told of a failure
 * @param octets the size that was announced (SIZE, RFC 1870), or 0
 * @param binary whether the message has no lines (BODY=BINARYMIME, RFC 3030, section 3)
 * @param smtpUtf8 whether addresses and header are in UTF-8 (RFC 6531, section 3.4)
 * @param wish what the sender wants to see in a report
 */
record MailArgument(ReversePath reversePath, long octets, boolean binary, boolean smtpUtf8, Wish wish) {
    private static final CharMatcher DIGITS = CharMatcher.inRange('0', '9');
    private static final int MAX_SIZE_DIGITS = 20;
    private static final int MAX_ENVELOPE_ID = 100;

    /**
     * What the sender wants to see in a report (RFC 3461, sections 4.3 and 4.4).
     *
     * @param wholeMessage whether the message is to be returned; empty leaves that to us
     * @param envelopeId the sender's name for the envelope: printable US-ASCII
     */
    record Wish(Optional<Boolean> wholeMessage, Optional<String> envelopeId) {
        static final Wish NONE = new Wish(Optional.empty(), Optional.empty());
    }

    static Parsed<MailArgument> parse(String argument, LmtpOptions options) {
        Optional<PathArgument> path = PathArgument.parse("FROM:", argument);
        if (path.isEmpty()) {
            return Parsed.invalid("501 5.5.4 use MAIL FROM:<address>");
        }
        long octets = 0;
        boolean binary = false;
        boolean smtpUtf8 = false;
        Wish wish = Wish.NONE;
        for (Map.Entry<String, String> parameter : path.get().parameters().entrySet()) {
            String value = parameter.getValue();
            switch (parameter.getKey() + (value.isEmpty() ? "" : "=")) {
                case "SIZE=" -> {
                    Optional<String> problem = sizeProblem(value, options.maxMessageOctets());
                    if (problem.isPresent()) {
                        return Parsed.invalid(problem.get());
                    }
                    octets = Long.parseLong(value);
                }
                case "BODY=" -> {
                    binary = Ascii.equalsIgnoreCase(value, "BINARYMIME") && options.binaryMime();
                    if (!binary
                            && !Ascii.equalsIgnoreCase(value, "7BIT")
                            && !Ascii.equalsIgnoreCase(value, "8BITMIME")) {
                        return unknownParameter();
                    }
                }
                case "SMTPUTF8" -> {
                    smtpUtf8 = options.smtpUtf8();
                    if (!smtpUtf8) {
                        return unknownParameter();
                    }
                }
                case "RET=", "ENVID=" -> {
                    if (!options.dsn()) {
                        return unknownParameter();
                    }
                    Optional<Wish> wished = wish(wish, parameter.getKey(), value);
                    if (wished.isEmpty()) {
                        return Parsed.invalid("501 5.5.4 bad " + parameter.getKey());
                    }
                    wish = wished.get();
                }
                default -> {
                    return unknownParameter();
                }
            }
        }
        return withPath(path.get().address(), octets, binary, smtpUtf8, wish);
    }

    private static Parsed<MailArgument> withPath(
            String path, long octets, boolean binary, boolean smtpUtf8, Wish wish) {
        if (!smtpUtf8 && !Utf8.isAscii(path)) {
            return Parsed.invalid("553 5.6.7 the address needs SMTPUTF8");
        }
        Optional<ReversePath> reversePath = Utf8.decode(path).flatMap(ReversePath::parse);
        return reversePath.isPresent()
                ? new Parsed.Valid<>(new MailArgument(reversePath.get(), octets, binary, smtpUtf8, wish))
                : Parsed.invalid("501 5.1.7 bad sender address");
    }

    private static Optional<String> sizeProblem(String octets, long maxOctets) {
        if (octets.length() > MAX_SIZE_DIGITS || !DIGITS.matchesAllOf(octets)) {
            return Optional.of("501 5.5.4 bad SIZE");
        }
        Long size = Longs.tryParse(octets);
        return size == null || size > maxOctets ? Optional.of("552 5.3.4 the message is too large") : Optional.empty();
    }

    private static Optional<Wish> wish(Wish known, String keyword, String value) {
        if (keyword.equals("ENVID")) {
            return Optional.of(value)
                    .filter(xtext -> xtext.length() <= MAX_ENVELOPE_ID)
                    .flatMap(Xtext::decodePrintable)
                    .map(id -> new Wish(known.wholeMessage, Optional.of(id)));
        }
        boolean full = Ascii.equalsIgnoreCase(value, "FULL");
        return full || Ascii.equalsIgnoreCase(value, "HDRS")
                ? Optional.of(new Wish(Optional.of(full), known.envelopeId))
                : Optional.empty();
    }

    private static Parsed<MailArgument> unknownParameter() {
        return Parsed.invalid("555 5.5.4 unknown parameter");
    }
}
