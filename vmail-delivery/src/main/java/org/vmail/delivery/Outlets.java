package org.vmail.delivery;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;

/** Through which copies of messages leave us. */
record Outlets(
        DeliveryTarget mailboxes,
        FullMailboxes full,
        Optional<Relay> relay,
        Optional<MailFiles> files,
        Programs programs) {
    /** Begins to deliver a message of a certain size somewhere here. */
    BeginResult begin(Destination destination, long octets) throws IOException {
        if (destination instanceof Destination.Mailbox mailbox) {
            return mailboxes.begin(mailbox.account(), octets);
        } else if (destination instanceof Destination.Mbox mbox) {
            return new BeginResult.Begun(files.orElseThrow().mbox(mbox.file()));
        } else if (destination instanceof Destination.Maildir maildir) {
            return new BeginResult.Begun(files.orElseThrow().maildir(maildir.folder()));
        }
        throw new IllegalArgumentException(destination + " is neither a mailbox nor a file");
    }

    /** Begins to deliver to a mailbox what another delivery to one has written; empty if it has to be written again. */
    Optional<BeginResult> beginLinked(Destination.Mailbox mailbox, Delivery written) throws IOException {
        return mailboxes.beginLinked(mailbox.account(), written);
    }

    /** Begins to send on to one or several elsewhere. */
    Delivery begin(ReversePath reversePath, List<Destination.Remote> recipients) throws IOException {
        return relay.orElseThrow()
                .begin(new Envelope(
                        reversePath,
                        recipients.stream().map(Destination.Remote::address).toList()));
    }
}
