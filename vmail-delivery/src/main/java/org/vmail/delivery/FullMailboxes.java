package org.vmail.delivery;

import java.io.IOException;
import org.vmail.address.MailAddress;
import org.vmail.directory.OverQuotaReply;
import org.vmail.mailbox.BeginResult;

/** What is said of mail for which a mailbox has no room. */
@FunctionalInterface
interface FullMailboxes {
    OverQuotaReply reply(MailAddress account) throws IOException;

    /** A message that would not even fit into an empty mailbox need not be tried again. */
    default Outcome outcome(MailAddress account, BeginResult.OverQuota full) throws IOException {
        if (full.permanent()) {
            return new Outcome.Refused(EnhancedStatus.MAILBOX_FULL, "the message is larger than the mailbox may be");
        }
        return switch (reply(account)) {
            case TEMPORARY -> new Outcome.Deferred(EnhancedStatus.MAILBOX_FULL_NOW, "the mailbox is full");
            case PERMANENT -> new Outcome.Refused(EnhancedStatus.MAILBOX_FULL, "the mailbox is full");
        };
    }
}
