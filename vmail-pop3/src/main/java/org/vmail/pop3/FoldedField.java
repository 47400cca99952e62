package org.vmail.pop3;

import com.google.common.base.CharMatcher;
import com.google.common.base.Splitter;
import java.util.Optional;

/** Writes a header field in ASCII, in lines that are not too long (RFC 5322, sections 2.1.1 and 2.2.3). */
final class FoldedField {
    /** A longer word would not leave a line below 998 octets, together with the white space and the marks around it. */
    static final int MAX_WORD = 900;

    /** A field that becomes longer is of no use to anybody; three hundred addresses fit. */
    private static final int MAX_OCTETS = 64 * 1024;

    /** With an encoded-word in it, a line has 76 characters at most (RFC 2047, section 2). */
    private static final int LINE = 76;

    private static final CharMatcher PRINTABLE =
            CharMatcher.inRange(' ', '~').or(CharMatcher.is('\t')).precomputed();
    private static final Splitter WORDS = Splitter.on(CharMatcher.anyOf(" \t")).omitEmptyStrings();

    private final StringBuilder text = new StringBuilder();
    private int column;
    private boolean empty = true;

    FoldedField(String name) {
        text.append(name).append(':');
        column = text.length();
    }

    /** Whether a text can stand in a header as it is. */
    static boolean isPresentable(String text) {
        return PRINTABLE.matchesAllOf(text)
                && (text.length() <= MAX_WORD || WORDS.splitToStream(text).allMatch(word -> word.length() <= MAX_WORD));
    }

    /** How many characters a word may have in this line, or 0 if there is no room. */
    int room() {
        return Math.max(0, LINE - column - 1);
    }

    /**
     * Adds white space and a word, in a new line if this one is full.
     *
     * @param space one character or more; the line is folded before it
     */
    void word(String space, String word) {
        if (isFull()) {
            return;
        }
        if (column + space.length() + word.length() > LINE) {
            text.append("\r\n");
            column = 0;
        }
        text.append(space).append(word);
        column += space.length() + word.length();
        empty = false;
    }

    /** Adds the words of a text that {@link #isPresentable}, one space before each. */
    void words(String presentable) {
        WORDS.split(presentable).forEach(word -> word(" ", word));
    }

    /** Whether it has become too long, so that there will be no field. */
    boolean isFull() {
        return text.length() > MAX_OCTETS;
    }

    /** The field with its line end, or empty if nothing was added behind its name, or too much. */
    Optional<String> lines() {
        return empty || isFull()
                ? Optional.empty()
                : Optional.of(text.append("\r\n").toString());
    }
}
