package org.vmail.delivery;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;

/** Where the targets of one alias lead. Used by one thread, once. */
final class AliasRouting {
    private final Directory directory;
    private final HostedDomain domain;
    private final Alias alias;
    private final Set<Destination> destinations = new LinkedHashSet<>();
    private final List<MailAddress> members = new ArrayList<>();

    AliasRouting(Directory directory, HostedDomain domain, Alias alias) {
        this.directory = directory;
        this.domain = domain;
        this.alias = alias;
    }

    Routing routing() throws IOException {
        for (AliasTarget target : alias.targets()) {
            if (target instanceof AliasTarget.Refusal refusal) {
                return new Routing.Refused(new Outcome.Refused(
                        EnhancedStatus.UNKNOWN_USER,
                        refusal.text().isEmpty() ? "there is no such user here" : refusal.text()));
            }
            Optional<String> problem = add(target);
            if (problem.isPresent()) {
                return new Routing.Misconfigured("alias " + alias.address() + ": " + problem.get());
            }
        }
        return new Routing.Alias(destinations, members);
    }

    /** Returns why the target cannot be used, if it cannot. */
    private Optional<String> add(AliasTarget target) throws IOException {
        if (target instanceof AliasTarget.Unusable unusable) {
            return Optional.of(unusable.problem());
        } else if (target instanceof AliasTarget.Address to) {
            addAddress(to.address());
        } else if (target instanceof AliasTarget.Mailbox mailbox) {
            addAccount(mailbox.account());
        } else if (target instanceof AliasTarget.ListFile list) {
            return addList(list);
        } else if (target instanceof AliasTarget.Discard) {
            destinations.add(new Destination.Discard());
        } else if (domain.commands()) {
            destinations.add(privileged(target));
        } else {
            return Optional.of("commands and files are switched off in " + domain.name());
        }
        return Optional.empty();
    }

    /** What has the rights of this process, and so is not for everybody who may edit an alias file. */
    private Destination privileged(AliasTarget target) {
        if (target instanceof AliasTarget.Command to) {
            return new Destination.Command(alias.address(), to.command());
        } else if (target instanceof AliasTarget.Mbox to) {
            return new Destination.Mbox(to.file());
        }
        return new Destination.Maildir(((AliasTarget.Maildir) target).folder());
    }

    /** An alias that names itself means the account that it hides. */
    private void addAddress(MailAddress address) throws IOException {
        if (canonical(address).equals(canonical(alias.address()))) {
            addAccount(address);
        } else {
            members.add(address);
        }
    }

    private void addAccount(MailAddress address) throws IOException {
        Optional<Account> account = directory.account(address).filter(found -> !found.disabled());
        if (account.isEmpty()) {
            return;
        }
        if (account.get().forward().map(forward -> forward.keepCopy()).orElse(true)) {
            destinations.add(new Destination.Mailbox(account.get().address()));
        }
        account.get().forward().ifPresent(forward -> members.addAll(forward.to()));
    }

    private Optional<String> addList(AliasTarget.ListFile list) throws IOException {
        List<AliasTarget> found = list.members();
        for (AliasTarget member : found) {
            Optional<String> problem = add(member);
            if (problem.isPresent()) {
                return Optional.of("the list " + list.file() + ": " + problem.get());
            }
        }
        // It may be half written; and a list of nobody is nobody's intention.
        return found.isEmpty() ? Optional.of("the list " + list.file() + " is empty") : Optional.empty();
    }

    private MailAddress canonical(MailAddress address) throws IOException {
        Domain main = directory.mainName(address.domain()).orElse(address.domain());
        return new MailAddress(address.localPart(), main).toLowerCase();
    }
}
