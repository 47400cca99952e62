package org.vmail.delivery;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.MailAddress;

/**
 * The mailboxes that one recipient stands for, found by following aliases. No address is routed twice, so an alias that
 * leads back to itself ends there; and there are no more than a limit of them.
 *
 * <p>A member who does not exist is left out as long as there is another; a member who cannot be routed now makes the
 * whole recipient wait, for nobody would send that member the message again.
 */
record Expansion(Set<MailAddress> mailboxes, Optional<Outcome> failure) {
    private static final Logger LOG = LoggerFactory.getLogger(Expansion.class);

    static Expansion of(MailAddress recipient, RecipientRouter router, int limit) {
        Set<MailAddress> mailboxes = new LinkedHashSet<>();
        Set<MailAddress> seen = new HashSet<>(Set.of(recipient.toLowerCase()));
        Deque<MailAddress> pending = new ArrayDeque<>(Set.of(recipient));
        while (!pending.isEmpty()) {
            MailAddress address = pending.remove();
            Routing routing;
            try {
                routing = router.route(address);
            } catch (IOException | RuntimeException e) { // of a directory that was plugged in
                LOG.error("{} cannot be routed now", address, e);
                return failed(
                        new Outcome.Deferred(EnhancedStatus.SYSTEM_FAILURE, "the recipient cannot be looked up now"));
            }
            if (routing instanceof Routing.Mailbox mailbox) {
                mailboxes.add(mailbox.account());
            } else if (routing instanceof Routing.Alias alias) {
                mailboxes.addAll(alias.mailboxes());
                alias.members().stream()
                        .filter(member -> seen.add(member.toLowerCase()))
                        .forEach(pending::add);
            } else if (routing instanceof Routing.Misconfigured misconfigured) {
                LOG.error("Mail for {} has to wait: {}", recipient, misconfigured.problem());
                return failed(
                        new Outcome.Deferred(EnhancedStatus.MISCONFIGURED, "the recipient is not set up correctly"));
            } else if (routing instanceof Routing.Elsewhere && address.equals(recipient)) {
                return failed(new Outcome.Refused(EnhancedStatus.UNKNOWN_DOMAIN, "the domain is not hosted here"));
            } else if (routing instanceof Routing.Elsewhere) {
                LOG.error("Mail for {} has to wait: {} is elsewhere, and nothing forwards mail", recipient, address);
                return failed(new Outcome.Deferred(EnhancedStatus.MISCONFIGURED, "mail cannot be forwarded from here"));
            } else {
                LOG.debug("{} leads to {}, whom nobody knows", recipient, address);
            }
            int others = seen.size() - 1;
            if (others > limit || mailboxes.size() > limit) {
                LOG.error("Mail for {} has to wait: it stands for more than {} addresses", recipient, limit);
                return failed(new Outcome.Deferred(EnhancedStatus.MISCONFIGURED, "the recipient stands for too many"));
            }
        }
        return mailboxes.isEmpty()
                ? failed(new Outcome.Refused(EnhancedStatus.UNKNOWN_USER, "there is no such user here"))
                : new Expansion(mailboxes, Optional.empty());
    }

    private static Expansion failed(Outcome failure) {
        return new Expansion(Set.of(), Optional.of(failure));
    }
}
