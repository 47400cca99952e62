package org.vmail.directory;

import java.io.IOException;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** Two directories, of which the first decides on the domains that it has. */
record EitherDirectory(Directory first, Directory second) implements Directory {
    @Override
    public Optional<HostedDomain> domain(Domain name) throws IOException {
        Optional<HostedDomain> domain = first.domain(name);
        return domain.isPresent() ? domain : second.domain(name);
    }

    @Override
    public Optional<Account> account(MailAddress address) throws IOException {
        return of(address).account(address);
    }

    @Override
    public Optional<Account> accountOfFullName(MailAddress address) throws IOException {
        return of(address).accountOfFullName(address);
    }

    @Override
    public Optional<Alias> alias(MailAddress address) throws IOException {
        return of(address).alias(address);
    }

    private Directory of(MailAddress address) throws IOException {
        return first.domain(address.domain()).isPresent() ? first : second;
    }
}
