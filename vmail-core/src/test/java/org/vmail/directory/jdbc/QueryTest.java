package org.vmail.directory.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTest {
    @ParameterizedTest
    @CsvSource(
            delimiterString = " -> ",
            quoteCharacter = '~',
            value = {
                "SELECT 1 WHERE a = :address -> SELECT 1 WHERE a = ?",
                "SELECT 1 WHERE a=:user AND b=:domain; -> SELECT 1 WHERE a=? AND b=?",
                "WHERE a = :address::citext -> WHERE a = ?::citext",
                "WHERE a = :address AND b = 'it''s: :other ?;' -> WHERE a = ? AND b = 'it''s: :other ?;'",
                "SELECT \"a?b\", `c;d` WHERE x = :user -> SELECT \"a?b\", `c;d` WHERE x = ?",
                "WHERE :user /* of :address? */ = x -> WHERE ?   = x",
                "WHERE a LIKE '%@x' AND b = :user -> WHERE a LIKE '%@x' AND b = ?",
                "WHERE b[1:2] = :user -- :domain? -> WHERE b[1:2] = ?  "
            })
    void namedParametersBecomePlacesForValues(String text, String sql) {
        assertThat(Query.of(QueryKind.ACCOUNT, text).sql().strip()).isEqualTo(sql.strip());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 1",
                "SELECT 1 WHERE a = ?",
                "SELECT 1 WHERE a = ':address'",
                "SELECT 1 WHERE a LIKE '%@:domain' AND b = :user",
                "SELECT 1 WHERE a = :adress",
                "SELECT 1 WHERE a = :catchall",
                "SELECT 1 WHERE a = '%s' OR b = :user",
                "SELECT 1 WHERE a = '%u@%d' OR b = :user",
                "SELECT 1 WHERE a = 'x OR b = :user",
                "SELECT 1 WHERE a = :user; DROP TABLE users",
                "SELECT 1 -- WHERE a = :user"
            })
    void whatIsProbablyAMistakeIsRefused(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Query.of(QueryKind.ACCOUNT, text))
                .withMessageStartingWith("the query of accounts ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcQueries.tutorial().withAccount(text));
    }

    @Test
    void domainsAndAccountsNeedAQuery() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcQueries.tutorial().withDomain(" "));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JdbcQueries.tutorial().withAccount(""));
        assertThat(JdbcQueries.tutorial().withAlias("").all()).hasSize(3);
    }

    @Test
    void anyTextIsReadOrRefused() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] parts = {
            ":", "::", "'", "\"", "?", ";", "--", "/*", "*/", ":user", ":x", " ", "\n", "%s", "a", "`", "\\"
        };
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(12); n >= 0; n--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            try {
                Query query = Query.of(QueryKind.ACCOUNT, text.toString());
                assertThat(query.sql()).as("seed %d: %s", seed, text).contains("?");
            } catch (IllegalArgumentException e) {
                assertThat(e).as("seed %d: %s", seed, text).hasMessageStartingWith("the query of accounts ");
            }
        }
    }
}
