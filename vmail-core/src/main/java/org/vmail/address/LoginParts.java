package org.vmail.address;

import com.google.common.base.CharMatcher;
import java.util.Optional;

/** What is common to the forms of a login. */
final class LoginParts {
    private LoginParts() {}

    static CharMatcher delimiters(String delimiters) {
        if (delimiters.isEmpty()
                || delimiters.chars().anyMatch(c -> Character.isLetterOrDigit(c) || c == '.' || c == '-')) {
            throw new IllegalArgumentException("Login delimiters must be punctuation other than . and -");
        }
        return CharMatcher.anyOf(delimiters);
    }

    static Optional<Login> bare(String user) {
        try {
            return Optional.of(new Login.Bare(user));
        } catch (IllegalArgumentException noSuchLogin) {
            return Optional.empty();
        }
    }

    static Optional<Login> qualified(String user, String domain) {
        try {
            return Optional.of(new Login.Qualified(new MailAddress(user, Domain.of(domain))));
        } catch (IllegalArgumentException noSuchLogin) {
            return Optional.empty();
        }
    }
}
