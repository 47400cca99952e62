package org.vmail.directory;

import com.google.common.base.CharMatcher;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.MailAddress;

/** Accounts by the names of their users. */
final class FullNames {
    private FullNames() {}

    /**
     * The address that a user has by his name, in lower case, with a dot for each gap; empty if the name is unknown or makes
     * no address.
     */
    static Optional<MailAddress> address(Account account) {
        return account.fullName().flatMap(name -> {
            String localPart = CharMatcher.whitespace().trimAndCollapseFrom(name, '.');
            try {
                return Optional.of(new MailAddress(localPart, account.address().domain()).toLowerCase());
            } catch (IllegalArgumentException notAnAddress) {
                return Optional.empty();
            }
        });
    }

    /** All accounts that have an address of that kind; whose name somebody else has, too, is left out. */
    static Map<MailAddress, MailAddress> of(Collection<Account> accounts) {
        Map<MailAddress, MailAddress> byName = new HashMap<>();
        Set<MailAddress> ambiguous = new HashSet<>();
        for (Account account : accounts) {
            address(account).ifPresent(name -> {
                if (byName.put(name, account.address()) != null) {
                    ambiguous.add(name);
                }
            });
        }
        byName.keySet().removeAll(ambiguous);
        return Map.copyOf(byName);
    }
}
