package org.vmail.pop3.matrix;

import java.util.stream.Stream;

/** Something that has a name on the page. */
interface Word {
    String text();

    /** What a name means. */
    static <W extends Word> W of(String text, W[] words) {
        return Stream.of(words)
                .filter(word -> word.text().equals(text))
                .findAny()
                .orElseThrow(() -> new IllegalArgumentException("'" + text + "' is none of "
                        + Stream.of(words).map(Word::text).toList()));
    }
}
