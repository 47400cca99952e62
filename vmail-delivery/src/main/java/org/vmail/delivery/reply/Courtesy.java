package org.vmail.delivery.reply;

import com.google.common.base.Ascii;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.vmail.address.MailAddress;
import org.vmail.delivery.reply.AutoReplyResult.Reason;

/** To which messages no program answers (RFC 3834, section 2). */
final class Courtesy {
    private static final Set<String> SYSTEM_NAMES = Set.of(
            "mailer-daemon",
            "postmaster",
            "listserv",
            "majordomo",
            "mailer",
            "noreply",
            "no-reply",
            "donotreply",
            "root");
    private static final Pattern SYSTEM_FORMS =
            Pattern.compile("owner-.*|.*-owner|.*-request|.*-bounces?|bounces?[-+].*|.*-relay");
    private static final Pattern SUPPRESSED = Pattern.compile("(?i).*\\b(all|autoreply|oof)\\b.*");
    private static final Pattern WITHOUT_COMMENT = Pattern.compile("[^;(\\s]*");

    /** An address within a list of them; what stands in quotes is no address that we would answer for. */
    private static final Pattern ADDRESS = Pattern.compile("[^\\s<>,;:\"()@]+@[^\\s<>,;:\"()@]+");

    private Courtesy() {}

    /** Whether a sender is one whom nobody answers. */
    static boolean isSystem(MailAddress sender) {
        String name = Ascii.toLowerCase(sender.localPart());
        return SYSTEM_NAMES.contains(name) || SYSTEM_FORMS.matcher(name).matches();
    }

    /** What the header says against an answer. */
    static Optional<Reason> objection(HeaderFields header) {
        boolean automatic =
                header.values("Auto-Submitted").map(Courtesy::keyword).anyMatch(word -> !word.equals("no"))
                        || header.values("X-Auto-Response-Suppress")
                                .anyMatch(value -> SUPPRESSED.matcher(value).matches());
        if (automatic) {
            return Optional.of(Reason.AUTOMATIC);
        }
        boolean bulk =
                header.values("Precedence").map(Courtesy::keyword).anyMatch(Set.of("bulk", "junk", "list")::contains)
                        || header.fields().stream()
                                .anyMatch(
                                        field -> Ascii.toLowerCase(field.name()).startsWith("list-"))
                        || header.values("Mailing-List").findAny().isPresent();
        return bulk ? Optional.of(Reason.BULK) : Optional.empty();
    }

    /** Whether one of a user's addresses, in lower case, is among the recipients that the header names. */
    static boolean isAddressed(HeaderFields header, Set<MailAddress> addresses) {
        return Stream.of("To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc")
                .flatMap(header::values)
                .flatMap(value -> ADDRESS.matcher(value).results().map(MatchResult::group))
                .flatMap(text -> MailAddress.parse(text).stream())
                .anyMatch(address -> addresses.contains(address.toLowerCase()));
    }

    private static String keyword(String value) {
        Matcher matcher = WITHOUT_COMMENT.matcher(value);
        return matcher.lookingAt() ? Ascii.toLowerCase(matcher.group()) : "";
    }
}
