package org.vmail.internal;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A regular expression and what replaces a text that matches it as a whole. It has only so many steps for each text: there
 * are expressions that would take years for some. Immutable and thread-safe.
 */
public final class RewriteRule {
    private final Pattern pattern;
    private final String replacement;

    private RewriteRule(Pattern pattern, String replacement) {
        this.pattern = pattern;
        this.replacement = replacement;
    }

    /** The expression took more steps than it was given. */
    public static final class TooManySteps extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooManySteps() {
            super("too many steps", null, false, false);
        }
    }

    /**
     * Checks both parts.
     *
     * @param expression as {@link Pattern} has them
     * @param replacement with {@code $1} for groups
     * @return the rule
     * @throws IllegalArgumentException if one is wrong, or they do not fit
     */
    public static RewriteRule of(String expression, String replacement) {
        Pattern pattern = Pattern.compile(expression);
        check(expression, replacement);
        return new RewriteRule(pattern, replacement);
    }

    /** Replaces with an expression that has the same groups and always matches: now, not when somebody logs in. */
    private static void check(String expression, String replacement) {
        Matcher matcher = Pattern.compile("(?:" + expression + "\n)|").matcher("");
        try {
            matcher.replaceFirst(replacement);
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "The replacement '" + Printable.of(replacement) + "' does not fit the expression '"
                            + Printable.of(expression) + "': " + e.getMessage(),
                    e);
        }
    }

    /**
     * Replaces a text.
     *
     * @param text any text, of bounded length
     * @param maxSteps how many characters may be looked at, counting each time
     * @return what replaces it, or empty if it does not match
     * @throws TooManySteps if that is not enough
     */
    public Optional<String> apply(String text, int maxSteps) {
        Matcher matcher = pattern.matcher(new CountedText(text, maxSteps));
        if (!matcher.matches()) {
            return Optional.empty();
        }
        StringBuilder rewritten = new StringBuilder();
        matcher.appendReplacement(rewritten, replacement);
        return Optional.of(rewritten.toString());
    }

    /**
     * The expression.
     *
     * @return as it was given
     */
    @Override
    public String toString() {
        return pattern.pattern();
    }

    /** Text that is looked at only so often: whatever a matcher tries, it has to look at a character for it. */
    private static final class CountedText implements CharSequence {
        private final String text;
        private int left;

        CountedText(String text, int steps) {
            this.text = text;
            this.left = steps;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            if (--left < 0) {
                throw new TooManySteps();
            }
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int begin, int end) {
            return text.subSequence(begin, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
