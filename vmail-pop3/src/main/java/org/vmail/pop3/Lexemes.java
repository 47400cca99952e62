package org.vmail.pop3;

/** Where the pieces of a structured field end that may hold any character (RFC 5322, section 3.2). */
final class Lexemes {
    private Lexemes() {}

    /**
     * Where the quoted string, comment, domain literal or angle-addr ends that begins at a character, or behind the
     * character if none begins there. One that is not closed ends with the text.
     */
    static int end(String text, int at) {
        return switch (text.charAt(at)) {
            case '"' -> closing(text, at, '"');
            case '[' -> closing(text, at, ']');
            case '(' -> endOfComment(text, at);
            case '<' -> endOfAngle(text, at);
            default -> at + 1;
        };
    }

    private static int closing(String text, int from, char mark) {
        int at = from + 1;
        while (at < text.length() && text.charAt(at) != mark) {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        return Math.min(at + 1, text.length());
    }

    private static int endOfComment(String text, int from) {
        int depth = 0;
        int at = from;
        do {
            switch (text.charAt(at)) {
                case '(' -> depth++;
                case ')' -> depth--;
                case '\\' -> at++;
                default -> {
                    // part of the comment
                }
            }
            at++;
        } while (depth > 0 && at < text.length());
        return Math.min(at, text.length());
    }

    private static int endOfAngle(String text, int from) {
        int at = from + 1;
        while (at < text.length() && text.charAt(at) != '>') {
            at = text.charAt(at) == '"' ? closing(text, at, '"') : at + 1;
        }
        return Math.min(at + 1, text.length());
    }
}
