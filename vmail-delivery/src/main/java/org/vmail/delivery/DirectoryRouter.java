package org.vmail.delivery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.Directory;
import org.vmail.directory.Fallback;
import org.vmail.directory.HostedDomain;

/** Alias, then account, then fallback. */
record DirectoryRouter(Directory directory) implements RecipientRouter {
    @Override
    public Routing route(MailAddress recipient) throws IOException {
        Optional<HostedDomain> domain = directory.domain(recipient.domain());
        if (domain.isEmpty()) {
            return new Routing.Elsewhere();
        }
        Optional<Alias> alias = directory.alias(recipient);
        if (alias.isPresent()) {
            return expand(alias.get());
        }
        Optional<Account> account = directory.account(recipient);
        if (account.isPresent()) {
            return new Routing.Mailbox(account.get().address());
        }
        return domain.get()
                .fallback()
                .map(fallback -> fallBack(fallback, recipient))
                .orElseGet(Routing.Unknown::new);
    }

    private Routing expand(Alias alias) throws IOException {
        Set<MailAddress> mailboxes = new HashSet<>();
        List<MailAddress> members = new ArrayList<>();
        for (AliasTarget target : alias.targets()) {
            if (target instanceof AliasTarget.Unusable unusable) {
                return new Routing.Misconfigured("alias " + alias.address() + ": " + unusable.problem());
            }
            MailAddress member = ((AliasTarget.Address) target).address();
            if (canonical(member).equals(canonical(alias.address()))) {
                directory.account(member).map(Account::address).ifPresent(mailboxes::add);
            } else {
                members.add(member);
            }
        }
        return new Routing.Alias(mailboxes, members);
    }

    private MailAddress canonical(MailAddress address) throws IOException {
        Domain main = directory.mainName(address.domain()).orElse(address.domain());
        return new MailAddress(address.localPart(), main).toLowerCase();
    }

    private static Routing fallBack(Fallback fallback, MailAddress recipient) {
        MailAddress member = fallback instanceof Fallback.ToDomain to
                ? new MailAddress(recipient.localPart(), to.domain())
                : ((Fallback.ToAddress) fallback).address();
        // A fallback that has nobody behind it leads back to itself.
        return member.toLowerCase().equals(recipient.toLowerCase())
                ? new Routing.Unknown()
                : new Routing.Alias(Set.of(), List.of(member));
    }
}
