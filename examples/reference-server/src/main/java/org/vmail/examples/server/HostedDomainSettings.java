package org.vmail.examples.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.vmail.address.Domain;
import org.vmail.directory.AliasPattern;
import org.vmail.directory.CommandLine;
import org.vmail.directory.Fallback;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.OverQuotaReply;
import org.vmail.directory.Quota;

/**
 * The tables domain-defaults and domains: what holds for hosted domains.
 *
 * @param domains those with a table of their own, with the defaults where it says nothing else
 * @param defaults what any other domain has
 * @param mailboxes what they say of their mailboxes
 */
record HostedDomainSettings(
        List<HostedDomain> domains,
        Function<Domain, HostedDomain> defaults,
        Map<Domain, MailboxSettings.Own> mailboxes) {
    static HostedDomainSettings read(SettingsTable root) throws SettingsException {
        SettingsTable common = root.table("domain-defaults");
        changed(common, HostedDomain.of(Domain.of("any.example"))); // so that a mistake is told
        Function<Domain, HostedDomain> defaults =
                common.isPresent() ? name -> again(common, HostedDomain.of(name)) : HostedDomain::of;
        SettingsTable table = root.table("domains");
        List<HostedDomain> domains = new ArrayList<>();
        Map<Domain, MailboxSettings.Own> mailboxes = new LinkedHashMap<>();
        Set<Domain> names = new HashSet<>();
        for (Map.Entry<String, SettingsTable> entry : table.tables().entrySet()) {
            Domain name = table.meaning(entry.getKey(), entry.getKey(), Domain::of);
            List<Domain> aliases = entry.getValue().texts("aliases", Domain::of);
            mailboxes.put(name, MailboxSettings.Own.read(entry.getValue()));
            HostedDomain domain =
                    changed(entry.getValue(), defaults.apply(name)).withAliases(aliases);
            if (!names.add(name) || !aliases.stream().allMatch(names::add)) {
                throw table.problem(entry.getKey(), "has a name or an alias that another domain has");
            }
            domains.add(domain);
        }
        return new HostedDomainSettings(domains, defaults, mailboxes);
    }

    /** A table that was read without a problem means the same for every domain. */
    private static HostedDomain again(SettingsTable table, HostedDomain domain) {
        try {
            return changed(table, domain);
        } catch (SettingsException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A domain with what a table says; what it does not say stays. */
    private static HostedDomain changed(SettingsTable table, HostedDomain usual) throws SettingsException {
        HostedDomain domain = usual.withFullNames(table.flag("full-names", usual.fullNames()))
                .withCommands(table.flag("commands", usual.commands()))
                .withAutoResponses(table.flag("auto-responses", usual.autoResponses()))
                .withDefaultQuota(new Quota(
                        table.number("quota-octets", usual.defaultQuota().octets(), HostedDomainSettings::limit),
                        table.number("quota-messages", usual.defaultQuota().messages(), HostedDomainSettings::limit)))
                .withOverQuotaReply(table.text("over-quota", SettingsFile.choice(OverQuotaReply.class, reply -> reply))
                        .orElse(usual.overQuotaReply()));
        if (table.keys().contains("alias-files")) {
            domain = domain.withAliasFiles(table.texts("alias-files", HostedDomainSettings::absolute));
        }
        if (table.keys().contains("alias-patterns")) {
            domain = domain.withAliasPatterns(patterns(table.tableList("alias-patterns")));
        }
        domain = table.number("max-accounts", domain, SettingsFile.count(domain::withMaxAccounts));
        domain = table.text("subaddress-delimiters", domain::withSubaddressDelimiters)
                .orElse(domain);
        HostedDomain unfiltered = domain;
        domain = table.text("filter", text -> unfiltered.withFilter(CommandLine.parse(text)))
                .orElse(domain);
        HostedDomain plain = domain;
        domain = table.text("fallback", text -> plain.withFallback(Fallback.parse(text, plain.name())))
                .orElse(domain);
        table.allAsked();
        return domain;
    }

    private static long limit(long positive) {
        if (positive < 1) {
            throw new IllegalArgumentException("a quota must be positive");
        }
        return positive;
    }

    private static List<AliasPattern> patterns(List<SettingsTable> tables) throws SettingsException {
        List<AliasPattern> patterns = new ArrayList<>();
        for (SettingsTable table : tables) {
            String expression = table.requiredText("match", text -> text);
            String[] targets = table.texts("to", text -> text).toArray(String[]::new);
            patterns.add(table.meaning("match", expression, match -> AliasPattern.of(match, targets)));
            table.allAsked();
        }
        return patterns;
    }

    private static Path absolute(String text) {
        Path path = SettingsTable.pathOf(text);
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException("'" + text + "' is no absolute path");
        }
        return path;
    }
}
