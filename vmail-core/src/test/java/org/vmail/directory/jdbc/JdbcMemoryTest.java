package org.vmail.directory.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.directory.Account;
import org.vmail.directory.PasswordHash;
import org.vmail.internal.ManualClock;

/** What is remembered, for how long, and what that saves the database. */
class JdbcMemoryTest {
    private static final Domain A = Domain.of("a.example");
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress NEW = MailAddress.of("new@a.example");

    private final ManualClock clock = new ManualClock();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private Tables tables;
    private WatchedDataSource database;

    @BeforeEach
    void createTables() throws SQLException {
        tables = Tables.h2(Tables.TUTORIAL);
        database = new WatchedDataSource(tables.source());
    }

    @AfterEach
    void endThreads() {
        threads.shutdownNow();
        assertThat(database.open).as("connections that were not given back").hasValue(0);
    }

    private JdbcDirectory directory() {
        return directory(JdbcOptions.defaults());
    }

    private JdbcDirectory directory(JdbcOptions options) {
        return JdbcDirectory.over(database.source(), options.withNanoClock(clock));
    }

    private static Optional<PasswordHash> hash(JdbcDirectory directory) throws IOException {
        return directory.account(JOE).map(Account::passwordHash);
    }

    @Test
    void aChangeCountsWhenTheAnswerIsNoLongerFresh() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(hash(directory)).contains(PasswordHash.plain("joe-a"));
        tables.run("UPDATE virtual_users SET password = 'new' WHERE id = 1");
        clock.advance(Duration.ofSeconds(10).minusNanos(1));
        assertThat(hash(directory)).contains(PasswordHash.plain("joe-a"));
        clock.advance(Duration.ofNanos(1));
        assertThat(hash(directory)).contains(new PasswordHash("new"));
        tables.run("DELETE FROM virtual_users WHERE id = 1");
        clock.advance(Duration.ofSeconds(10));
        assertThat(hash(directory)).isEmpty();
        assertThat(hash(directory)).isEmpty();
    }

    @Test
    void anAnswerIsAsOldAsItsQuestion() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(directory.domain(A)).isPresent();
        CountDownLatch gate = new CountDownLatch(1);
        database.gate = Optional.of(gate);
        Future<Optional<PasswordHash>> slow = threads.submit(() -> hash(directory));
        await().until(() -> database.queries.get() == 3);
        clock.advance(Duration.ofSeconds(9));
        gate.countDown();
        assertThat(slow.get(10, TimeUnit.SECONDS)).isPresent();
        tables.run("UPDATE virtual_users SET password = 'new' WHERE id = 1");
        clock.advance(Duration.ofSeconds(1));
        assertThat(hash(directory)).contains(new PasswordHash("new"));
    }

    @Test
    void aNewAccountCountsAfterTwoSeconds() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(directory.account(NEW)).isEmpty();
        tables.run("INSERT INTO virtual_users VALUES (9, 1, 'x', 'new@a.example')");
        clock.advance(Duration.ofSeconds(2).minusNanos(1));
        assertThat(directory.account(NEW)).isEmpty();
        clock.advance(Duration.ofNanos(1));
        assertThat(directory.account(NEW)).isPresent();
    }

    @Test
    void withoutMemoryEachChangeCountsAtOnce() throws Exception {
        JdbcDirectory directory =
                directory(JdbcOptions.defaults().withFreshFor(Duration.ZERO).withAbsentFor(Duration.ZERO));
        assertThat(directory.account(NEW)).isEmpty();
        assertThat(directory.account(JOE)).isPresent();
        tables.run("UPDATE virtual_users SET email = 'new@a.example' WHERE id = 1");
        assertThat(directory.account(NEW)).isPresent();
        assertThat(directory.account(JOE)).isEmpty();
    }

    @Test
    void strangersPushNobodyOut() throws Exception {
        JdbcDirectory directory =
                directory(JdbcOptions.defaults().withRemembered(100).withRememberedAbsent(10));
        assertThat(directory.account(JOE)).isPresent();
        for (int i = 0; i < 1000; i++) {
            assertThat(directory.account(MailAddress.of("x" + i + "@a.example")))
                    .isEmpty();
            assertThat(directory.domain(Domain.of("x" + i + ".example"))).isEmpty();
        }
        int before = database.queries.get();
        assertThat(directory.account(JOE)).isPresent();
        assertThat(database.queries).hasValue(before);
    }

    @Test
    void aLoginTakesThreeQueriesAtMostAndNoneIfItIsRemembered() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(directory.mainName(A)).isPresent();
        assertThat(directory.account(JOE)).isPresent();
        assertThat(directory.account(JOE)).isPresent();
        assertThat(database.queries).hasValue(3);
        assertThat(directory.account(MailAddress.of("JOE@A.example"))).isPresent();
        assertThat(database.queries).as("other letters, same account").hasValue(3);
    }

    @Test
    void aLoginByAnAliasNameTakesFiveQueriesAtMost() throws Exception {
        database = new WatchedDataSource(Tables.h2(Tables.POSTFIX_ADMIN).source());
        JdbcDirectory directory = directory(JdbcOptions.defaults().withQueries(JdbcQueries.postfixAdmin()));
        assertThat(directory.mainName(Domain.of("alias.example"))).contains(A);
        assertThat(directory.account(MailAddress.of("joe@alias.example"))).isPresent();
        assertThat(database.queries).hasValue(5);
    }

    @Test
    void aDomainThatIsNotHostedTakesOneQuery() throws Exception {
        JdbcDirectory directory = directory();
        MailAddress stranger = MailAddress.of("joe@elsewhere.example");
        assertThat(directory.account(stranger)).isEmpty();
        assertThat(directory.alias(stranger)).isEmpty();
        assertThat(directory.accountOfFullName(stranger)).isEmpty();
        assertThat(database.queries).hasValue(1);
    }

    @Test
    void aFailureIsNotRememberedAsAnAbsence() throws Exception {
        JdbcDirectory directory = directory();
        database.failing = "PreparedStatement.executeQuery";
        assertThatIOException().isThrownBy(() -> directory.account(JOE));
        assertThatIOException().isThrownBy(() -> directory.domain(A));
        database.failing = "";
        assertThat(directory.account(JOE)).isPresent();
    }

    @Test
    void whoWasThereLatelyIsThereWhileTheDatabaseFails() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(hash(directory)).isPresent();
        assertThat(directory.account(NEW)).isEmpty();
        database.failing = "DataSource.getConnection";
        clock.advance(Duration.ofSeconds(10).plusMinutes(5).minusNanos(1));
        assertThat(hash(directory)).contains(PasswordHash.plain("joe-a"));
        assertThatIOException()
                .as("that somebody is not there is not told from memory")
                .isThrownBy(() -> directory.account(NEW));
        clock.advance(Duration.ofSeconds(1));
        assertThatIOException().as("the stated time is over").isThrownBy(() -> hash(directory));
        database.failing = "";
        assertThat(hash(directory)).isPresent();
    }

    @Test
    void aDatabaseThatFailsIsAskedOnceASecondForEachWhoIsKnown() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(hash(directory)).isPresent();
        database.failing = "PreparedStatement.executeQuery";
        clock.advance(Duration.ofSeconds(10));
        int before = database.queries.get();
        for (int i = 0; i < 10; i++) {
            assertThat(hash(directory)).isPresent();
        }
        assertThat(database.queries)
                .as("one for the domain, one for the account")
                .hasValue(before + 2);
        tables.run("UPDATE virtual_users SET password = 'new' WHERE id = 1");
        database.failing = "";
        clock.advance(Duration.ofSeconds(1));
        assertThat(hash(directory)).contains(new PasswordHash("new"));
    }

    @Test
    void theLastGoodAnswersCanBeSwitchedOff() throws Exception {
        JdbcDirectory directory = directory(JdbcOptions.defaults().withLastGoodFor(Duration.ZERO));
        assertThat(hash(directory)).isPresent();
        database.failing = "DataSource.getConnection";
        assertThat(hash(directory)).isPresent();
        clock.advance(Duration.ofSeconds(10));
        assertThatIOException().isThrownBy(() -> hash(directory));
    }

    @Test
    void anAnswerThatMakesNoSenseIsNotReplacedByTheLastGoodOne() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(hash(directory)).isPresent();
        tables.run("INSERT INTO virtual_users VALUES (9, 1, 'x', 'joe@a.example')");
        clock.advance(Duration.ofSeconds(10));
        assertThatIOException().isThrownBy(() -> hash(directory)).withMessageContaining("2 times");
    }

    @Test
    void manyWhoAskTheSameAtTheSameTimeAreOneQuery() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(directory.domain(A)).isPresent();
        CountDownLatch gate = new CountDownLatch(1);
        database.gate = Optional.of(gate);
        List<Future<Optional<PasswordHash>>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(threads.submit(() -> hash(directory)));
        }
        await().until(() -> database.queries.get() == 3);
        gate.countDown();
        for (Future<Optional<PasswordHash>> answer : answers) {
            assertThat(answer.get(10, TimeUnit.SECONDS)).contains(PasswordHash.plain("joe-a"));
        }
        assertThat(database.queries).hasValue(3);
    }

    @Test
    void whoWaitsForAQueryOfAnotherFailsWithIt() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(directory.domain(A)).isPresent();
        CountDownLatch gate = new CountDownLatch(1);
        database.gate = Optional.of(gate);
        database.failing = "ResultSet.next";
        List<Future<Optional<PasswordHash>>> answers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            answers.add(threads.submit(() -> hash(directory)));
        }
        await().until(() -> database.queries.get() >= 3);
        gate.countDown();
        for (Future<Optional<PasswordHash>> answer : answers) {
            assertThat(catchThrowableOfType(ExecutionException.class, () -> answer.get(10, TimeUnit.SECONDS))
                            .getCause())
                    .isInstanceOf(IOException.class);
        }
        database.failing = "";
        assertThat(hash(directory)).isPresent();
    }

    @Test
    void onlySoManyQueriesRunAtATime() throws Exception {
        JdbcDirectory directory =
                directory(JdbcOptions.defaults().withMaxConcurrentLookUps(3).withTimeout(Duration.ofSeconds(30)));
        assertThat(directory.domain(A)).isPresent();
        CountDownLatch gate = new CountDownLatch(1);
        database.gate = Optional.of(gate);
        List<Future<Optional<Account>>> answers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            MailAddress address = MailAddress.of("x" + i + "@a.example");
            answers.add(threads.submit(() -> directory.account(address)));
        }
        await().until(() -> database.queries.get() == 5);
        gate.countDown();
        for (Future<Optional<Account>> answer : answers) {
            assertThat(answer.get(10, TimeUnit.SECONDS)).isEmpty();
        }
        assertThat(database.mostOpen).hasValue(3);
    }

    @Test
    void whoDoesNotGetATurnInTimeFails() throws Exception {
        JdbcDirectory directory =
                directory(JdbcOptions.defaults().withMaxConcurrentLookUps(1).withTimeout(Duration.ofMillis(50)));
        assertThat(directory.domain(A)).isPresent();
        CountDownLatch gate = new CountDownLatch(1);
        database.gate = Optional.of(gate);
        Future<Optional<PasswordHash>> slow = threads.submit(() -> hash(directory));
        await().until(() -> database.queries.get() == 3);
        assertThatIOException().isThrownBy(() -> directory.account(NEW)).withMessageContaining("too many look-ups");
        gate.countDown();
        assertThat(slow.get(10, TimeUnit.SECONDS)).isPresent();
    }

    @Test
    void whoIsInterruptedStopsWaiting() throws Exception {
        JdbcDirectory directory = directory();
        assertThat(directory.domain(A)).isPresent();
        CountDownLatch gate = new CountDownLatch(1);
        database.gate = Optional.of(gate);
        Future<Optional<PasswordHash>> slow = threads.submit(() -> hash(directory));
        await().until(() -> database.queries.get() == 3);
        Future<Boolean> interrupted = threads.submit(() -> {
            Thread.currentThread().interrupt();
            try {
                hash(directory);
                return false;
            } catch (InterruptedIOException e) {
                return Thread.interrupted();
            }
        });
        assertThat(interrupted.get(10, TimeUnit.SECONDS)).isTrue();
        gate.countDown();
        assertThat(slow.get(10, TimeUnit.SECONDS)).isPresent();
    }
}
