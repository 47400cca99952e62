package org.vmail.examples.server;

import com.zaxxer.hikari.HikariConfig;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.vmail.directory.jdbc.JdbcOptions;
import org.vmail.directory.jdbc.JdbcQueries;

/** The table sql: the accounts are in a database, in the place of the directory folder. */
record SqlSettings(
        String url,
        Optional<String> user,
        Optional<Path> passwordFile,
        int connections,
        Duration timeout,
        JdbcOptions options) {
    /** The tables that there are queries for. */
    private enum Schema {
        TUTORIAL,
        POSTFIX_ADMIN;

        JdbcQueries queries() {
            return switch (this) {
                case TUTORIAL -> JdbcQueries.tutorial();
                case POSTFIX_ADMIN -> JdbcQueries.postfixAdmin();
            };
        }
    }

    static Optional<SqlSettings> read(SettingsTable table, HostedDomainSettings domains) throws SettingsException {
        if (!table.isPresent()) {
            return Optional.empty();
        }
        JdbcQueries queries = table.text("schema", SettingsFile.choice(Schema.class, Schema::queries))
                .orElseGet(JdbcQueries::tutorial);
        int connections = table.number("connections", 8, SettingsFile.count(count -> {
            JdbcOptions.defaults().withMaxConcurrentLookUps(count);
            return count;
        }));
        Duration timeout = table.duration("timeout", Duration.ofSeconds(5), SqlSettings::timeout);
        JdbcOptions options = JdbcOptions.defaults()
                .withDomains(domains.domains())
                .withDomainDefaults(domains.defaults())
                .withMaxConcurrentLookUps(connections)
                .withTimeout(timeout);
        options = table.duration("fresh-for", options, options::withFreshFor);
        options = table.duration("absent-for", options, options::withAbsentFor);
        options = table.duration("last-good-for", options, options::withLastGoodFor);
        options = table.number("answers-remembered", options, SettingsFile.count(options::withRemembered));
        options = table.number("absences-remembered", options, SettingsFile.count(options::withRememberedAbsent));
        options = table.number("max-targets", options, SettingsFile.count(options::withMaxTargets));
        SqlSettings settings = new SqlSettings(
                table.requiredText("url", SqlSettings::url),
                table.text("user", name -> name),
                table.text("password-file", SettingsTable::pathOf),
                connections,
                timeout,
                options.withQueries(queries(table.table("queries"), queries)));
        table.allAsked();
        return Optional.of(settings);
    }

    private static JdbcQueries queries(SettingsTable table, JdbcQueries schema) throws SettingsException {
        JdbcQueries queries = schema;
        queries = query(table, "domain", queries, JdbcQueries::withDomain);
        queries = query(table, "domain-aliases", queries, JdbcQueries::withDomainAliases);
        queries = query(table, "fallback", queries, JdbcQueries::withFallback);
        queries = query(table, "account", queries, JdbcQueries::withAccount);
        queries = query(table, "account-of-full-name", queries, JdbcQueries::withAccountOfFullName);
        queries = query(table, "alias", queries, JdbcQueries::withAlias);
        table.allAsked();
        return queries;
    }

    private static JdbcQueries query(
            SettingsTable table, String key, JdbcQueries queries, BiFunction<JdbcQueries, String, JdbcQueries> change)
            throws SettingsException {
        return table.text(key, text -> change.apply(queries, text)).orElse(queries);
    }

    private static String url(String text) {
        if (!text.startsWith("jdbc:")) {
            throw new IllegalArgumentException(
                    "that is no URL of a database, such as jdbc:postgresql://127.0.0.1/mail");
        }
        if (text.contains("password=")) {
            throw new IllegalArgumentException("a password belongs into password-file");
        }
        return text;
    }

    private static Duration timeout(Duration time) {
        if (time.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("drivers count in whole seconds, at least one");
        }
        return time;
    }

    /** What the pool is made from. It does not wait for the database: the server starts without it, and mail waits. */
    HikariConfig pool() throws IOException {
        HikariConfig pool = new HikariConfig();
        pool.setPoolName("directory");
        pool.setJdbcUrl(url);
        user.ifPresent(pool::setUsername);
        if (passwordFile.isPresent()) {
            pool.setPassword(password(passwordFile.get()));
        }
        pool.setMaximumPoolSize(connections);
        pool.setMinimumIdle(1);
        pool.setConnectionTimeout(timeout.toMillis());
        pool.setValidationTimeout(timeout.toMillis());
        pool.setInitializationFailTimeout(-1);
        return pool;
    }

    /** Its first line. */
    private static String password(Path file) throws IOException {
        try {
            List<String> lines = Files.readAllLines(file);
            if (lines.isEmpty() || lines.get(0).isEmpty()) {
                throw new IOException("sql.password-file: " + file + " has no password in its first line");
            }
            return lines.get(0);
        } catch (FileSystemException | CharacterCodingException e) {
            throw new IOException("sql.password-file: " + file + " cannot be read", e);
        }
    }
}
