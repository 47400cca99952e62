package org.vmail.delivery.reply;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.CharMatcher;
import java.util.Base64;

/** Text of a header field in ASCII (RFC 2047). */
final class EncodedWord {
    private static final CharMatcher VISIBLE = CharMatcher.inRange(' ', '~');

    /** What has room in a line of 76 characters beside the name of a field. */
    private static final int MAX_OCTETS = 39;

    private EncodedWord() {}

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
