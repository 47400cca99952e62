package org.vmail.address;

import java.util.Locale;
import java.util.Optional;

/**
 * Changes the text of a login before it is split, for clients and users that send it in a form of their own.
 *
 * <p>Implementations are thread-safe, do no I/O, and take bounded time whatever the text is.
 */
@FunctionalInterface
public interface LoginRewriting {
    /** How many characters of a login a {@link #rule} looks at: no address of ours is longer than 318. */
    int MAX_CHARS = 512;

    /** How many characters the expression of a {@link #rule} may look at, counting each time, before it gives up. */
    int MAX_STEPS = 100_000;

    /**
     * Changes a login.
     *
     * @param text what the client sent
     * @return what is to be split, or empty if it can be no login
     */
    Optional<String> rewrite(String text);

    /**
     * Goes on with another rewriting.
     *
     * @param next gets what this one makes
     * @return both, in this order
     */
    default LoginRewriting then(LoginRewriting next) {
        return text -> rewrite(text).flatMap(next::rewrite);
    }

    /**
     * Removes white space at both ends.
     *
     * @return the rewriting
     */
    static LoginRewriting trimming() {
        return text -> Optional.of(text.strip());
    }

    /**
     * Turns everything into lower case, for authenticators that tell {@code Joe} from {@code joe}; a {@code Directory} does
     * not.
     *
     * @return the rewriting
     */
    static LoginRewriting lowerCasing() {
        return text -> Optional.of(text.toLowerCase(Locale.ROOT));
    }

    /**
     * Replaces a login that matches an expression, as a whole: with {@code ([^@]+)\.vip} and {@code $1@vip.example} the
     * login {@code joe.vip} is {@code joe@vip.example}. Others stay as they are.
     *
     * <p>A login longer than {@value #MAX_CHARS} characters is refused, and so is one on which the expression takes more
     * than {@value #MAX_STEPS} steps: there are expressions that would take years for some logins.
     *
     * @param expression a regular expression, as {@link java.util.regex.Pattern} has them
     * @param replacement with {@code $1} or <code>${name}</code> for groups of the expression, and {@code \} before a
     *     character that stands for itself
     * @return the rewriting
     * @throws IllegalArgumentException if the expression or the replacement is wrong
     */
    static LoginRewriting rule(String expression, String replacement) {
        return RewritingRule.of(expression, replacement);
    }
}
