package org.vmail.internal;

import java.text.Normalizer;
import java.util.Optional;

/**
 * Prepares names and passwords as SASLprep says (RFC 4013), so that the same text typed on two keyboards is the same
 * octets: spaces of other scripts become U+0020, invisible characters go, the rest is brought into normal form KC; control
 * characters, private-use and unassigned characters are refused, and so is text whose directions mix (RFC 3454, section
 * 6).
 *
 * <p>Characters are classified by the Unicode version of the JDK, not by the tables of Unicode 3.2 that the RFC refers to,
 * so characters that were added since are letters like others.
 */
public final class SaslPrep {
    private SaslPrep() {}

    /**
     * Prepares a text.
     *
     * @param text what a user typed
     * @return the prepared text, which may be empty, or empty if it has what no prepared text can have
     */
    public static Optional<String> prepare(String text) {
        if (text.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
            return Optional.of(text);
        }
        StringBuilder mapped = new StringBuilder(text.length());
        text.codePoints().filter(c -> !isMappedToNothing(c)).forEach(c -> mapped.appendCodePoint(isSpace(c) ? ' ' : c));
        String normal = Normalizer.normalize(mapped, Normalizer.Form.NFKC);
        return normal.codePoints().noneMatch(SaslPrep::isProhibited) && isOfOneDirection(normal)
                ? Optional.of(normal)
                : Optional.empty();
    }

    /** RFC 3454, table C.1.2; but U+200B, which is also in B.1, goes. */
    private static boolean isSpace(int c) {
        return Character.getType(c) == Character.SPACE_SEPARATOR;
    }

    /** RFC 3454, table B.1. */
    private static boolean isMappedToNothing(int c) {
        return c == 0xad
                || c == 0x34f
                || c == 0x1806
                || (c >= 0x180b && c <= 0x180d)
                || (c >= 0x200b && c <= 0x200d)
                || c == 0x2060
                || (c >= 0xfe00 && c <= 0xfe0f)
                || c == 0xfeff;
    }

    /** RFC 4013, section 2.3. */
    private static boolean isProhibited(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            case Character.SPACE_SEPARATOR -> c != ' ';
            default -> c == 0xfffc || c == 0xfffd || (c >= 0x2ff0 && c <= 0x2ffb);
        };
    }

    private static boolean isOfOneDirection(String text) {
        if (text.codePoints().noneMatch(SaslPrep::isRightToLeft)) {
            return true;
        }
        return text.codePoints()
                        .noneMatch(c -> Character.getDirectionality(c) == Character.DIRECTIONALITY_LEFT_TO_RIGHT)
                && isRightToLeft(text.codePointAt(0))
                && isRightToLeft(text.codePointBefore(text.length()));
    }

    private static boolean isRightToLeft(int c) {
        byte direction = Character.getDirectionality(c);
        return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
                || direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC;
    }
}
