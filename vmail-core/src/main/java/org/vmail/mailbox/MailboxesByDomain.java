package org.vmail.mailbox;

import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/**
 * The mailboxes of all domains, of which some have theirs in another place or another format.
 *
 * <pre>{@code
 * MailboxesByDomain mailboxes = MailboxesByDomain.of(MaildirStore.under(mail))
 *         .with(Domain.of("old.example"), MboxStore.in(MailFolder.at(mail)));
 * }</pre>
 *
 * <p>It is for a POP3 server and for delivery alike. No two domains may have the same files. Immutable; the stores stay their
 * owner's.
 */
public final class MailboxesByDomain implements MaildropStore, DeliveryTarget {
    private record Mailboxes(MaildropStore maildrops, DeliveryTarget deliveries) {}

    private final Mailboxes usual;
    private final ImmutableMap<Domain, Mailboxes> others;

    private MailboxesByDomain(Mailboxes usual, ImmutableMap<Domain, Mailboxes> others) {
        this.usual = usual;
        this.others = others;
    }

    /**
     * All domains have their mailboxes in one store.
     *
     * @param store the mailboxes of all domains that are not given others
     * @param <S> a store that serves mail and takes it in
     * @return the mailboxes
     */
    public static <S extends MaildropStore & DeliveryTarget> MailboxesByDomain of(S store) {
        return new MailboxesByDomain(new Mailboxes(store, store), ImmutableMap.of());
    }

    /**
     * These mailboxes, but for one domain.
     *
     * @param domain its main name
     * @param store the mailboxes of its accounts, in the place of those it had
     * @param <S> a store that serves mail and takes it in
     * @return the mailboxes
     */
    public <S extends MaildropStore & DeliveryTarget> MailboxesByDomain with(Domain domain, S store) {
        return new MailboxesByDomain(
                usual,
                ImmutableMap.<Domain, Mailboxes>builder()
                        .putAll(others)
                        .put(domain, new Mailboxes(store, store))
                        .buildKeepingLast());
    }

    private MaildropStore maildrops(MailAddress account) {
        return others.getOrDefault(account.domain(), usual).maildrops();
    }

    private DeliveryTarget deliveries(MailAddress account) {
        return others.getOrDefault(account.domain(), usual).deliveries();
    }

    @Override
    public OpenResult open(MailAddress account) throws IOException {
        return maildrops(account).open(account);
    }

    @Override
    public Delivery begin(MailAddress account) throws IOException {
        return deliveries(account).begin(account);
    }

    @Override
    public void deliver(MailAddress account, byte[] message) throws IOException {
        deliveries(account).deliver(account, message);
    }

    @Override
    public BeginResult begin(MailAddress account, long octets) throws IOException {
        return deliveries(account).begin(account, octets);
    }

    @Override
    public Optional<BeginResult> beginLinked(MailAddress account, Delivery written) throws IOException {
        return deliveries(account).beginLinked(account, written);
    }

    @Override
    public Optional<BeginResult.OverQuota> overQuota(MailAddress account, long octets) throws IOException {
        return deliveries(account).overQuota(account, octets);
    }
}
