package org.vmail.directory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.domain.HostedDomains;

/**
 * Who exists: the hosted domains, their accounts and their aliases.
 *
 * <p>Names are compared without regard to case, and an address under an alias name of a domain means the same as under
 * its main name. Empty means that there is surely no such thing; whoever cannot tell throws, so that no mail is returned
 * and no user is told that the password is wrong because a disk or a database is away. Implementations are thread-safe.
 */
public interface Directory extends HostedDomains {
    /**
     * Finds a hosted domain.
     *
     * @param name its main name or an alias name
     * @return the domain, or empty if it is not hosted here
     * @throws IOException if that cannot be told now
     */
    Optional<HostedDomain> domain(Domain name) throws IOException;

    /**
     * Finds an account.
     *
     * @param address its address, under any name of its domain
     * @return the account, or empty if there is none
     * @throws IOException if that cannot be told now
     */
    Optional<Account> account(MailAddress address) throws IOException;

    /**
     * Finds an account by its user's full name, as {@link HostedDomain#withFullNames} allows. Asked only where it is
     * allowed and there is no account of the address.
     *
     * @param address such as {@code joe.who@a.example} for Joe Who, under any name of its domain
     * @return the account, or empty if there is none, or several; this default knows no full names
     * @throws IOException if that cannot be told now
     */
    default Optional<Account> accountOfFullName(MailAddress address) throws IOException {
        return Optional.empty();
    }

    /**
     * Finds an alias.
     *
     * @param address its address, under any name of its domain
     * @return the alias, or empty if there is none
     * @throws IOException if that cannot be told now
     */
    Optional<Alias> alias(MailAddress address) throws IOException;

    @Override
    default Optional<Domain> mainName(Domain name) throws IOException {
        return domain(name).map(HostedDomain::name);
    }

    /**
     * This directory and another one, such as the system's users and virtual domains. A domain that both have is this one's,
     * with all of its users.
     *
     * @param other has the domains that this one does not have
     * @return both
     */
    default Directory or(Directory other) {
        return new EitherDirectory(this, other);
    }

    /**
     * Begins a directory that lives in memory.
     *
     * @return a builder
     */
    static InMemoryDirectoryBuilder inMemory() {
        return new InMemoryDirectoryBuilder();
    }

    /**
     * Reads a directory from files in Linuxconf's layout, with the default settings.
     *
     * @param folder where {@code passwd.DOMAIN}, {@code shadow.DOMAIN} and {@code aliases.DOMAIN} are
     * @return the directory, which takes up changes of the files
     * @throws IOException if the folder cannot be read
     * @see FileDirectory
     */
    static Directory files(Path folder) throws IOException {
        return FileDirectory.builder(folder).build();
    }
}
