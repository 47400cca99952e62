package org.vmail.directory.jdbc;

import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.Ints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.address.Domain;
import org.vmail.directory.AliasPattern;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.Fallback;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.OverQuotaReply;

/**
 * Asks for a domain: its row, its alias names and its fallback. What the database says of a setting counts more than what the
 * options say. Thread-safe.
 */
final class DomainReader {
    private static final Logger LOG = LoggerFactory.getLogger(DomainReader.class);

    /** Mail for a target that is no address waits, as with every pattern. */
    private static final String NO_ADDRESS = " ";

    private final Database database;
    private final JdbcQueries queries;
    private final Map<Domain, HostedDomain> settings;
    private final Function<Domain, HostedDomain> defaults;
    private final int maxTargets;

    DomainReader(Database database, JdbcOptions options) {
        this.database = database;
        this.queries = options.queries();
        this.maxTargets = options.maxTargets();
        this.defaults = options.domainDefaults();
        this.settings = options.domains().stream().collect(Collectors.toUnmodifiableMap(HostedDomain::name, d -> d));
    }

    /** The domain that has a name; at most four queries. */
    Optional<HostedDomain> domain(Domain asked) throws IOException {
        Domain name = mainNameInSettings(asked);
        List<Row> rows = database.ask(queries.query(QueryKind.DOMAIN), parameters(name));
        Optional<Row> own = rowOf(name, rows);
        if (own.isPresent()) {
            return Optional.of(read(name, own.get()));
        }
        Set<Domain> others = names(rows);
        if (others.size() > 1) {
            throw new IOException("the database has " + asked + " as an alias of several domains");
        }
        return others.isEmpty() ? Optional.empty() : aliased(others.iterator().next(), name);
    }

    /** The row may only look like one of this name to the database, so the main domain has to confirm the alias. */
    private Optional<HostedDomain> aliased(Domain main, Domain alias) throws IOException {
        Optional<Row> row = rowOf(main, database.ask(queries.query(QueryKind.DOMAIN), parameters(main)));
        if (row.isEmpty()) {
            return Optional.empty();
        }
        HostedDomain domain = read(main, row.get());
        if (!domain.aliases().contains(alias)) {
            LOG.debug("The database found {} for {}, which is not among its aliases", main, alias);
            return Optional.empty();
        }
        return Optional.of(domain);
    }

    private Domain mainNameInSettings(Domain name) {
        return settings.values().stream()
                .filter(domain -> domain.aliases().contains(name))
                .map(HostedDomain::name)
                .findFirst()
                .orElse(name);
    }

    private static Optional<Row> rowOf(Domain name, List<Row> rows) throws IOException {
        List<Row> own = rows.stream()
                .filter(row -> name(row).filter(name::equals).isPresent())
                .toList();
        if (own.size() > 1) {
            throw new IOException("the database has the domain " + name + " " + own.size() + " times");
        }
        return own.stream().findFirst();
    }

    private static Set<Domain> names(List<Row> rows) {
        return rows.stream().flatMap(row -> name(row).stream()).collect(ImmutableSet.toImmutableSet());
    }

    private static Optional<Domain> name(Row row) {
        return row.text(Columns.NAME).flatMap(Domain::parse);
    }

    private HostedDomain read(Domain name, Row row) throws IOException {
        HostedDomain domain = settingsOf(name);
        Optional<Query> aliasQuery = queries.optionalQuery(QueryKind.DOMAIN_ALIASES);
        if (aliasQuery.isPresent()) {
            Set<Domain> aliases = names(database.ask(aliasQuery.get(), parameters(name)));
            domain = domain.withAliases(ImmutableSet.<Domain>builder()
                    .addAll(domain.aliases())
                    .addAll(aliases.stream()
                            .filter(alias -> !alias.equals(name))
                            .toList())
                    .build());
        }
        Optional<Query> fallbackQuery = queries.optionalQuery(QueryKind.FALLBACK);
        if (fallbackQuery.isPresent()) {
            domain = withFallback(domain, database.ask(fallbackQuery.get(), parameters(name)));
        }
        try {
            return withSettings(domain, row);
        } catch (IllegalArgumentException e) {
            throw new IOException("the database has settings of " + name + " that make no sense: " + e.getMessage(), e);
        }
    }

    private HostedDomain settingsOf(Domain name) {
        HostedDomain own = settings.get(name);
        return own != null ? own : defaults.apply(name);
    }

    private static HostedDomain withSettings(HostedDomain domain, Row row) throws IOException {
        HostedDomain set = domain.withDefaultQuota(AccountReader.quota(row, domain.defaultQuota()))
                .withFullNames(row.flag(Columns.FULL_NAMES, domain.fullNames()))
                .withAutoResponses(row.flag(Columns.AUTO_RESPONSES, domain.autoResponses()));
        set = row.text(Columns.SUBADDRESS_DELIMITERS)
                .map(set::withSubaddressDelimiters)
                .orElse(set);
        set = row.text(Columns.OVER_QUOTA)
                .map(reply -> OverQuotaReply.valueOf(reply.strip().toUpperCase(Locale.ROOT)))
                .map(set::withOverQuotaReply)
                .orElse(set);
        Optional<Long> accounts = row.number(Columns.MAX_ACCOUNTS);
        return accounts.isPresent() ? set.withMaxAccounts(Ints.checkedCast(accounts.get())) : set;
    }

    private HostedDomain withFallback(HostedDomain domain, List<Row> rows) throws IOException {
        List<Row> own = rows.stream()
                .filter(row -> row.text(Columns.ADDRESS)
                        .map(text -> AliasReader.wholeDomain(text)
                                .filter(domain.name()::equals)
                                .isPresent())
                        .orElse(true))
                .toList();
        if (own.isEmpty()) {
            return domain;
        }
        List<AliasTarget> targets = List.copyOf(AliasReader.targets(own, domain.name(), Optional.empty(), maxTargets));
        return targets.size() == 1 ? withFallback(domain, targets.get(0)) : withPattern(domain, targets);
    }

    private static HostedDomain withFallback(HostedDomain domain, AliasTarget target) {
        if (target instanceof AliasTarget.Address to) {
            return domain.withFallback(new Fallback.ToAddress(to.address()));
        }
        if (target instanceof AliasTarget.Refusal) {
            return domain.withFallback(new Fallback.Refuse());
        }
        Optional<Domain> other = target instanceof AliasTarget.Unusable unusable
                ? AliasReader.wholeDomain(unusable.text())
                : Optional.empty();
        return other.map(to -> domain.withFallback(new Fallback.ToDomain(to)))
                .orElseGet(() -> withPattern(domain, List.of(target)));
    }

    /** A fallback is one address; a pattern that every name matches may have several, and comes in the same place. */
    private static HostedDomain withPattern(HostedDomain domain, List<AliasTarget> targets) {
        List<String> members = new ArrayList<>();
        for (AliasTarget target : targets) {
            if (!(target instanceof AliasTarget.Address to)) {
                LOG.warn(
                        "The fallback of {} in the database is not only of addresses, and its mail waits",
                        domain.name());
                members = List.of(NO_ADDRESS);
                break;
            }
            members.add(Matcher.quoteReplacement(to.address().toString()));
        }
        List<AliasPattern> patterns = new ArrayList<>(domain.aliasPatterns());
        patterns.add(AliasPattern.of(".*", members.toArray(String[]::new)));
        return domain.withAliasPatterns(patterns);
    }

    static Map<Parameter, String> parameters(Domain domain) {
        return Map.of(Parameter.DOMAIN, domain.name(), Parameter.CATCHALL, "@" + domain);
    }
}
