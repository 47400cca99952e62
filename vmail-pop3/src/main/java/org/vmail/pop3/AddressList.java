package org.vmail.pop3;

import com.google.common.base.CharMatcher;
import java.util.Optional;

/**
 * Mailboxes and groups (RFC 5322, section 3.4), where an internationalized address gives way to one that is nobody's and
 * whose display name tells the user what stood there (RFC 6858, section 2.1). Mailboxes in ASCII stay; of the others whose
 * address is in ASCII, only the name is encoded.
 *
 * <p>Comments beside a name or an address that is rewritten are lost; one that stands in for a name becomes the name.
 */
final class AddressList {
    /** Nobody's address: the domain is reserved (RFC 2606, section 2). */
    static final String INVALID = "invalid@internationalized-address.invalid";

    private static final CharMatcher WHITE_SPACE = CharMatcher.anyOf(" \t");

    private final String value;
    private final FoldedField field;
    private final StringBuilder pending = new StringBuilder();
    private boolean inGroup;
    private boolean needsComma;

    AddressList(String value, FoldedField field) {
        this.value = value;
        this.field = field;
    }

    /** Writes the list; nothing if there is no address in it. Called once. */
    void rewrite() {
        int start = 0;
        int at = 0;
        while (at < value.length() && !field.isFull()) {
            char mark = value.charAt(at);
            int next = Lexemes.end(value, at);
            if (mark == ',' || mark == ';' || (mark == ':' && !inGroup)) {
                String piece = value.substring(start, at);
                start = next;
                if (mark == ':') {
                    beginGroup(piece);
                } else {
                    mailbox(piece);
                }
                if (mark == ';') {
                    endGroup();
                }
            }
            at = next;
        }
        mailbox(value.substring(start));
        endGroup();
        flush();
    }

    private void beginGroup(String name) {
        separate();
        inGroup = true;
        needsComma = false;
        if (FoldedField.isPresentable(name)) {
            hold(WHITE_SPACE.trimFrom(name));
        } else {
            EncodedWords.phrase(Parsed.of(name).phrase(), field);
        }
        pending.append(':');
    }

    private void endGroup() {
        if (inGroup) {
            pending.append(';');
            inGroup = false;
            needsComma = true;
        }
    }

    private void mailbox(String piece) {
        String stripped = WHITE_SPACE.trimFrom(piece);
        if (stripped.isEmpty()) {
            return;
        }
        separate();
        needsComma = true;
        if (FoldedField.isPresentable(stripped)) {
            hold(stripped);
            return;
        }
        Parsed mailbox = Parsed.of(stripped);
        boolean valid = !mailbox.address().isEmpty() && FoldedField.isPresentable(mailbox.address());
        EncodedWords.phrase(valid ? mailbox.name() : mailbox.nameAndAddress(), field);
        hold("<" + (valid ? mailbox.address() : INVALID) + ">");
    }

    private void separate() {
        if (needsComma) {
            pending.append(',');
        }
        flush();
    }

    /** Keeps the last word back, because a mark may follow it that must be in the same line. */
    private void hold(String presentable) {
        int last = WHITE_SPACE.lastIndexIn(presentable) + 1;
        field.words(presentable.substring(0, last));
        pending.append(presentable, last, presentable.length());
    }

    private void flush() {
        if (!pending.isEmpty()) {
            field.word(" ", pending.toString());
            pending.setLength(0);
        }
    }

    /** The parts of a mailbox, without quotes and comments. */
    private record Parsed(String phrase, String comment, Optional<String> angle, String bare) {
        static Parsed of(String text) {
            StringBuilder words = new StringBuilder();
            StringBuilder bare = new StringBuilder();
            StringBuilder comments = new StringBuilder();
            Optional<String> angle = Optional.empty();
            int at = 0;
            while (at < text.length()) {
                int end = Lexemes.end(text, at);
                String piece = text.substring(at, end);
                switch (text.charAt(at)) {
                    case '(' -> comments.append(' ').append(inside(piece, ')'));
                    case '<' -> angle = angle.or(() -> Optional.of(WHITE_SPACE.trimFrom(inside(piece, '>'))));
                    case '"' -> {
                        words.append(unquoted(inside(piece, '"')));
                        bare.append(piece);
                    }
                    case ' ', '\t' -> words.append(' ');
                    default -> {
                        words.append(piece);
                        bare.append(piece);
                    }
                }
                at = end;
            }
            return new Parsed(
                    WHITE_SPACE.trimAndCollapseFrom(words, ' '),
                    WHITE_SPACE.trimAndCollapseFrom(comments, ' '),
                    angle,
                    bare.toString());
        }

        String name() {
            return angle.isEmpty() || phrase.isEmpty() ? comment : phrase;
        }

        /** What is in angle brackets, or what stands alone, be it an address or not. */
        String address() {
            return angle.orElse(bare);
        }

        String nameAndAddress() {
            if (name().isEmpty() || address().isEmpty()) {
                return name() + address();
            }
            // No angle brackets: a client that parses what it has decoded must not find an address.
            return name() + " (" + address() + ")";
        }

        private static String inside(String piece, char closing) {
            boolean closed = piece.length() > 1 && piece.charAt(piece.length() - 1) == closing;
            return piece.substring(1, closed ? piece.length() - 1 : piece.length());
        }

        private static String unquoted(String text) {
            return text.replaceAll("\\\\(.)", "$1");
        }
    }
}
