package org.vmail.delivery.lmtp;

import com.google.common.base.Ascii;
import com.google.common.base.Splitter;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.vmail.address.MailAddress;

/**
 * What RCPT says (RFC 5321, section 4.1.1.3).
 *
 * @param recipient who gets the message
 * @param wish which reports the sender wants
 */
record RcptArgument(MailAddress recipient, Wish wish) {
    private static final String POSTMASTER = "postmaster";
    private static final Splitter COMMAS = Splitter.on(',');
    private static final int MAX_ORIGINAL = 500;
    private static final Pattern ADDRESS_TYPE = Pattern.compile("[!#$%&'*+\\-/0-9=?A-Z^_`a-z{|}~]+");
    /** RFC 6533, section 3: what is not printed is written as {@code \x{20}}, or with SMTPUTF8 as it is. */
    private static final Pattern UTF8_ADDRESS =
            Pattern.compile("(?:[!-*,-<>-\\[\\]-~\\x80-\\xff]|\\\\x\\{[0-9A-F]{2,6}\\})+");

    /** When the sender wants to hear of it (RFC 3461, section 4.1). */
    enum Report {
        SUCCESS,
        FAILURE,
        DELAY
    }

    /**
     * Which reports the sender wants (RFC 3461, sections 4.1 and 4.2).
     *
     * @param reports when to make one: none for never, empty leaves that to us
     * @param originalRecipient whom the sender wrote to: a type of address, a semicolon, and the address as it came
     */
    record Wish(Optional<Set<Report>> reports, Optional<String> originalRecipient) {
        static final Wish NONE = new Wish(Optional.empty(), Optional.empty());
    }

    static Parsed<RcptArgument> parse(String argument, boolean smtpUtf8, LmtpOptions options) {
        Optional<PathArgument> path = PathArgument.parse("TO:", argument);
        if (path.isEmpty()) {
            return Parsed.invalid("501 5.5.4 use RCPT TO:<address>");
        }
        Wish wish = Wish.NONE;
        for (Map.Entry<String, String> parameter : path.get().parameters().entrySet()) {
            String keyword = parameter.getKey();
            if (!options.dsn() || !(keyword.equals("NOTIFY") || keyword.equals("ORCPT"))) {
                return Parsed.invalid("555 5.5.4 unknown parameter");
            }
            Optional<Wish> wished = wish(wish, keyword, parameter.getValue(), smtpUtf8);
            if (wished.isEmpty()) {
                return Parsed.invalid("501 5.5.4 bad " + keyword);
            }
            wish = wished.get();
        }
        return withPath(path.get().address(), smtpUtf8, wish, options);
    }

    private static Parsed<RcptArgument> withPath(String octets, boolean smtpUtf8, Wish wish, LmtpOptions options) {
        if (!smtpUtf8 && !Utf8.isAscii(octets)) {
            return Parsed.invalid("553 5.6.7 the address needs SMTPUTF8");
        }
        Optional<MailAddress> recipient = Ascii.equalsIgnoreCase(octets, POSTMASTER)
                ? options.postmasterDomain().map(domain -> new MailAddress(POSTMASTER, domain))
                : Utf8.decode(octets).flatMap(MailAddress::parse);
        return recipient.isPresent()
                ? new Parsed.Valid<>(new RcptArgument(recipient.get(), wish))
                : Parsed.invalid("553 5.1.3 bad recipient address");
    }

    private static Optional<Wish> wish(Wish known, String keyword, String value, boolean smtpUtf8) {
        return keyword.equals("NOTIFY")
                ? reports(value).map(reports -> new Wish(Optional.of(reports), known.originalRecipient))
                : Optional.of(value)
                        .filter(original -> isOriginalRecipient(original, smtpUtf8))
                        .map(original -> new Wish(known.reports, Optional.of(original)));
    }

    private static Optional<Set<Report>> reports(String value) {
        Set<Report> reports = EnumSet.noneOf(Report.class);
        if (Ascii.equalsIgnoreCase(value, "NEVER")) {
            return Optional.of(reports);
        }
        for (String word : COMMAS.split(Ascii.toUpperCase(value))) {
            Optional<Report> one = EnumSet.allOf(Report.class).stream()
                    .filter(each -> each.name().equals(word))
                    .findFirst();
            if (one.isEmpty() || !reports.add(one.get())) {
                return Optional.empty();
            }
        }
        return Optional.of(reports);
    }

    private static boolean isOriginalRecipient(String value, boolean smtpUtf8) {
        int semicolon = value.indexOf(';');
        if (semicolon < 0 || value.length() > MAX_ORIGINAL) {
            return false;
        }
        String type = value.substring(0, semicolon);
        String address = value.substring(semicolon + 1);
        if (!ADDRESS_TYPE.matcher(type).matches() || address.isEmpty()) {
            return false;
        }
        if (!Ascii.equalsIgnoreCase(type, "utf-8")) {
            return Xtext.decodePrintable(address).isPresent();
        }
        return UTF8_ADDRESS.matcher(address).matches()
                && (Utf8.isAscii(address) || (smtpUtf8 && Utf8.decode(address).isPresent()));
    }
}
