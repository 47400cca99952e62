package org.vmail.site;

import java.util.List;

/**
 * A document.
 *
 * @param source where it is in the repository, such as {@code docs/user-guide.md}
 * @param title its first heading
 * @param html its text, without a frame
 * @param sections what stands under each heading
 */
record Page(String source, String title, String html, List<Section> sections) {
    /**
     * A heading and the text up to the next one.
     *
     * @param level 1 to 6
     * @param anchor unique in the page
     * @param heading as plain text
     * @param text as plain text
     */
    record Section(int level, String anchor, String heading, String text) {}

    String address() {
        return addressOf(source);
    }

    /** {@code README.md} is what is shown of its folder. */
    static String addressOf(String source) {
        return source.replaceFirst("(^|/)README\\.md$", "$1index.html").replaceFirst("\\.md$", ".html");
    }
}
