package org.vmail.delivery.lmtp;

import org.vmail.delivery.EnhancedStatus;

/** The three-digit code that goes with an enhanced one (RFC 5321, section 4.2.3). */
final class LmtpReplies {
    private static final EnhancedStatus MAILBOX_FULL_NOW = new EnhancedStatus(4, 2, 2);
    private static final EnhancedStatus NO_ROOM_NOW = new EnhancedStatus(4, 3, 1);
    private static final EnhancedStatus MAILBOX_FULL = new EnhancedStatus(5, 2, 2);
    private static final EnhancedStatus TOO_LARGE = new EnhancedStatus(5, 3, 4);
    private static final int ADDRESS = 1;
    private static final int MAILBOX = 2;

    private LmtpReplies() {}

    static int code(EnhancedStatus status) {
        if (status.kind() == 2) {
            return 250;
        }
        if (status.kind() == 4) {
            return status.equals(MAILBOX_FULL_NOW) || status.equals(NO_ROOM_NOW) ? 452 : 451;
        }
        if (status.equals(MAILBOX_FULL) || status.equals(TOO_LARGE)) {
            return 552;
        }
        return status.subject() == ADDRESS || status.subject() == MAILBOX ? 550 : 554;
    }
}
