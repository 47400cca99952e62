package org.vmail.mailbox;

import java.io.IOException;
import java.util.Optional;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;
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
     * What a directory says: the quota of the account, or else the default of its domain.
     *
     * @param directory who exists
     * @return the limits
     */
    static QuotaLimits over(Directory directory) {
        return account -> {
            Optional<Quota> own = directory.account(account).flatMap(Account::quota);
            return own.isPresent()
                    ? own.get()
                    : directory
                            .domain(account.domain())
                            .map(HostedDomain::defaultQuota)
                            .orElse(Quota.UNLIMITED);
        };
    }

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
