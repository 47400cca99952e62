package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text beyond ASCII as encoded-words (RFC 2047). Each has 75 characters at most, and whole characters of the text. Those that
 * the text has already stay as they are.
 */
final class EncodedWords {
    private static final int MAX_OCTETS = 75;
    private static final String CHARSET = "=?UTF-8?";
    private static final String END = "?=";
    private static final String HEX = "0123456789ABCDEF";
    private static final int FRAME = CHARSET.length() + "Q?".length() + END.length();

    /** Less room than the longest character of one encoded-word needs is no room. */
    private static final int LEAST = FRAME + 12;

    /** More white space than this in one place is no text, and would make lines too long. */
    private static final int MAX_SPACE = 60;

    private static final CharMatcher WHITE_SPACE = CharMatcher.anyOf(" \t");
    private static final Pattern WORD = Pattern.compile("([ \t]*)([^ \t]+)");
    private static final Pattern IN_TEXT = Pattern.compile("=\\?[!->@-~]+\\?[BbQq]\\?[!->@-~]*\\?=");
    private static final Pattern IN_PHRASE = Pattern.compile("=\\?[A-Za-z0-9_-]+\\?[BbQq]\\?[A-Za-z0-9!*+/=_-]*\\?=");

    /** What "Q" leaves alone even in a phrase (section 5, rule 3). */
    private static final CharMatcher PLAIN = CharMatcher.inRange('A', 'Z')
            .or(CharMatcher.inRange('a', 'z'))
            .or(CharMatcher.inRange('0', '9'))
            .or(CharMatcher.anyOf("!*+-/"))
            .precomputed();

    /**
     * A word of a text.
     *
     * @param space the white space before it
     * @param encoded whether it is an encoded-word already
     * @param literal whether it is written as it is
     */
    private record Word(String space, String text, boolean encoded, boolean literal) {}

    private EncodedWords() {}

    /** Writes an unstructured value: words in ASCII stay legible. */
    static void text(String value, FoldedField field) {
        write(value, IN_TEXT, word -> FoldedField.isPresentable(word), field);
    }

    /** Writes a display name; all of it is encoded, so that nothing in it needs quoting. */
    static void phrase(String name, FoldedField field) {
        write(name, IN_PHRASE, word -> false, field);
    }

    private static void write(String value, Pattern encoded, Predicate<String> literal, FoldedField field) {
        List<Word> words = words(value, encoded, literal);
        int next = 0;
        while (next < words.size()) {
            Word word = words.get(next);
            if (word.literal()) {
                field.word(next == 0 ? " " : word.space(), word.text());
                next++;
            } else {
                next = writeRun(words, next, field);
            }
        }
    }

    /** Encodes neighbours together with the white space between them, which would be lost between two encoded-words. */
    private static int writeRun(List<Word> words, int from, FoldedField field) {
        Word first = words.get(from);
        StringBuilder run = new StringBuilder();
        String space = " ";
        if (from > 0 && words.get(from - 1).encoded()) {
            run.append(first.space());
        } else if (from > 0) {
            space = first.space().substring(0, 1);
            run.append(first.space(), 1, first.space().length());
        }
        run.append(first.text());
        int next = from + 1;
        while (next < words.size() && !words.get(next).literal()) {
            run.append(words.get(next).space()).append(words.get(next).text());
            next++;
        }
        if (next < words.size() && words.get(next).encoded()) {
            run.append(words.get(next).space());
        }
        encode(run.toString(), space, field);
        return next;
    }

    private static List<Word> words(String value, Pattern encoded, Predicate<String> literal) {
        List<Word> words = new ArrayList<>();
        // White space that no word follows would be scanned again from each of its characters.
        Matcher matcher = WORD.matcher(WHITE_SPACE.trimTrailingFrom(value));
        while (matcher.find()) {
            String space = matcher.group(1).length() > MAX_SPACE ? " " : matcher.group(1);
            String text = matcher.group(2);
            boolean isEncoded =
                    text.length() <= MAX_OCTETS && encoded.matcher(text).matches();
            words.add(new Word(space, text, isEncoded, isEncoded || literal.test(text)));
        }
        return words;
    }

    private static void encode(String text, String space, FoldedField field) {
        boolean q = isMostlyAscii(text);
        int from = 0;
        String before = space;
        while (from < text.length()) {
            int room = field.room() < LEAST ? MAX_OCTETS : Math.min(field.room(), MAX_OCTETS);
            int to = end(text, from, room - FRAME, q);
            field.word(before, encodedWord(text.substring(from, to), q));
            before = " ";
            from = to;
        }
    }

    /** Then "Q" is the encoding to take (section 4). */
    private static boolean isMostlyAscii(String text) {
        return 2 * text.codePoints().filter(character -> character < 0x80).count()
                >= text.codePoints().count();
    }

    /** Where the characters end that fit. */
    private static int end(String text, int from, int room, boolean q) {
        int octets = 0;
        int qLength = 0;
        int to = from;
        while (to < text.length()) {
            int character = text.codePointAt(to);
            octets += octets(character);
            qLength += character == ' ' || isPlain(character) ? 1 : 3 * octets(character);
            if ((q ? qLength : base64Length(octets)) > room) {
                return to;
            }
            to += Character.charCount(character);
        }
        return to;
    }

    private static String encodedWord(String text, boolean q) {
        byte[] octets = text.getBytes(UTF_8);
        return q
                ? CHARSET + "Q?" + q(octets) + END
                : CHARSET + "B?" + Base64.getEncoder().encodeToString(octets) + END;
    }

    private static String q(byte[] octets) {
        StringBuilder q = new StringBuilder();
        for (byte octet : octets) {
            if (octet == ' ') {
                q.append('_');
            } else if (isPlain(octet)) {
                q.append((char) octet);
            } else {
                q.append('=').append(HEX.charAt(octet >> 4 & 0xF)).append(HEX.charAt(octet & 0xF));
            }
        }
        return q.toString();
    }

    private static boolean isPlain(int character) {
        return character > 0 && character < 0x80 && PLAIN.matches((char) character);
    }

    private static int octets(int character) {
        if (character < 0x80) {
            return 1;
        }
        if (character < 0x800) {
            return 2;
        }
        return character < 0x10000 ? 3 : 4;
    }

    private static int base64Length(int octets) {
        return (octets + 2) / 3 * 4;
    }
}
