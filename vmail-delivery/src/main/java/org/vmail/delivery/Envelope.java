package org.vmail.delivery;

import java.util.List;
import org.vmail.address.MailAddress;

/**
 * What a message is delivered by, whatever its header says (RFC 5321, section 2.3.1).
 *
 * @param reversePath who is told of a failure
 * @param recipients who gets it, in the order given; one may stand here twice and then gets two results and one message
 */
public record Envelope(ReversePath reversePath, List<MailAddress> recipients) {
    /**
     * Copies the list.
     *
     * @param reversePath who is told of a failure
     * @param recipients who gets it
     */
    public Envelope {
        recipients = List.copyOf(recipients);
    }
}
