package org.vmail.delivery;

import java.util.List;
import java.util.Set;
import org.vmail.address.MailAddress;

/** Where mail for an address goes: one step, which may lead to further addresses. */
public sealed interface Routing {
    /**
     * Into a mailbox.
     *
     * @param account the canonical address of the account
     */
    record Mailbox(MailAddress account) implements Routing {}

    /**
     * To other addresses.
     *
     * @param mailboxes accounts that get it as they are, though an alias has their name: an alias may keep a copy for the
     *     account that it hides
     * @param members addresses to be routed in turn
     */
    record Alias(Set<MailAddress> mailboxes, List<MailAddress> members) implements Routing {
        /**
         * Copies both.
         *
         * @param mailboxes accounts that get it as they are
         * @param members addresses to be routed in turn
         */
        public Alias {
            mailboxes = Set.copyOf(mailboxes);
            members = List.copyOf(members);
        }
    }

    /** The domain is not hosted here. */
    record Elsewhere() implements Routing {}

    /** The domain is hosted here, and has nobody of that name and no fallback. */
    record Unknown() implements Routing {}

    /**
     * The administrator has to mend something first, and mail waits until then.
     *
     * @param problem what, for the log
     */
    record Misconfigured(String problem) implements Routing {}
}
