package org.vmail.directory.jdbc;

import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a {@link JdbcDirectory} asks its database. Immutable; each {@code with…} method returns a changed copy.
 *
 * <p>A query has named parameters, which are bound and never become part of the text: {@code :domain}, a domain in lower case and
 * with A-labels, and where an address is looked for {@code :address}, in lower case, and {@code :user}, its local part. They stand
 * without quotes, as often as need be. What a column means is said by its name, in any case, so {@code AS} is of use;
 * columns of other names are ignored. NULL is as if there were no such column.
 *
 * <p>Names are to be kept in lower case, as for Postfix, or in columns whose collation ignores case: {@code =} is what an index can
 * help with. Rows that a collation finds beyond that (other letters, spaces behind) are left out, so {@code address} and
 * {@code name} have to be what is kept.
 */
public final class JdbcQueries {
    private static final JdbcQueries TUTORIAL = new JdbcQueries(ImmutableMap.of())
            .withDomain("SELECT name FROM virtual_domains WHERE name = :domain")
            .withFallback("SELECT source AS address, destination AS target FROM virtual_aliases"
                    + " WHERE source = :catchall ORDER BY id")
            .withAccount("SELECT email AS address, password FROM virtual_users WHERE email = :address")
            .withAlias("SELECT source AS address, destination AS target FROM virtual_aliases"
                    + " WHERE source = :address ORDER BY id");

    private static final String POSTFIX_ADMIN_ALIAS_DOMAINS =
            "FROM alias_domain WHERE alias_domain = :domain AND active";
    private static final JdbcQueries POSTFIX_ADMIN = new JdbcQueries(ImmutableMap.of())
            .withDomain("SELECT domain AS name, CASE WHEN mailboxes > 0 THEN mailboxes END AS max_accounts FROM domain"
                    + " WHERE domain = :domain AND domain <> 'ALL' AND active AND NOT backupmx"
                    + " AND NOT EXISTS (SELECT 1 " + POSTFIX_ADMIN_ALIAS_DOMAINS + ")"
                    + " UNION ALL SELECT target_domain, NULL " + POSTFIX_ADMIN_ALIAS_DOMAINS)
            .withDomainAliases("SELECT alias_domain AS name FROM alias_domain WHERE target_domain = :domain AND active")
            .withFallback("SELECT address, goto AS target FROM alias WHERE address = :catchall AND active")
            .withAccount("SELECT username AS address, password, name AS full_name, NOT active AS disabled,"
                    + " CASE WHEN quota > 0 THEN quota END AS quota_octets FROM mailbox WHERE username = :address")
            .withAlias("SELECT address, goto AS target FROM alias WHERE address = :address AND active");

    private final ImmutableMap<QueryKind, Query> queries;

    private JdbcQueries(ImmutableMap<QueryKind, Query> queries) {
        this.queries = queries;
    }

    /**
     * Those for the tables that most tutorials of Postfix and Dovecot make: {@code virtual_domains (id, name)},
     * {@code virtual_users (id, domain_id, password, email)} and {@code virtual_aliases (id, domain_id, source, destination)}. A
     * source such as {@code @a.example} is the fallback of its domain.
     *
     * @return the queries
     */
    public static JdbcQueries tutorial() {
        return TUTORIAL;
    }

    /**
     * Those for the tables {@code domain}, {@code alias_domain}, {@code mailbox} and {@code alias} of PostfixAdmin, in MySQL,
     * MariaDB, PostgreSQL or SQLite. What is not active does not exist, but for a mailbox, which is disabled then.
     *
     * @return the queries
     */
    public static JdbcQueries postfixAdmin() {
        return POSTFIX_ADMIN;
    }

    private JdbcQueries with(QueryKind kind, String query) {
        Map<QueryKind, Query> changed = new EnumMap<>(QueryKind.class);
        changed.putAll(queries);
        if (query.isBlank()) {
            changed.remove(kind);
        } else {
            changed.put(kind, Query.of(kind, query));
        }
        return new JdbcQueries(ImmutableMap.copyOf(changed));
    }

