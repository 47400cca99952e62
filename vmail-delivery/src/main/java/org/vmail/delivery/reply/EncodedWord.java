package org.vmail.delivery.reply;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.util.Base64;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Text of a header field in ASCII (RFC 2047). */
final class EncodedWord {
    private static final CharMatcher VISIBLE = CharMatcher.inRange(' ', '~');

    /** What has room in a line of 76 characters beside the name of a field. */
    private static final int MAX_OCTETS = 39;

    private static final Pattern WORD =
            Pattern.compile("=\\?([!-)+->@-~]{1,40})(?:\\*[!->@-~]{0,40})?\\?([BbQq])\\?([!->@-~]{0,75})\\?=");
    /** Which does not count (RFC 2047, section 6.2). */
    private static final Pattern SPACE_BETWEEN = Pattern.compile("(?<=\\?=)[ \\t\\r\\n]+(?==\\?)");

    private EncodedWord() {}

    /** The text that encoded words stand for; what cannot be decoded stays as it is. It may have any character, controls too. */
    static String decoded(String text) {
        return text.contains("=?")
                ? WORD.matcher(SPACE_BETWEEN.matcher(text).replaceAll(""))
                        .replaceAll(word -> Matcher.quoteReplacement(decoded(word)))
                : text;
    }

    private static String decoded(MatchResult word) {
        try {
            byte[] octets = Ascii.toLowerCase(word.group(2)).equals("b")
                    ? Base64.getDecoder().decode(word.group(3))
                    : quotedOctets(word.group(3));
            return new String(octets, Charset.forName(word.group(1)));
        } catch (IllegalArgumentException unknownCharsetOrNotEncoded) {
            return word.group();
        }
    }

    private static byte[] quotedOctets(String text) {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '=' && i + 2 < text.length()) {
                octets.write(Integer.parseInt(text.substring(i + 1, i + 3), 16));
                i += 2;
            } else {
                octets.write(c == '_' ? ' ' : c);
            }
        }
        return octets.toByteArray();
    }

    /** Encodes a text that has characters beyond ASCII; others stay, but for controls. */
    static String of(String text) {
        if (VISIBLE.matchesAllOf(text)) {
            return text;
        }
        String clean = CharMatcher.javaIsoControl().replaceFrom(text, ' ');
        if (VISIBLE.matchesAllOf(clean)) {
            return clean;
        }
        StringBuilder words = new StringBuilder();
        StringBuilder word = new StringBuilder();
        int octets = 0;
        for (int i = 0; i < clean.length(); i += Character.charCount(clean.codePointAt(i))) {
            String character = Character.toString(clean.codePointAt(i));
            int length = character.getBytes(UTF_8).length;
            if (octets + length > MAX_OCTETS) {
                append(words, word);
                octets = 0;
            }
            word.append(character);
            octets += length;
        }
        append(words, word);
        return words.toString();
    }

    /** Between words stands a line end, which does not count. */
    private static void append(StringBuilder words, StringBuilder word) {
        words.append(words.isEmpty() ? "" : "\r\n ")
                .append("=?UTF-8?B?")
                .append(Base64.getEncoder().encodeToString(word.toString().getBytes(UTF_8)))
                .append("?=");
        word.setLength(0);
    }
}
