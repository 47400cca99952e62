package org.vmail.delivery;

import com.google.common.collect.ImmutableSet;
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
     * To several places, or to other addresses.
     *
     * @param destinations where it ends up, such as the mailbox that an alias of its name hides
     * @param members addresses to be routed in turn
     */
    record Alias(Set<Destination> destinations, List<MailAddress> members) implements Routing {
        /**
         * Copies both, in their order.
         *
         * @param destinations where it ends up
         * @param members addresses to be routed in turn
         */
        public Alias {
            destinations = ImmutableSet.copyOf(destinations); // which keeps their order
            members = List.copyOf(members);
        }
    }

    /** The domain is not hosted here. */
    record Elsewhere() implements Routing {}

    /** The domain is hosted here, and has nobody of that name and no fallback. */
    record Unknown() implements Routing {}

    /**
     * There is somebody of that name who gets no mail.
     *
     * @param outcome what the sender is told
     */
    record Refused(Outcome.Refused outcome) implements Routing {}

    /**
     * The administrator has to mend something first, and mail waits until then.
     *
     * @param problem what, for the log
     */
    record Misconfigured(String problem) implements Routing {}
}
