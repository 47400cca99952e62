package org.vmail.directory.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.directory.DirectoryContract;
import org.vmail.internal.ManualClock;

/** PostfixAdmin's tables and those of the tutorials in Debian's PostgreSQL. */
@Tag("interop")
@Timeout(60)
class PostgresInteropTest extends DirectoryContract {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress NOBODY = MailAddress.of("nobody@a.example");

    private static Postgres postgres;

    private final ManualClock clock = new ManualClock();
    private WatchedDataSource database;

    @BeforeAll
    static void startServer() throws IOException {
        postgres = Postgres.start();
    }

    @AfterAll
    static void endServer() throws IOException {
        postgres.close();
    }

    @BeforeEach
    void makeTables() throws SQLException {
        postgres.makeTutorialTables();
        postgres.makePostfixAdminTables();
        database = new WatchedDataSource(postgres.source());
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
        database.failing = "DataSource.getConnection";
    }

    @Override
    protected void changePasswordOfJoe() throws Exception {
        postgres.run("UPDATE mailbox SET password = '{PLAIN}changed' WHERE username = 'joe@a.example'");
    }

    @Override
    protected void letTimePass() {
        clock.advance(Duration.ofSeconds(10));
    }

    @Test
    void theTablesOfTheTutorialsNeedNoQueries() throws Exception {
        JdbcDirectory directory = JdbcDirectory.over(postgres.source());
        assertThat(directory.problems()).isEmpty();
        assertThat(directory.account(JOE)).isPresent();
        assertThat(directory
                        .alias(MailAddress.of("staff@a.example"))
                        .orElseThrow()
                        .targets())
                .hasSize(2);
        assertThat(directory.account(NOBODY)).isEmpty();
        assertThat(JdbcDirectory.over(postgres.source(), JdbcOptions.defaults().withQueries(JdbcQueries.postfixAdmin()))
                        .problems())
                .isEmpty();
    }

    @Test
    void aServerThatIsKilledInMidUseIsAFailureUntilItIsBack() throws Exception {
        JdbcDirectory directory =
                JdbcDirectory.over(postgres.source(), JdbcOptions.defaults().withNanoClock(clock));
        assertThat(directory.account(JOE)).isPresent();
        postgres.kill();
        letTimePass();
        assertThat(directory.account(JOE)).as("the last good answer").isPresent();
        assertThatIOException().isThrownBy(() -> directory.account(NOBODY));
        assertThat(directory.problems()).hasSize(4).allMatch(problem -> problem.contains("08001"));
        postgres.startServer();
        letTimePass();
        assertThat(directory.account(JOE)).isPresent();
        assertThat(directory.account(NOBODY)).isEmpty();
    }

    @Test
    void aWrongPasswordIsSaidAndNotShown() throws Exception {
        PGSimpleDataSource source = postgres.source();
        source.setPassword("hunter2");
        assertThat(JdbcDirectory.over(source).problems())
                .allMatch(problem -> problem.contains("28P01") && problem.contains("authentication failed"))
                .noneMatch(problem -> problem.contains("hunter2"));
    }

    @Test
    void aQueryThatTakesTooLongIsEnded() {
        JdbcDirectory directory = JdbcDirectory.over(
                postgres.source(),
                JdbcOptions.defaults()
                        .withTimeout(Duration.ofSeconds(1))
                        .withQueries(JdbcQueries.tutorial()
                                .withAccount("SELECT email AS address, password, pg_sleep(50) FROM virtual_users"
                                        + " WHERE email = :address")));
        assertThatIOException().isThrownBy(() -> directory.account(JOE)).withMessageContaining("57014");
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() throws Exception {
        PGSimpleDataSource source = new PGSimpleDataSource() {
            private static final long serialVersionUID = 1;

            @Override
            public Connection getConnection() throws SQLException {
                Connection connection = super.getConnection();
                int backend = connection.unwrap(PGConnection.class).getBackendPID();
                try {
                    Postgres.run(List.of("kill", "-STOP", Integer.toString(backend)));
                } catch (IOException e) {
                    throw new SQLException(e);
                }
                return connection;
            }
        };
        PGSimpleDataSource like = postgres.source();
        source.setUrl(like.getUrl());
        source.setUser(like.getUser());
        source.setPassword(like.getPassword());
        JdbcDirectory directory =
                JdbcDirectory.over(source, JdbcOptions.defaults().withTimeout(Duration.ofSeconds(1)));
        assertThatIOException().isThrownBy(() -> directory.account(JOE)).withMessageContaining("SQLState 08006");
        assertThat(JdbcDirectory.over(postgres.source()).account(JOE)).isPresent();
    }
}
