package org.vmail.directory;

import java.util.List;
import org.vmail.address.MailAddress;

/**
 * Where an account sends its mail on to.
 *
 * @param to the addresses, here or elsewhere; never empty
 * @param keepCopy whether its mailbox gets the mail, too
 */
public record Forward(List<MailAddress> to, boolean keepCopy) {
    /**
     * Copies the list.
     *
     * @param to the addresses
     * @param keepCopy whether its mailbox gets the mail, too
     * @throws IllegalArgumentException if there is no address
     */
    public Forward {
        to = List.copyOf(to);
        if (to.isEmpty()) {
            throw new IllegalArgumentException("A forward needs an address");
        }
    }
}
