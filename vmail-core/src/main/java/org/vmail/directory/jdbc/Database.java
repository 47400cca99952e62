package org.vmail.directory.jdbc;

import com.google.common.primitives.Ints;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.vmail.internal.Printable;

/** Asks queries, one connection for each, and only so many at a time. Thread-safe; keeps no connection. */
final class Database {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);

    /** By how much the network may be slower than a query, before the connection is given up. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private static final int UNKNOWN = -1;
    private static final Pattern URL = Pattern.compile("jdbc:\\S+");
    private static final Pattern SECRET = Pattern.compile("(?i)(passw(?:or)?d|pwd|secret|token|key)\\s*[=:]\\s*\\S+");

    private final DataSource source;
    private final Semaphore turns;
    private final Duration timeout;
    private final int maxRows;
    private final AtomicBoolean failing = new AtomicBoolean();

    /** What is done with an answer, before its connection is given back. */
    private interface Reader<T> {
        T read(ResultSet answer) throws SQLException, IOException;
    }

    Database(DataSource source, JdbcOptions options) {
        this.source = source;
        this.turns = new Semaphore(options.maxConcurrentLookUps(), true);
        this.timeout = options.timeout();
        this.maxRows = options.maxTargets();
    }

    /**
     * Asks a query.
     *
     * @return all rows
     * @throws Outage if the database cannot be asked now
     * @throws IOException if the answer makes no sense, such as one with too many rows
     */
    List<Row> ask(Query query, Map<Parameter, String> values) throws IOException {
        return ask(query, values, answer -> {
            Set<String> columns = Row.columns(query.kind(), answer);
            List<Row> rows = new ArrayList<>();
            long chars = 0;
            while (answer.next()) {
                Row row = Row.of(query.kind(), answer, columns);
                rows.add(row);
                chars += row.chars();
                if (rows.size() > maxRows || chars > Row.MAX_CHARS) {
                    throw new IOException(
                            query + " finds more than " + maxRows + " rows, or longer ones than make sense");
                }
            }
            return rows;
        });
    }

    /** Asks a query for the names of its columns. */
    Set<String> columns(Query query, Map<Parameter, String> values) throws IOException {
        return ask(query, values, answer -> Row.columns(query.kind(), answer));
    }

    private <T> T ask(Query query, Map<Parameter, String> values, Reader<T> reader) throws IOException {
        takeTurn();
        try {
            T answer = onConnection(query, values, reader);
            if (failing.compareAndSet(true, false)) {
                LOG.info("The database of the directory answers again");
            }
            return answer;
        } catch (SQLException e) {
            Outage outage = new Outage(query + " failed: " + reason(e));
            if (failing.compareAndSet(false, true)) {
                LOG.error(
                        "The database of the directory fails, and look-ups with it until it answers: {}",
                        outage.getMessage());
            }
            throw outage;
        } finally {
            turns.release();
        }
    }

    private void takeTurn() throws IOException {
        try {
            if (!turns.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new Outage("too many look-ups wait for the database of the directory");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while waiting for the database of the directory");
        }
    }

    private <T> T onConnection(Query query, Map<Parameter, String> values, Reader<T> reader)
            throws SQLException, IOException {
        Connection connection = source.getConnection();
        int networkTimeout = UNKNOWN;
        try {
            networkTimeout = limitNetwork(connection);
            try (PreparedStatement statement = connection.prepareStatement(query.sql())) {
                limit(statement);
                query.bind(statement, values);
                try (ResultSet answer = statement.executeQuery()) {
                    return reader.read(answer);
                }
            }
        } finally {
            giveBack(connection, networkTimeout);
        }
    }

    /** A query's own limit needs a server that answers; this one is for those that do not. Not every driver has it. */
    private int limitNetwork(Connection connection) {
        try {
            int before = connection.getNetworkTimeout();
            connection.setNetworkTimeout(
                    Runnable::run, Ints.saturatedCast(timeout.plus(GRACE).toMillis()));
            return before;
        } catch (SQLException e) {
            return UNKNOWN;
        }
    }

    private void limit(PreparedStatement statement) throws SQLException {
        statement.setMaxRows(maxRows + 1);
        try {
            statement.setQueryTimeout(Ints.saturatedCast(timeout.plusMillis(999).toSeconds()));
        } catch (SQLFeatureNotSupportedException e) {
            LOG.debug("The driver has no limit for the time of queries");
        }
    }

    /** Whatever goes wrong here, the answer is whole. */
    private static void giveBack(Connection connection, int networkTimeout) {
        try (connection) {
            if (!connection.getAutoCommit()) {
                connection.rollback(); // lest the next look-up see what this one has seen
            }
            if (networkTimeout != UNKNOWN) {
                connection.setNetworkTimeout(Runnable::run, networkTimeout);
            }
        } catch (SQLException e) {
            LOG.debug("A connection to the database could not be given back: {}", reason(e));
        }
    }

    /** What a driver says, for logs, without what could be a secret in it. */
    private static String reason(SQLException e) {
        String text = URL.matcher(String.valueOf(e.getMessage())).replaceAll("jdbc:…");
        text = SECRET.matcher(text).replaceAll("$1=…");
        String state = e.getSQLState() == null ? "" : " (SQLState " + Printable.of(e.getSQLState()) + ")";
        return Printable.of(text.lines().findFirst().orElse("no reason given")) + state;
    }
}
