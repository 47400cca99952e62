package org.vmail.directory;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/**
 * Builds a directory that lives in memory and does not change. An account or an alias makes its domain exist. Not
 * thread-safe; what it builds is.
 */
public final class InMemoryDirectoryBuilder {
    private final Map<Domain, HostedDomain> domains = new HashMap<>();
    private final Map<MailAddress, Account> accounts = new HashMap<>();
    private final Map<MailAddress, Alias> aliases = new HashMap<>();

    InMemoryDirectoryBuilder() {}

    /**
     * Adds a domain with its settings, or replaces the settings of one that was added.
     *
     * @param domain the domain
     * @return this builder
     */
    public InMemoryDirectoryBuilder domain(HostedDomain domain) {
        domains.put(domain.name(), domain);
        return this;
    }

    /**
     * Adds an account with a password that is kept in memory as it is.
     *
     * @param address the account's address, such as {@code joe@a.example}
     * @param password its password
     * @return this builder
     * @throws IllegalArgumentException if it is no address
     */
    public InMemoryDirectoryBuilder account(String address, String password) {
        return account(new Account(MailAddress.of(address), PasswordHash.plain(password)));
    }

    /**
     * Adds an account.
     *
     * @param account the account
     * @return this builder
     */
    public InMemoryDirectoryBuilder account(Account account) {
        MailAddress address = account.address().toLowerCase();
        domains.computeIfAbsent(address.domain(), HostedDomain::of);
        accounts.put(address, account.withAddress(address));
        return this;
    }

    /**
     * Adds an alias.
     *
     * @param address the name, such as {@code staff@a.example}
     * @param targets the addresses it stands for, here or elsewhere; at least one
     * @return this builder
     * @throws IllegalArgumentException if one of them is no address, or there is no target
     */
    public InMemoryDirectoryBuilder alias(String address, String... targets) {
        List<AliasTarget> members = Arrays.stream(targets)
                .<AliasTarget>map(target -> new AliasTarget.Address(MailAddress.of(target)))
                .toList();
        return alias(new Alias(MailAddress.of(address), members));
    }

    /**
     * Adds an alias.
     *
     * @param alias the name and what it stands for
     * @return this builder
     */
    public InMemoryDirectoryBuilder alias(Alias alias) {
        MailAddress name = alias.address().toLowerCase();
        domains.computeIfAbsent(name.domain(), HostedDomain::of);
        aliases.put(name, new Alias(name, alias.targets()));
        return this;
    }

    /**
     * Builds the directory from what was added so far.
     *
     * @return an immutable directory
     * @throws IllegalArgumentException if a domain has the name of another
     */
    public Directory build() {
        return new InMemoryDirectory(
                DomainNames.of(domains.values()),
                Map.copyOf(accounts),
                FullNames.of(accounts.values()),
                Map.copyOf(aliases));
    }
}
