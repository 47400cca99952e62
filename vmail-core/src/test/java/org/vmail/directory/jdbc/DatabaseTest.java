package org.vmail.directory.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.Mockito;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;

/** What drivers and pools can do to a look-up. */
class DatabaseTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");

    private WatchedDataSource database;
    private JdbcDirectory directory;

    @BeforeEach
    void createTables() throws SQLException {
        database = new WatchedDataSource(Tables.h2(Tables.TUTORIAL).source());
        directory = JdbcDirectory.over(database.source());
    }

    @AfterEach
    void allConnectionsAreGivenBack() {
        assertThat(database.open).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DataSource.getConnection",
                "Connection.prepareStatement",
                "PreparedStatement.setMaxRows",
                "PreparedStatement.setQueryTimeout",
                "PreparedStatement.setString",
                "PreparedStatement.executeQuery",
                "ResultSet.getMetaData",
                "ResultSet.next",
                "ResultSet.getString"
            })
    void whateverFailsIsAFailureAndTheConnectionIsGivenBack(String step) throws IOException {
        database.failing = step;
        assertThatIOException().isThrownBy(() -> directory.account(JOE)).withMessageContaining("08006");
        database.failing = "";
        assertThat(directory.account(JOE)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ResultSet.close",
                "PreparedStatement.close",
                "Connection.close",
                "Connection.getAutoCommit",
                "Connection.getNetworkTimeout",
                "Connection.setNetworkTimeout"
            })
    void whatFailsAfterTheAnswerOrIsNotNeededForItDoesNotMatter(String step) throws IOException {
        database.failing = step;
        if (step.equals("ResultSet.close") || step.equals("PreparedStatement.close")) {
            assertThatIOException().isThrownBy(() -> directory.account(JOE));
        } else {
            assertThat(directory.account(JOE)).isPresent();
        }
    }

    @Test
    void aDriverWithoutTimeLimitsServesAsWell() throws IOException {
        database.failing = "PreparedStatement.setQueryTimeout";
        database.failure = new SQLFeatureNotSupportedException("no such thing");
        assertThat(directory.account(JOE)).isPresent();
    }

    @Test
    void aBugInADriverIsNoFailureOfTheDatabase() throws IOException {
        database.failing = "PreparedStatement.executeQuery";
        database.failure = new IllegalStateException("bug");
        assertThatThrownBy(() -> directory.account(JOE)).isInstanceOf(IllegalStateException.class);
        database.failing = "";
        assertThat(directory.account(JOE)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "No suitable driver found for jdbc:postgresql://db/mail?user=vmail&password=hunter2",
                "cannot connect, password = hunter2",
                "PWD:hunter2",
                "bad\r\nrow: hunter2"
            })
    void noSecretLeavesInAnException(String message) {
        database.failing = "DataSource.getConnection";
        database.failure = new SQLException(message, "08001", new SQLException("inner hunter2"));
        Throwable thrown = catchThrowable(() -> directory.domain(Domain.of("a.example")));
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        assertThat(thrown).isInstanceOf(IOException.class).hasMessageContaining("08001");
        assertThat(text.toString()).doesNotContain("hunter2");
        assertThat(directory.problems()).noneMatch(problem -> problem.contains("hunter2"));
    }

    @Test
    void aLookUpLeavesNoTransactionOpen() throws Exception {
        DataSource source = Mockito.mock(DataSource.class);
        Connection connection = Mockito.spy(Tables.h2(Tables.TUTORIAL).source().getConnection());
        connection.setAutoCommit(false);
        Mockito.when(source.getConnection()).thenReturn(connection);
        assertThat(JdbcDirectory.over(source).domain(Domain.of("nobody.example")))
                .isEmpty();
        Mockito.verify(connection).rollback();
        Mockito.verify(connection).close();
    }
}
