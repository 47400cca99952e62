package org.vmail.address;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.internal.Printable;

/** A regular expression that has only so many steps for each login. */
record RewritingRule(Pattern pattern, String replacement) implements LoginRewriting {
    private static final Logger LOG = LoggerFactory.getLogger(RewritingRule.class);

    static RewritingRule of(String expression, String replacement) {
        Pattern pattern = Pattern.compile(expression);
        check(expression, replacement);
        return new RewritingRule(pattern, replacement);
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

    @Override
    public Optional<String> rewrite(String text) {
        if (text.length() > MAX_CHARS) {
            return Optional.empty();
        }
        Matcher matcher = pattern.matcher(new CountedText(text, MAX_STEPS));
        try {
            if (!matcher.matches()) {
                return Optional.of(text);
            }
            StringBuilder rewritten = new StringBuilder();
            matcher.appendReplacement(rewritten, replacement);
            return Optional.of(rewritten.toString());
        } catch (TooManySteps tooMany) {
            LOG.warn("The rewriting rule {} takes too many steps for a login of {} characters", pattern, text.length());
            return Optional.empty();
        }
    }

    private static final class TooManySteps extends RuntimeException {
        private static final long serialVersionUID = 1;

        TooManySteps() {
            super("too many steps", null, false, false);
        }
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
