package org.vmail.address;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import org.vmail.internal.Printable;

/** The rules for what stands before the {@code @}: its content, that is, without the quotes that it may need on the wire. */
final class LocalPart {
    static final int MAX_OCTETS = 64;

    private static final String ATEXT_SPECIALS = "!#$%&'*+-/=?^_`{|}~";

    private static final int ZERO_WIDTH_NON_JOINER = 0x200c;
    private static final int ZERO_WIDTH_JOINER = 0x200d;

    private LocalPart() {}

    /** Returns the content in Unicode normal form C (RFC 6532, section 3.1), or throws IllegalArgumentException. */
    static String canonical(String content) {
        check(!content.isEmpty(), content, "is empty");
        check(content.length() <= MAX_OCTETS, content, "is longer than 64 octets");
        content.codePoints().forEach(codePoint -> check(isAllowed(codePoint), content, "has a forbidden character"));
        check(!content.startsWith(".") && !content.contains(".."), content, "could leave its folder");
        check(!content.startsWith(" ") && !content.endsWith(" "), content, "begins or ends with a space");
        String normal = Normalizer.normalize(content, Normalizer.Form.NFC);
        check(fits(normal), content, "is longer than 64 octets");
        return normal;
    }

    static boolean fits(String content) {
        return content.getBytes(StandardCharsets.UTF_8).length <= MAX_OCTETS;
    }

    /** Whether the content can stand without quotes: the Dot-string of RFC 5321, section 4.1.2, with RFC 6531's UTF-8. */
    static boolean isDotString(String content) {
        return !content.isEmpty()
                && !content.startsWith(".")
                && !content.endsWith(".")
                && !content.contains("..")
                && content.codePoints().allMatch(c -> c == '.' || isAtext(c));
    }

    private static boolean isAtext(int c) {
        return c >= 0x80
                || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || ATEXT_SPECIALS.indexOf(c) >= 0;
    }

    private static boolean isAllowed(int codePoint) {
        // U+FFFD stands for octets that were no UTF-8: nobody's name.
        if (codePoint == '/' || codePoint == '\\' || codePoint == 0xfffd) {
            return false;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.SURROGATE,
                    Character.UNASSIGNED,
                    Character.PRIVATE_USE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> codePoint == ' ';
            // What nobody sees makes two addresses look alike; the two joiners are part of how some scripts are
            // spelled.
            case Character.FORMAT -> codePoint == ZERO_WIDTH_NON_JOINER || codePoint == ZERO_WIDTH_JOINER;
            default -> true;
        };
    }

    private static void check(boolean condition, String content, String problem) {
        if (!condition) {
            throw new IllegalArgumentException("The local part '" + Printable.of(content) + "' " + problem);
        }
    }
}
