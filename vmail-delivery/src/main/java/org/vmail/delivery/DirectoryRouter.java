package org.vmail.delivery;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasPattern;
import org.vmail.directory.CommandLine;
import org.vmail.directory.Directory;
import org.vmail.directory.Fallback;
import org.vmail.directory.HostedDomain;

/** Names that exist, then names with a detail, then patterns, then the fallback. */
record DirectoryRouter(Directory directory) implements RecipientRouter {
    @Override
    public Routing route(MailAddress recipient) throws IOException {
        Optional<HostedDomain> hosted = directory.domain(recipient.domain());
        if (hosted.isEmpty()) {
            return new Routing.Elsewhere();
        }
        HostedDomain domain = hosted.get();
        MailAddress name = new MailAddress(recipient.localPart(), domain.name());
        Optional<Routing> found = byName(domain, name);
        if (found.isEmpty()) {
            Optional<MailAddress> withoutDetail = domain.withoutDetail(name);
            found = withoutDetail.isEmpty() ? Optional.empty() : byName(domain, withoutDetail.get());
        }
        if (found.isEmpty()) {
            found = byPattern(domain, name);
        }
        if (found.isEmpty()) {
            found = domain.fallback().map(fallback -> fallBack(domain, fallback, recipient));
        }
        return found.orElseGet(Routing.Unknown::new);
    }

    @Override
    public Optional<Filter> filter(Domain domain) throws IOException {
        return directory
                .domain(domain)
                .flatMap(hosted -> hosted.filter().map(command -> new Filter(hosted.name(), command)));
    }

    private Optional<Routing> byName(HostedDomain domain, MailAddress name) throws IOException {
        Optional<Alias> alias = directory.alias(name);
        if (alias.isPresent()) {
            return Optional.of(new AliasRouting(directory, domain, alias.get()).routing());
        }
        Optional<Account> account = directory.account(name);
        if (account.isEmpty() && domain.fullNames()) {
            account = directory.accountOfFullName(name);
        }
        return account.map(DirectoryRouter::toAccount);
    }

    private static Routing toAccount(Account account) {
        if (account.disabled()) {
            return new Routing.Refused(
                    new Outcome.Refused(EnhancedStatus.MAILBOX_DISABLED, "the mailbox is switched off"));
        }
        Destination mailbox = new Destination.Mailbox(account.address());
        return account.forward()
                .<Routing>map(
                        forward -> new Routing.Alias(forward.keepCopy() ? Set.of(mailbox) : Set.of(), forward.to()))
                .orElseGet(() -> new Routing.Mailbox(account.address()));
    }

    private static Optional<Routing> byPattern(HostedDomain domain, MailAddress name) throws IOException {
        for (AliasPattern pattern : domain.aliasPatterns()) {
            Optional<List<MailAddress>> members = pattern.match(name.localPart(), domain.name());
            if (members.isPresent()) {
                return Optional.of(new Routing.Alias(Set.of(), members.get()));
            }
        }
        return Optional.empty();
    }

    private static Routing fallBack(HostedDomain domain, Fallback fallback, MailAddress recipient) {
        if (fallback instanceof Fallback.ToCommand to) {
            return toCommand(domain, to.command(), recipient.localPart());
        }
        if (fallback instanceof Fallback.ToDomain to) {
            return to(recipient, new MailAddress(recipient.localPart(), to.domain()));
        }
        return fallback instanceof Fallback.ToAddress to ? to(recipient, to.address()) : new Routing.Unknown();
    }

    /** Here strangers choose the name, so it is refused before there is a message if it cannot be an argument. */
    private static Routing toCommand(HostedDomain domain, CommandLine command, String localPart) {
        if (!domain.commands()) {
            return new Routing.Misconfigured(
                    "the fallback of " + domain.name() + " is a command, and commands are switched off there");
        }
        try {
            List<String> unused = command.arguments(domain.name(), "", localPart);
        } catch (IllegalArgumentException e) {
            return new Routing.Refused(ExitStatus.BAD_ARGUMENT);
        }
        Destination program = new Destination.Command(new MailAddress(localPart, domain.name()), command);
        return new Routing.Alias(Set.of(program), List.of());
    }

    /** A fallback that has nobody behind it leads back to itself. */
    private static Routing to(MailAddress recipient, MailAddress member) {
        return member.toLowerCase().equals(recipient.toLowerCase())
                ? new Routing.Unknown()
                : new Routing.Alias(Set.of(), List.of(member));
    }
}
