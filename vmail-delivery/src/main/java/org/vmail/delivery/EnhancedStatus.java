package org.vmail.delivery;

/**
 * An enhanced mail system status code (RFC 3463), such as 5.1.1.
 *
 * @param kind 2 for success, 4 for a failure that may pass, 5 for one that will not
 * @param subject what it concerns, 0 to 999
 * @param detail what happened, 0 to 999
 */
public record EnhancedStatus(int kind, int subject, int detail) {
    /** The recipient is valid. */
    public static final EnhancedStatus RECIPIENT_VALID = new EnhancedStatus(2, 1, 5);
    /** The domain has no such user. */
    public static final EnhancedStatus UNKNOWN_USER = new EnhancedStatus(5, 1, 1);
    /** The domain is not hosted here. */
    public static final EnhancedStatus UNKNOWN_DOMAIN = new EnhancedStatus(5, 1, 2);
    /** The sender's address cannot be used. */
    public static final EnhancedStatus BAD_SENDER = new EnhancedStatus(5, 1, 7);
    /** The mailbox exists and is switched off. */
    public static final EnhancedStatus MAILBOX_DISABLED = new EnhancedStatus(5, 2, 1);
    /** The message has been here before, or has travelled too far. */
    public static final EnhancedStatus LOOP = new EnhancedStatus(5, 4, 6);
    /** The mailbox cannot be written now. */
    public static final EnhancedStatus MAILBOX_UNAVAILABLE = new EnhancedStatus(4, 2, 0);
    /** The mailbox has no room now. */
    public static final EnhancedStatus MAILBOX_FULL_NOW = new EnhancedStatus(4, 2, 2);
    /** The mailbox has no room. */
    public static final EnhancedStatus MAILBOX_FULL = new EnhancedStatus(5, 2, 2);
    /** The message is larger than this system takes. */
    public static final EnhancedStatus MESSAGE_TOO_LARGE = new EnhancedStatus(5, 3, 4);
    /** A part of this system does not work now. */
    public static final EnhancedStatus SYSTEM_FAILURE = new EnhancedStatus(4, 3, 0);
    /** This system is not set up correctly. */
    public static final EnhancedStatus MISCONFIGURED = new EnhancedStatus(4, 3, 5);

    private static final EnhancedStatus NO_ROOM_NOW = new EnhancedStatus(4, 3, 1);
    private static final int ADDRESS = 1;
    private static final int MAILBOX = 2;

    /**
     * Checks the numbers.
     *
     * @param kind 2, 4 or 5
     * @param subject 0 to 999
     * @param detail 0 to 999
     * @throws IllegalArgumentException if one is out of bounds
     */
    public EnhancedStatus {
        boolean known = kind == 2 || kind == 4 || kind == 5;
        if (!known || subject < 0 || subject > 999 || detail < 0 || detail > 999) {
            throw new IllegalArgumentException(kind + "." + subject + "." + detail + " is no status code");
        }
    }

    /**
     * The three-digit code that goes with it in a reply of SMTP or LMTP (RFC 5321, section 4.2.3).
     *
     * @return such as 250, 451 or 550
     */
    public int replyCode() {
        return switch (kind) {
            case 2 -> 250;
            case 4 -> equals(MAILBOX_FULL_NOW) || equals(NO_ROOM_NOW) ? 452 : 451;
            default -> {
                if (equals(MAILBOX_FULL) || equals(MESSAGE_TOO_LARGE)) {
                    yield 552;
                }
                yield subject == ADDRESS || subject == MAILBOX ? 550 : 554;
            }
        };
    }

    /**
     * The code as it stands in a reply.
     *
     * @return three numbers with dots
     */
    @Override
    public String toString() {
        return kind + "." + subject + "." + detail;
    }
}
