package org.vmail.address;

import com.google.common.base.CharMatcher;
import java.util.Optional;

/**
 * Splits the text of a login into user and domain: the trick that lets all domains share one IP address.
 *
 * <p>Implementations are thread-safe, do no I/O and treat the text as hostile.
 */
@FunctionalInterface
public interface LoginSplitter {
    /**
     * Splits a login.
     *
     * @param text what the client sent
     * @return the login, or empty if no user of any domain can be called that
     */
    Optional<Login> split(String text);

    /**
     * Splits at the last {@code @}; what has none is a bare login.
     *
     * @return the default splitter
     */
    static LoginSplitter standard() {
        return atLastOf("@");
    }

    /**
     * Splits at the last of several delimiters, for clients that cannot send an {@code @}: with {@code "@%:"} the login
     * {@code joe%a.example} is Joe of a.example. What has none of them is a bare login.
     *
     * @param delimiters one or more characters that are neither letters, digits, dots nor hyphens
     * @return a splitter for these delimiters
     * @throws IllegalArgumentException if there is no delimiter, or one that a domain can contain
     */
    static LoginSplitter atLastOf(String delimiters) {
        if (delimiters.isEmpty()
                || delimiters.chars().anyMatch(c -> Character.isLetterOrDigit(c) || c == '.' || c == '-')) {
            throw new IllegalArgumentException("Login delimiters must be punctuation other than . and -");
        }
        CharMatcher delimiter = CharMatcher.anyOf(delimiters);
        return text -> {
            int at = delimiter.lastIndexIn(text);
            try {
                return Optional.of(
                        at < 0
                                ? new Login.Bare(text)
                                : new Login.Qualified(
                                        new MailAddress(text.substring(0, at), Domain.of(text.substring(at + 1)))));
            } catch (IllegalArgumentException noSuchLogin) {
                return Optional.empty();
            }
        };
    }
}
