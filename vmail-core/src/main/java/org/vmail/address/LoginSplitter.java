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
     * Tries another form where this one finds no domain: {@code domainBefore("/").or(standard())} takes
     * {@code a.example/joe} and {@code joe@a.example}, and a bare {@code joe}.
     *
     * @param next tried second
     * @return a splitter that takes what the first of both makes of a text with a domain; else a bare login if the text is
     *     one for both; else none
     */
    default LoginSplitter or(LoginSplitter next) {
        return text -> {
            Optional<Login> login = split(text);
            if (login.isPresent() && login.get() instanceof Login.Qualified) {
                return login;
            }
            Optional<Login> other = next.split(text);
            boolean isBoth = login.isPresent() || other.isEmpty() || other.get() instanceof Login.Qualified;
            return isBoth ? other : Optional.empty();
        };
    }

    /**
     * Changes the text before it is split.
     *
     * @param rewriting the rules; a text that they refuse is no login
     * @return a splitter for what they make of a text
     */
    default LoginSplitter after(LoginRewriting rewriting) {
        return text -> rewriting.rewrite(text).flatMap(this::split);
    }

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
        CharMatcher delimiter = LoginParts.delimiters(delimiters);
        return text -> {
            int at = delimiter.lastIndexIn(text);
            return at < 0 ? LoginParts.bare(text) : LoginParts.qualified(text.substring(0, at), text.substring(at + 1));
        };
    }

    /**
     * Splits at the first of several delimiters, with the domain before it: with {@code "/:"} the logins
     * {@code a.example/joe} and {@code a.example:joe} are Joe of a.example. What has none of them is a bare login. A delimiter
     * belongs to one side only: nothing in {@code joe:a.example} says which half is the domain.
     *
     * @param delimiters one or more characters that are neither letters, digits, dots nor hyphens
     * @return a splitter for these delimiters
     * @throws IllegalArgumentException if there is no delimiter, or one that a domain can contain
     */
    static LoginSplitter domainBefore(String delimiters) {
        CharMatcher delimiter = LoginParts.delimiters(delimiters);
        return text -> {
            int at = delimiter.indexIn(text);
            return at < 0 ? LoginParts.bare(text) : LoginParts.qualified(text.substring(at + 1), text.substring(0, at));
        };
    }
}
