package org.vmail.delivery;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/**
 * The destinations that one recipient stands for, found by following aliases. No address is routed twice, so an alias that
 * leads back to itself ends there; and there are no more than a limit of them, so no chain is longer either.
 *
 * <p>A member who does not exist or gets no mail is left out as long as there is another; a member who cannot be routed now
 * makes the whole recipient wait, for nobody would send that member the message again.
 *
 * @param addresses the recipient and all that it led to, in lower case
 * @param targets where its mail ends up; none if there is a failure
 * @param failure why it cannot be delivered
 */
record Expansion(Set<MailAddress> addresses, Set<Target> targets, Optional<Outcome> failure) {
    private static final Logger LOG = LoggerFactory.getLogger(Expansion.class);
    private static final Outcome NOT_NOW =
            new Outcome.Deferred(EnhancedStatus.SYSTEM_FAILURE, "the recipient cannot be looked up now");
    private static final Outcome UNKNOWN =
            new Outcome.Refused(EnhancedStatus.UNKNOWN_USER, "there is no such user here");

    /**
     * A destination, and what a message passes on its way there.
     *
     * @param filter that of the mailbox's domain, or of the domain whose alias leads elsewhere
     */
    record Target(Destination destination, Optional<Filter> filter) {}

    /** An address to be routed, and the domain that led to it. */
    private record Pending(MailAddress address, Domain from) {}

    /**
     * Follows a recipient.
     *
     * @param possible which destinations can be delivered to here
     */
    static Expansion of(MailAddress recipient, RecipientRouter router, int limit, Predicate<Destination> possible) {
        Walk walk = new Walk(recipient, router, limit, possible);
        try {
            walk.go();
        } catch (IOException | RuntimeException e) { // of a directory that was plugged in
            LOG.error("{} cannot be routed now", recipient, e);
            walk.failure = NOT_NOW;
        }
        if (walk.failure == null && walk.targets.isEmpty()) {
            walk.failure = walk.refusal == null ? UNKNOWN : walk.refusal;
        }
        Set<MailAddress> addresses = Collections.unmodifiableSet(walk.seen);
        return walk.failure == null
                ? new Expansion(addresses, Collections.unmodifiableSet(walk.targets), Optional.empty())
                : new Expansion(addresses, Set.of(), Optional.of(walk.failure));
    }

    private static final class Walk {
        private final MailAddress recipient;
        private final RecipientRouter router;
        private final int limit;
        private final Predicate<Destination> possible;
        private final Set<Target> targets = new LinkedHashSet<>();
        private final Set<MailAddress> seen = new LinkedHashSet<>();
        private final Deque<Pending> pending = new ArrayDeque<>();
        /** Ends the walk. */
        private @Nullable Outcome failure;
        /** Counts if there is nobody else. */
        private @Nullable Outcome refusal;

        Walk(MailAddress recipient, RecipientRouter router, int limit, Predicate<Destination> possible) {
            this.recipient = recipient;
            this.router = router;
            this.limit = limit;
            this.possible = possible;
            seen.add(recipient.toLowerCase());
            pending.add(new Pending(recipient, recipient.domain()));
        }

        void go() throws IOException {
            while (!pending.isEmpty() && failure == null) {
                Pending next = pending.remove();
                follow(next, router.route(next.address()));
                if (seen.size() - 1 > limit || targets.size() > limit) {
                    LOG.error("Mail for {} has to wait: it stands for more than {} addresses", recipient, limit);
                    failure = misconfigured("the recipient stands for too many");
                }
            }
        }

        private void follow(Pending from, Routing routing) throws IOException {
            MailAddress address = from.address();
            if (routing instanceof Routing.Mailbox mailbox) {
                add(new Destination.Mailbox(mailbox.account()), address.domain());
            } else if (routing instanceof Routing.Alias alias) {
                for (Destination destination : alias.destinations()) {
                    add(destination, address.domain());
                }
                alias.members().stream()
                        .filter(member -> seen.add(member.toLowerCase()))
                        .forEach(member -> pending.add(new Pending(member, address.domain())));
            } else if (routing instanceof Routing.Misconfigured misconfigured) {
                LOG.error("Mail for {} has to wait: {}", recipient, misconfigured.problem());
                failure = misconfigured("the recipient is not set up correctly");
            } else if (routing instanceof Routing.Elsewhere && address.equals(recipient)) {
                failure = new Outcome.Refused(EnhancedStatus.UNKNOWN_DOMAIN, "the domain is not hosted here");
            } else if (routing instanceof Routing.Elsewhere) {
                add(new Destination.Remote(address), from.from());
            } else if (routing instanceof Routing.Refused refused) {
                refusal = refusal == null ? refused.outcome() : refusal;
            } else {
                LOG.debug("{} leads to {}, whom nobody knows", recipient, address);
            }
        }

        private void add(Destination destination, Domain leading) throws IOException {
            if (!possible.test(destination)) {
                LOG.error("Mail for {} has to wait: nothing here delivers to {}", recipient, destination);
                failure = misconfigured("mail cannot be sent on from here");
                return;
            }
            Domain filtering = destination instanceof Destination.Mailbox mailbox
                    ? mailbox.account().domain()
                    : leading;
            Optional<Filter> filter =
                    destination instanceof Destination.Discard ? Optional.empty() : router.filter(filtering);
            targets.add(new Target(destination, filter));
        }

        private static Outcome misconfigured(String text) {
            return new Outcome.Deferred(EnhancedStatus.MISCONFIGURED, text);
        }
    }
}
