package org.vmail.examples.server;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;

/** The mail of all domains, of which some keep theirs in another place or format. */
record DomainMail(ReferenceServer.Mail usual, Map<Domain, ReferenceServer.Mail> others)
        implements MaildropStore, DeliveryTarget {
    private ReferenceServer.Mail of(MailAddress account) {
        return others.getOrDefault(account.domain(), usual);
    }

    @Override
    public OpenResult open(MailAddress account) throws IOException {
        return of(account).maildrops().open(account);
    }

    @Override
    public Delivery begin(MailAddress account) throws IOException {
        return of(account).deliveries().begin(account);
    }

    @Override
    public BeginResult begin(MailAddress account, long octets) throws IOException {
        return of(account).deliveries().begin(account, octets);
    }

    @Override
    public Optional<BeginResult> beginLinked(MailAddress account, Delivery written) throws IOException {
        return of(account).deliveries().beginLinked(account, written);
    }

    @Override
    public Optional<BeginResult.OverQuota> overQuota(MailAddress account, long octets) throws IOException {
        return of(account).deliveries().overQuota(account, octets);
    }
}
