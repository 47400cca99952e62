package org.vmail.directory.jdbc;

import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.directory.Directory;
import org.vmail.directory.DirectoryContract;
import org.vmail.directory.HostedDomain;
import org.vmail.internal.ManualClock;

/** The tables of the tutorials, in SQLite; what they have no column for is a setting or a query of one's own. */
class JdbcTutorialContractTest extends DirectoryContract {
    @TempDir
    Path folder;

    private final ManualClock clock = new ManualClock();
    private Tables tables;
    private WatchedDataSource database;

    @BeforeEach
    void createTables() throws SQLException {
        tables = Tables.sqlite(folder, Tables.TUTORIAL);
        tables.run("ALTER TABLE virtual_users ADD COLUMN name TEXT");
        tables.run("UPDATE virtual_users SET name = 'Joe  Who' WHERE id = 1");
        database = new WatchedDataSource(tables.source());
    }

    @Override
    protected Directory directory() {
        String account = "SELECT email AS address, password, name AS full_name FROM virtual_users WHERE ";
        return JdbcDirectory.over(
                database.source(),
                JdbcOptions.defaults()
                        .withNanoClock(clock)
                        .withQueries(JdbcQueries.tutorial()
                                .withAccount(account + "email = :address")
                                .withAccountOfFullName(
                                        account + "name LIKE '% %' AND email LIKE '%@' || :domain AND :user <> ''"))
                        .withDomains(List.of(HostedDomain.of(A)
                                .withAliases(List.of(ALIAS_OF_A))
                                .withFullNames(true))));
    }

    @Override
    protected void breakBackEnd() {
        database.failing = "DataSource.getConnection";
    }

    @Override
    protected void changePasswordOfJoe() throws Exception {
        tables.run("UPDATE virtual_users SET password = '{PLAIN}changed' WHERE id = 1");
    }

    @Override
    protected void letTimePass() {
        clock.advance(Duration.ofSeconds(10));
    }
}
