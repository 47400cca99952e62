package org.vmail.mailbox;

import java.io.IOException;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** Where maildrops are opened. Implementations are thread-safe. */
@FunctionalInterface
public interface MaildropStore {
    /**
     * Opens the maildrop of an account for one session. An account that never had mail has an empty one.
     *
     * @param account the canonical address of an account that exists
     * @return the maildrop, which the caller closes, or {@link OpenResult.InUse}
     * @throws IOException if it cannot be opened now
     */
    OpenResult open(MailAddress account) throws IOException;

    /**
     * This store, but for one domain, whose mail is kept elsewhere: that of the system's users, for example.
     *
     * @param domain the main name of the domain
     * @param other where its accounts have their maildrops
     * @return a store that asks one of the two
     */
    default MaildropStore exceptFor(Domain domain, MaildropStore other) {
        return account -> (account.domain().equals(domain) ? other : this).open(account);
    }
}
