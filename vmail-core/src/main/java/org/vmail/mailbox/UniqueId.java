package org.vmail.mailbox;

import com.google.common.base.CharMatcher;
import org.vmail.internal.Printable;

/**
 * The unique-id of a message in its maildrop (RFC 1939, section 7, UIDL): it never changes, and no other message ever gets
 * it. It has nothing to do with the UIDs of IMAP.
 *
 * @param value 1 to 70 printable ASCII characters without spaces
 */
public record UniqueId(String value) {
    /** The longest unique-id, in characters. */
    public static final int MAX_LENGTH = 70;

    private static final CharMatcher ALLOWED = CharMatcher.inRange('!', '~');

    /**
     * Checks the characters.
     *
     * @param value the unique-id
     * @throws IllegalArgumentException if {@link #isValid} says no
     */
    public UniqueId {
        if (!isValid(value)) {
            throw new IllegalArgumentException("'" + Printable.of(value) + "' is no unique-id of 1 to 70 characters");
        }
    }

    /**
     * Whether a text can be a unique-id.
     *
     * @param value any text
     * @return whether it has 1 to 70 characters, all of them between {@code !} and {@code ~}
     */
    public static boolean isValid(String value) {
        return !value.isEmpty() && value.length() <= MAX_LENGTH && ALLOWED.matchesAllOf(value);
    }

    /**
     * The unique-id as it stands in a reply to UIDL.
     *
     * @return {@link #value()}
     */
    @Override
    public String toString() {
        return value;
    }
}
