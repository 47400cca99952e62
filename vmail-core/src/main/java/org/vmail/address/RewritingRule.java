package org.vmail.address;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.internal.RewriteRule;

/** A regular expression that has only so many steps for each login. */
record RewritingRule(RewriteRule rule) implements LoginRewriting {
    private static final Logger LOG = LoggerFactory.getLogger(RewritingRule.class);

    static RewritingRule of(String expression, String replacement) {
        return new RewritingRule(RewriteRule.of(expression, replacement));
    }

    @Override
    public Optional<String> rewrite(String text) {
        if (text.length() > MAX_CHARS) {
            return Optional.empty();
        }
        try {
            return rule.apply(text, MAX_STEPS).or(() -> Optional.of(text));
        } catch (RewriteRule.TooManySteps tooMany) {
            LOG.warn("The rewriting rule {} takes too many steps for a login of {} characters", rule, text.length());
            return Optional.empty();
        }
    }
}
