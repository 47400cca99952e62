package org.vmail.directory.jdbc;

import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.vmail.directory.Directory;
import org.vmail.directory.DirectoryContract;
import org.vmail.internal.ManualClock;

/** PostfixAdmin's tables, in H2, by the queries that are ready for them and one more for full names. */
class JdbcPostfixAdminContractTest extends DirectoryContract {
    private final ManualClock clock = new ManualClock();
    private Tables tables;
    private WatchedDataSource database;

    @BeforeEach
    void createTables() throws SQLException {
        tables = Tables.h2(Tables.POSTFIX_ADMIN);
        database = new WatchedDataSource(tables.source());
    }

    @Override
    protected Directory directory() {
        return JdbcDirectory.over(
                database.source(),
                JdbcOptions.defaults()
                        .withNanoClock(clock)
                        .withQueries(
                                JdbcQueries.postfixAdmin()
                                        .withAccountOfFullName(
                                                "SELECT username AS address, password, name AS full_name"
                                                        + " FROM mailbox WHERE domain = :domain AND lower(replace(name, ' ', '.')) = :user")));
    }

    @Override
    protected void breakBackEnd() {
        database.failing = "ResultSet.next";
    }

    @Override
    protected void changePasswordOfJoe() throws Exception {
        tables.run("UPDATE mailbox SET password = '{PLAIN}changed' WHERE username = 'joe@a.example'");
    }

    @Override
    protected void letTimePass() {
        clock.advance(Duration.ofSeconds(10));
    }
}
