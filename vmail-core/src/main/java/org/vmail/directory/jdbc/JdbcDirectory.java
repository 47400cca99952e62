package org.vmail.directory.jdbc;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.Alias;
import org.vmail.directory.Directory;
import org.vmail.directory.HostedDomain;

/**
 * A directory in a relational database: out of the box the tables of Postfix's and Dovecot's tutorials, and with
 * {@linkplain JdbcQueries queries} of one's own any others. {@code JdbcDirectory.over(dataSource)} is one.
 *
 * <p>Answers are remembered for some seconds, see {@link JdbcOptions}, and so a change in the database counts as soon as an answer is
 * older than that. A database that cannot be asked is an {@code IOException}, as is an answer that makes no sense: two
 * accounts of one address, a column that is missing, a number that is none. Who was there a moment ago is answered from
 * memory for a while then. Log lines and exceptions have neither the URL nor anything that was found.
 *
 * <p>A login takes at most 5 queries, 3 with the tables of the tutorials: a domain 3 (itself, its aliases, its fallback), or 4 by an
 * alias name, and the account 1. A recipient takes 2 for its name, 3 with full names, and as many without its detail, beside those of the
 * domain. What is remembered takes none.
 *
 * <p>Thread-safe. It owns no thread and no connection: the {@code DataSource}, which should be a pool, is the application's to
 * close. One with a driver's timeouts for connecting and reading is wanted, as nothing here can end a driver that hangs.
 */
public final class JdbcDirectory implements Directory {
    private static final Map<Parameter, String> NOBODY = Map.of(
            Parameter.ADDRESS, "nobody@vmail.invalid",
            Parameter.USER, "nobody",
            Parameter.DOMAIN, "vmail.invalid",
            Parameter.CATCHALL, "@vmail.invalid");

    private final Database database;
    private final JdbcQueries queries;
    private final DomainReader reader;
    private final Answers<Domain, HostedDomain> domains;
    private final Answers<MailAddress, Account> accounts;
    private final Answers<MailAddress, Account> fullNames;
    private final Answers<MailAddress, Alias> aliases;
    private final int maxTargets;

    private JdbcDirectory(DataSource source, JdbcOptions options) {
        this.database = new Database(source, options);
        this.queries = options.queries();
        this.reader = new DomainReader(database, options);
        this.domains = new Answers<>(options);
        this.accounts = new Answers<>(options);
        this.fullNames = new Answers<>(options);
        this.aliases = new Answers<>(options);
        this.maxTargets = options.maxTargets();
    }

    /**
     * A directory in the tables of the tutorials.
     *
     * @param source gives connections; remains the caller's
     * @return the directory; nothing has been asked yet
     */
    public static JdbcDirectory over(DataSource source) {
        return over(source, JdbcOptions.defaults());
    }

    /**
     * A directory in other tables, or with other bounds.
     *
     * @param source gives connections; remains the caller's
     * @param options the queries and bounds
     * @return the directory; nothing has been asked yet
     */
    public static JdbcDirectory over(DataSource source, JdbcOptions options) {
        return new JdbcDirectory(source, options);
    }

    @Override
    public Optional<HostedDomain> domain(Domain name) throws IOException {
        return domains.get(name, () -> reader.domain(name));
    }

    @Override
    public Optional<Account> account(MailAddress address) throws IOException {
        Optional<MailAddress> name = canonical(address);
        return name.isEmpty() ? Optional.empty() : accounts.get(name.get(), () -> findAccount(name.get()));
    }

    private Optional<Account> findAccount(MailAddress name) throws IOException {
        return AccountReader.account(name, database.ask(queries.query(QueryKind.ACCOUNT), parameters(name)));
    }

    @Override
    public Optional<Account> accountOfFullName(MailAddress address) throws IOException {
        Optional<Query> query = queries.optionalQuery(QueryKind.ACCOUNT_OF_FULL_NAME);
        Optional<MailAddress> name = query.isEmpty() ? Optional.empty() : canonical(address);
        return name.isEmpty()
                ? Optional.empty()
                : fullNames.get(
                        name.get(),
                        () -> AccountReader.accountOfFullName(
                                name.get(), database.ask(query.orElseThrow(), parameters(name.get()))));
    }

    @Override
    public Optional<Alias> alias(MailAddress address) throws IOException {
        Optional<Query> query = queries.optionalQuery(QueryKind.ALIAS);
        Optional<MailAddress> name = query.isEmpty() ? Optional.empty() : canonical(address);
        return name.isEmpty()
                ? Optional.empty()
                : aliases.get(
                        name.get(),
                        () -> AliasReader.alias(
                                name.get(), database.ask(query.orElseThrow(), parameters(name.get())), maxTargets));
    }

    /** The address under the main name of its domain, or empty if that is not hosted. */
    private Optional<MailAddress> canonical(MailAddress address) throws IOException {
        return domain(address.domain())
                .map(domain -> new MailAddress(address.localPart(), domain.name()).toLowerCase());
    }

    private static Map<Parameter, String> parameters(MailAddress name) {
        return Map.of(
                Parameter.ADDRESS, name.toString(),
                Parameter.USER, name.localPart(),
                Parameter.DOMAIN, name.domain().name());
    }

    /**
     * Tries every query, for a name that nobody has, and says what is wrong: a database that cannot be reached, a table that is
     * missing, a column that has another name.
     *
     * @return the problems, one line each; empty if all is well
     */
    public List<String> problems() {
        ImmutableList.Builder<String> problems = ImmutableList.builder();
        for (Query query : queries.all()) {
            try {
                TreeSet<String> unknown = new TreeSet<>(Sets.difference(
                        database.columns(query, NOBODY), query.kind().knownColumns()));
                if (!unknown.isEmpty()) {
                    problems.add(query + " has columns that mean nothing here: " + unknown);
                }
            } catch (IOException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        return problems.build();
    }

    /**
     * Nothing of what the database has.
     *
     * @return a fixed text
     */
    @Override
    public String toString() {
        return "directory in a database";
    }
}