    /**
     * Sets how a domain is found, by its main name or an alias name: {@code :domain}. There is one row, whose {@code name} is the
     * main name, or none. The row may have settings, too: {@code quota_octets}, {@code quota_messages}, {@code over_quota}
     * ({@code temporary} or {@code permanent}), {@code full_names}, {@code subaddress_delimiters}, {@code max_accounts},
     * {@code auto_responses}.
     *
     * @param query such as {@code SELECT name FROM virtual_domains WHERE name = :domain}
     * @return the changed copy
     * @throws IllegalArgumentException if it has no parameters, or wrong ones; the message says so
     */
    public JdbcQueries withDomain(String query) {
        return with(QueryKind.DOMAIN, required(query));
    }

    /**
     * Sets how the alias names of a domain are found, by its main name: {@code :domain}. Each row has one {@code name}. An alias
     * counts if the query of domains leads from it to the main name, and this query back.
     *
     * @param query blank for none, as with {@link #tutorial()}
     * @return the changed copy
     * @throws IllegalArgumentException if it has no parameters, or wrong ones
     */
    public JdbcQueries withDomainAliases(String query) {
        return with(QueryKind.DOMAIN_ALIASES, query);
    }

    /**
     * Sets how the fallback of a domain is found: {@code :domain}, or {@code :catchall}, which is the domain with an {@code @}
     * before it. Each row has a {@code target}, as with {@link #withAlias}, and may have an {@code address}, which is as {@code
     * :catchall} then.
     *
     * @param query blank for none
     * @return the changed copy
     * @throws IllegalArgumentException if it has no parameters, or wrong ones
     */
    public JdbcQueries withFallback(String query) {
        return with(QueryKind.FALLBACK, query);
    }

    /**
     * Sets how an account is found: {@code :address}, or {@code :user} and {@code :domain}. There is one row, or none, with an
     * {@code address} and a {@code password}, as {@code PasswordHash.ofScheme} reads it; NULL locks the account. It may have
     * {@code full_name}, {@code disabled}, {@code quota_octets}, {@code quota_messages}, {@code forward}, a list of addresses with
     * commas between them, and {@code keep_copy}, which is true if it does not say otherwise. Two rows for one address
     * are a failure.
     *
     * @param query such as {@code SELECT email AS address, password FROM virtual_users WHERE email = :address}
     * @return the changed copy
     * @throws IllegalArgumentException if it has no parameters, or wrong ones
     */
    public JdbcQueries withAccount(String query) {
        return with(QueryKind.ACCOUNT, required(query));
    }

    /**
     * Sets how an account is found by its user's full name, in domains that have this switched on: {@code :user} is the name in
     * lower case with dots for spaces. The columns are those of accounts; rows with another {@code full_name} do not count.
     *
     * @param query blank for none, as with all that there are here, such as {@code … WHERE lower(replace(name, ' ', '.')) = :user}
     * @return the changed copy
     * @throws IllegalArgumentException if it has no parameters, or wrong ones
     */
    public JdbcQueries withAccountOfFullName(String query) {
        return with(QueryKind.ACCOUNT_OF_FULL_NAME, query);
    }

    /**
     * Sets how an alias is found: {@code :address}, or {@code :user} and {@code :domain}. Each row has the {@code address} and a
     * {@code target}: addresses with commas between them, {@code @b.example} for the same name there, {@code :fail: text} or
     * {@code :blackhole:}. Mail for one with programs or files waits: those are not for a database to name.
     *
     * @param query blank for none
     * @return the changed copy
     * @throws IllegalArgumentException if it has no parameters, or wrong ones
     */
    public JdbcQueries withAlias(String query) {
        return with(QueryKind.ALIAS, query);
    }

    private static String required(String query) {
        if (query.isBlank()) {
            throw new IllegalArgumentException("Domains and accounts need a query");
        }
        return query;
    }

    Query query(QueryKind kind) {
        return optionalQuery(kind).orElseThrow();
    }

    Optional<Query> optionalQuery(QueryKind kind) {
        return Optional.ofNullable(queries.get(kind));
    }

    Collection<Query> all() {
        return queries.values();
    }
}
