package org.vmail.auth;

import java.util.Optional;

/** A token that a client sent to prove who it is (RFC 6750). Immutable; its text never shows it. */
public final class BearerToken {
    /** The longest token, in characters. */
    public static final int MAX_LENGTH = 8192;

    private final String value;

    private BearerToken(String value) {
        this.value = value;
    }

    /**
     * Takes a token.
     *
     * @param text anything
     * @return the token, or empty if the text is empty, longer than {@link #MAX_LENGTH} or has a character other than
     *     visible ASCII
     */
    public static Optional<BearerToken> parse(String text) {
        return !text.isEmpty() && text.length() <= MAX_LENGTH && text.chars().allMatch(c -> c > ' ' && c < 0x7f)
                ? Optional.of(new BearerToken(text))
                : Optional.empty();
    }

    /**
     * The token, a secret.
     *
     * @return visible ASCII
     */
    public String value() {
        return value;
    }

    /**
     * Nothing of the token.
     *
     * @return a fixed text
     */
    @Override
    public String toString() {
        return "BearerToken[secret]";
    }
}
