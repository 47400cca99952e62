package org.vmail.mailbox;

import java.io.IOException;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;

/**
 * Tells the quota of each account. It is asked for every delivery, so an answer that takes long should be remembered.
 * Implementations are thread-safe.
 */
@FunctionalInterface
public interface QuotaLimits {
    /**
     * The quota of an account, as it is now.
     *
     * @param account the canonical address of an account that exists
     * @return its quota, or {@link Quota#UNLIMITED}
     * @throws IOException if it cannot be told now; nothing is delivered to the account then
     */
    Quota of(MailAddress account) throws IOException;

    /**
     * The same quota for everybody.
     *
     * @param quota of each account
     * @return the limits
     */
    static QuotaLimits forAll(Quota quota) {
        return account -> quota;
    }
}
