package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.common.collect.ImmutableSet;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * The header of a surrogate (RFC 6858, section 2). Fields in ASCII stay octet for octet, the others are rewritten by what
 * they hold, and what has no rule is left out, silently (section 2.4).
 */
final class AsciiHeader {
    /** Section 2.1: only in these do addresses count as such. */
    private static final ImmutableSet<String> ADDRESSES = ImmutableSet.of(
            "bcc",
            "cc",
            "from",
            "reply-to",
            "resent-bcc",
            "resent-cc",
            "resent-from",
            "resent-sender",
            "resent-to",
            "sender",
            "to");

    private static final String RETURN_PATH = "return-path";

    /** Section 2.2: the fields whose parameters can be left out one by one. */
    private static final ImmutableSet<String> PARAMETERS = ImmutableSet.of("content-type", "content-disposition");

    /**
     * Section 2.3 has the subject alone. The others are texts where RFC 2047, section 5, allows the same encoding; whoever
     * reads them should not miss them, and leaving them out would be the only other choice.
     */
    private static final ImmutableSet<String> TEXTS =
            ImmutableSet.of("subject", "comments", "content-description", "organization", "thread-topic");

    private static final String USER_DEFINED = "x-";

    private AsciiHeader() {}

    /** Whether at least one field needs UTF8. */
    static boolean isInternationalized(byte[] header, int end) {
        for (int at = 0; at < end; ) {
            HeaderField field = HeaderField.at(header, at, end);
            if (!field.name().isEmpty() && !field.isAscii() && field.isUtf8()) {
                return true;
            }
            at = field.end();
        }
        return false;
    }

    /** Writes the fields that the surrogate has. Of those that are rewritten it has no more than a header may be long. */
    static void write(byte[] header, int end, ByteArrayOutputStream out) {
        int left = Surrogate.MAX_HEADER_OCTETS;
        for (int at = 0; at < end; ) {
            HeaderField field = HeaderField.at(header, at, end);
            if (field.isAscii()) {
                field.writeTo(out);
            } else {
                Optional<String> lines = left > 0 ? rewritten(field) : Optional.empty();
                left -= lines.map(String::length).orElse(0);
                lines.ifPresent(text -> out.writeBytes(text.getBytes(US_ASCII)));
            }
            at = field.end();
        }
    }

    private static Optional<String> rewritten(HeaderField field) {
        if (field.name().isEmpty() || field.name().length() > FoldedField.MAX_WORD) {
            return Optional.empty();
        }
        String name = field.lowerCaseName();
        FoldedField folded = new FoldedField(field.name());
        if (ADDRESSES.contains(name)) {
            new AddressList(field.value(), folded).rewrite();
        } else if (name.equals(RETURN_PATH)) {
            // A path has no display name (RFC 5322, section 3.6.7).
            folded.words("<" + AddressList.INVALID + ">");
        } else if (PARAMETERS.contains(name)) {
            MimeParameters.rewrite(field.value(), folded);
        } else if (TEXTS.contains(name) || name.startsWith(USER_DEFINED)) {
            EncodedWords.text(field.value(), folded);
        }
        return folded.lines();
    }
}
