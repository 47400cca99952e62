package org.vmail.directory;

import java.util.Map;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** A directory that does not change; the keys are in lower case, under main names. */
record InMemoryDirectory(
        DomainNames domains,
        Map<MailAddress, Account> accounts,
        Map<MailAddress, MailAddress> fullNames,
        Map<MailAddress, Alias> aliases)
        implements Directory {
    @Override
    public Optional<HostedDomain> domain(Domain name) {
        return domains.find(name);
    }

    @Override
    public Optional<Account> account(MailAddress address) {
        return canonical(address).map(accounts::get);
    }

    @Override
    public Optional<Account> accountOfFullName(MailAddress address) {
        return canonical(address).map(fullNames::get).map(accounts::get);
    }

    @Override
    public Optional<Alias> alias(MailAddress address) {
        return canonical(address).map(aliases::get);
    }

    private Optional<MailAddress> canonical(MailAddress address) {
        return domain(address.domain())
                .map(domain -> new MailAddress(address.localPart(), domain.name()).toLowerCase());
    }

    /** Only counts: an account holds a secret. */
    @Override
    public String toString() {
        return "in-memory directory of " + accounts.size() + " accounts";
    }
}
