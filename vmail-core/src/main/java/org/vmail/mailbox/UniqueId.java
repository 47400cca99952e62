package org.vmail.mailbox;

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
        int length = value.length();
        if (length == 0 || length > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (value.charAt(i) < '!' || value.charAt(i) > '~') {
                return false;
            }
        }
        return true;
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
