package org.vmail.internal;

/** Makes text that came from outside fit to stand in a log line or an error message. */
public final class Printable {
    private static final int MAX_CHARS = 80;

    private Printable() {}

    /**
     * Escapes everything that could break a line or confuse a terminal, and cuts long text short.
     *
     * @param text anything
     * @return at most a line's worth of visible characters
     */
    public static String of(String text) {
        StringBuilder out = new StringBuilder(Math.min(text.length(), MAX_CHARS) + 8);
        int shown = 0;
        for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
            if (shown++ == MAX_CHARS) {
                return out.append('…').toString();
            }
            append(out, text.codePointAt(i));
        }
        return out.toString();
    }

    /**
     * The same in quotes, which the text cannot leave, so that no field of a log line can be mistaken for another.
     *
     * @param text anything
     * @return visible characters in quotes
     */
    public static String quoted(String text) {
        return '"' + of(text).replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    private static void append(StringBuilder out, int codePoint) {
        if (isVisible(codePoint)) {
            out.appendCodePoint(codePoint);
        } else {
            out.append(String.format("\\u%04x", codePoint));
        }
    }

    private static boolean isVisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
