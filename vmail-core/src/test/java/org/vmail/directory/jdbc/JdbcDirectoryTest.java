package org.vmail.directory.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.auth.AuthenticationResult;
import org.vmail.auth.Authenticator;
import org.vmail.auth.Password;
import org.vmail.directory.Account;
import org.vmail.directory.Alias;
import org.vmail.directory.AliasPattern;
import org.vmail.directory.AliasTarget;
import org.vmail.directory.Fallback;
import org.vmail.directory.Forward;
import org.vmail.directory.HostedDomain;
import org.vmail.directory.OverQuotaReply;
import org.vmail.directory.Quota;

/** What rows mean. Nothing is remembered, so that each look-up sees the tables as they are. */
class JdbcDirectoryTest {
    private static final Domain A = Domain.of("a.example");
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress STAFF = MailAddress.of("staff@a.example");
    private static final JdbcOptions OPTIONS =
            JdbcOptions.defaults().withRemembered(0).withRememberedAbsent(0);

    private Tables tables;

    @BeforeEach
    void createTables() throws SQLException {
        tables = Tables.h2(Tables.TUTORIAL);
    }

    private JdbcDirectory directory() {
        return JdbcDirectory.over(tables.source(), OPTIONS);
    }

    private JdbcDirectory directory(JdbcQueries queries) {
        return JdbcDirectory.over(tables.source(), OPTIONS.withQueries(queries));
    }

    private List<AliasTarget> targets(String destination) throws Exception {
        tables.run("UPDATE virtual_aliases SET destination = '" + destination + "' WHERE id = 1")
                .run("DELETE FROM virtual_aliases WHERE id = 2");
        return directory().alias(STAFF).orElseThrow().targets();
    }

    private static AliasTarget address(String text) {
        return new AliasTarget.Address(MailAddress.of(text));
    }

    @Test
    void theTablesOfTheTutorialsNeedNoQueries() throws IOException {
        JdbcDirectory directory = JdbcDirectory.over(tables.source());
        assertThat(directory.domain(A).flatMap(HostedDomain::fallback)).contains(new Fallback.ToAddress(JOE));
        assertThat(directory.account(JOE)).isPresent();
        assertThat(directory.alias(STAFF).map(Alias::targets))
                .contains(List.of(address("joe@a.example"), address("ann@elsewhere.example")));
        assertThat(directory.problems()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " | ",
            value = {
                "{BLF-CRYPT}$2y$05$abcdefghijklmnopqrstuuWG29KuyeAicPCJODk1zjyGvyQUU2awu | true",
                "{CRYPT}$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1 | true",
                "{SHA512-CRYPT}$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1 | true",
                "{sha256-crypt}$5$abcdefgh$ZLdkj8mkc2XVSrPVjskDAgZPGjtj1VGVaa1aUkrMTU/ | true",
                "{MD5-CRYPT}$1$abcdefgh$G//4keteveJp0qb8z2DxG/ | true",
                "$6$abcdefgh$yVfUwsw5T.JApa8POvClA1pQ5peiq97DUNyXCZN5IrF.BMSkiaLQ5kvpuEm/VQ1Tvh/KV2TcaWh8qinoW5dhA1 | true",
                "{PLAIN}password | true",
                "{plain}password | true",
                "{CLEARTEXT}password | true",
                "{PLAIN}Password | false",
                "password | false",
                "{SSHA}password | false",
                "{CRYPT}{PLAIN}password | false",
                "! | false"
            })
    void aPasswordIsCheckedByTheSchemeThatDovecotWritesBeforeIt(String stored, boolean right) throws Exception {
        tables.run("UPDATE virtual_users SET password = '" + stored + "' WHERE id = 1");
        Authenticator authenticator = Authenticator.over(directory());
        AuthenticationResult result = authenticator.authenticate(JOE, Password.of("password"));
        assertThat(result instanceof AuthenticationResult.Accepted).isEqualTo(right);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NULL", "''", "'{PLAIN}'", "'{CLEAR}'", "'{CRYPT}'", "'!'", "'*'"})
    void noPasswordIsALockedAccount(String stored) throws Exception {
        tables.run("UPDATE virtual_users SET password = " + stored + " WHERE id = 1");
        assertThat(directory().account(JOE).orElseThrow().passwordHash().isLocked())
                .isTrue();
        assertThat(Authenticator.over(directory()).authenticate(JOE, Password.of("")))
                .isInstanceOf(AuthenticationResult.Rejected.class);
    }

    @Test
    void twoAccountsOfOneAddressAreAFailure() throws Exception {
        tables.run("INSERT INTO virtual_users VALUES (9, 1, 'x', 'joe@a.example')");
        JdbcDirectory directory = directory();
        assertThatIOException().isThrownBy(() -> directory.account(JOE)).withMessageContaining("2 times");
        assertThat(directory.account(MailAddress.of("joe@b.example"))).isPresent();
    }

    @Test
    void aDomainThatIsThereTwiceIsAFailure() throws Exception {
        tables.run("INSERT INTO virtual_domains VALUES (9, 'a.example')");
        assertThatIOException().isThrownBy(() -> directory().domain(A)).withMessageContaining("2 times");
    }

    @Test
    void whatOnlyTheCollationTakesForTheSameIsSomebodyElse() throws Exception {
        tables.run("INSERT INTO virtual_domains VALUES (8, 'A.Example '), (9, 'a-example.org')");
        JdbcQueries loose = JdbcQueries.tutorial()
                .withDomain("SELECT name FROM virtual_domains WHERE replace(trim(lower(name)), '-', '.') = :domain")
                .withAccount("SELECT email AS address, password FROM virtual_users"
                        + " WHERE translate(lower(email), 'ö', 'o') = :address")
                .withAlias("SELECT source AS address, destination AS target FROM virtual_aliases"
                        + " WHERE replace(source, 'a', 'o') = replace(:address, 'a', 'o')")
                .withFallback("SELECT source AS address, destination AS target FROM virtual_aliases"
                        + " WHERE source LIKE '@%' AND :domain <> ''");
        JdbcDirectory directory = directory(loose);
        assertThat(directory.account(MailAddress.of("jorg@a.example"))).isEmpty();
        assertThat(directory.account(JOE)).isPresent();
        assertThat(directory.alias(MailAddress.of("stoff@a.example"))).isEmpty();
        assertThat(directory.alias(STAFF)).isPresent();
        assertThat(directory.domain(Domain.of("a.example.org"))).isEmpty();
        assertThat(directory.domain(Domain.of("b.example")).flatMap(HostedDomain::fallback))
                .isEmpty();
    }

    @Test
    void namesInCapitalsAreFoundWhereTheCollationIgnoresCase() throws Exception {
        tables.run("ALTER TABLE virtual_users ALTER COLUMN email VARCHAR_IGNORECASE(120)")
                .run("UPDATE virtual_users SET email = 'Joe@A.Example' WHERE id = 1");
        assertThat(directory().account(JOE).map(Account::address)).contains(JOE);
    }

    @Test
    void nullIsNoValue() throws Exception {
        tables.run("INSERT INTO virtual_users VALUES (9, 1, 'x', NULL)")
                .run("UPDATE virtual_aliases SET destination = NULL WHERE id = 1");
        JdbcQueries queries = JdbcQueries.tutorial()
                .withAccount("SELECT email AS address, password, NULL AS full_name, NULL AS disabled, NULL AS forward,"
                        + " NULL AS keep_copy, NULL AS quota_octets, NULL AS quota_messages FROM virtual_users"
                        + " WHERE email = :address OR email IS NULL")
                .withDomain("SELECT name, NULL AS full_names, NULL AS quota_octets, NULL AS over_quota,"
                        + " NULL AS max_accounts, NULL AS subaddress_delimiters, NULL AS auto_responses"
                        + " FROM virtual_domains WHERE name = :domain");
        assertThat(directory(queries).account(JOE))
                .contains(directory().account(JOE).orElseThrow());
        HostedDomain domain = directory(queries).domain(A).orElseThrow();
        assertThat(domain.defaultQuota()).isEqualTo(Quota.UNLIMITED);
        assertThat(domain.subaddressDelimiters()).isEqualTo("+");
        assertThat(domain.autoResponses()).isTrue();
        assertThat(directory().alias(STAFF).orElseThrow().targets())
                .as("mail waits for the administrator instead of going to half of the members")
                .hasAtLeastOneElementOfType(AliasTarget.Unusable.class)
                .contains(address("ann@elsewhere.example"));
    }

    @Test
    void anAccountMayHaveEverythingThatAnAccountHas() throws Exception {
        Account account = accountWith("'Joe Who' AS full_name, 1000 AS quota_octets, '20' AS quota_messages,"
                + " 'ann@b.example, max' AS forward, 'no' AS keep_copy, 0 AS disabled");
        assertThat(account.fullName()).contains("Joe Who");
        assertThat(account.quota()).contains(new Quota(1000, 20));
        assertThat(account.forward())
                .contains(
                        new Forward(List.of(MailAddress.of("ann@b.example"), MailAddress.of("max@a.example")), false));
        assertThat(account.disabled()).isFalse();
    }

    private Account accountWith(String columns) throws IOException {
        return directory(JdbcQueries.tutorial()
                        .withAccount("SELECT email AS address, password, " + columns
                                + " FROM virtual_users WHERE email = :address"))
                .account(JOE)
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRUE", "1", "'t'", "'Y'", "' yes '", "2 > 1", "'on'"})
    void whoIsDisabledIsSaidInManyWays(String value) throws IOException {
        Account account = accountWith(value + " AS disabled");
        assertThat(account.disabled()).isTrue();
        assertThat(account.passwordHash().isLocked()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'maybe' AS disabled",
                "2 AS disabled",
                "-1 AS quota_octets",
                "'1 GB' AS quota_octets",
                "1.5 AS quota_messages",
                "'99999999999999999999' AS quota_octets",
                "'1e999999999' AS quota_octets",
                "'|rm -rf' AS forward",
                "'a@b@c' AS forward",
                "1 AS full_name, 2 AS full_name",
                "repeat('x', 600000) AS full_name"
            })
    void whatMakesNoSenseIsAFailure(String columns) {
        assertThatIOException().isThrownBy(() -> accountWith(columns));
    }

    @Test
    void anAliasMayHaveSeveralRowsAndListsInThem() throws Exception {
        assertThat(targets("ann@b.example, max ,\"joe who\"@c.example,"))
                .containsExactly(address("ann@b.example"), address("max@a.example"), address("\"joe who\"@c.example"));
        assertThat(targets("@b.example")).containsExactly(address("staff@b.example"));
        assertThat(targets(":fail: gone")).containsExactly(new AliasTarget.Refusal("gone"));
        assertThat(targets("/dev/null")).containsExactly(new AliasTarget.Discard());
        assertThat(targets("\\joe")).containsExactly(new AliasTarget.Mailbox(JOE));
        tables.run("INSERT INTO virtual_aliases VALUES (7, 1, 'staff@a.example', 'joe@a.example')");
        assertThat(targets("joe@a.example")).containsExactly(address("joe@a.example"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "|/bin/rm -rf /",
                "\"|/bin/rm\"",
                "/var/mail/root",
                "/srv/mail/joe/",
                ":include:/etc/passwd",
                "",
                "joe at b.example",
                "@not a domain",
                "joe@a.example,|/bin/sh",
                "joe@a.example,:fail:"
            })
    void anAliasCannotNameProgramsOrFilesAndItsMailWaits(String destination) throws Exception {
        assertThat(targets(destination)).anyMatch(AliasTarget.Unusable.class::isInstance);
        assertThat(targets(destination))
                .allMatch(target -> target instanceof AliasTarget.Unusable || target instanceof AliasTarget.Address);
    }

    @Test
    void anAliasForItselfAloneIsNone() throws Exception {
        tables.run("INSERT INTO virtual_aliases VALUES (7, 1, 'joe@a.example', 'Joe@A.example')");
        assertThat(directory().alias(JOE))
                .as("PostfixAdmin has one for each mailbox")
                .isEmpty();
        tables.run("INSERT INTO virtual_aliases VALUES (8, 1, 'joe@a.example', 'ann@b.example')");
        assertThat(directory().alias(JOE).orElseThrow().targets())
                .contains(address("Joe@a.example"), address("ann@b.example"));
    }

    @Test
    void tooManyRowsAreAFailure() throws Exception {
        tables.run("INSERT INTO virtual_aliases SELECT x, 1, 'all@a.example', 'u' || x || '@b.example'"
                + " FROM system_range(100, 1100)");
        MailAddress all = MailAddress.of("all@a.example");
        assertThatIOException().isThrownBy(() -> directory().alias(all)).withMessageContaining("more than 1000");
        tables.run("DELETE FROM virtual_aliases WHERE id = 100");
        assertThat(directory().alias(all).orElseThrow().targets()).hasSize(1000);
        tables.run("UPDATE virtual_aliases SET destination = 'x@b.example,y@b.example' WHERE id = 101");
        assertThatIOException().isThrownBy(() -> directory().alias(all)).withMessageContaining("more than 1000");
        tables.run("UPDATE virtual_aliases SET destination = repeat('x', 300000) WHERE id IN (101, 102)");
        assertThatIOException().isThrownBy(() -> directory().alias(all)).withMessageContaining("longer");
    }

    private HostedDomain withFallback(String destination) throws Exception {
        tables.run("UPDATE virtual_aliases SET destination = '" + destination + "' WHERE id = 3");
        return directory().domain(A).orElseThrow();
    }

    @Test
    void aFallbackIsAnAddressOrTheSameNameElsewhere() throws Exception {
        assertThat(withFallback("Ann@b.example").fallback())
                .contains(new Fallback.ToAddress(MailAddress.of("Ann@b.example")));
        assertThat(withFallback("@b.example").fallback()).contains(new Fallback.ToDomain(Domain.of("b.example")));
        assertThat(withFallback(":fail:").fallback()).contains(new Fallback.Refuse());
    }

    @Test
    void aFallbackOfSeveralIsAPattern() throws Exception {
        HostedDomain domain = withFallback("ann@b.example, j$1\\o@c.example, joe");
        assertThat(domain.fallback()).isEmpty();
        domain = withFallback("ann@b.example, j$1o@c.example, joe");
        assertThat(domain.aliasPatterns().get(0).match("any.body+x", A))
                .contains(List.of(MailAddress.of("ann@b.example"), MailAddress.of("j$1o@c.example"), JOE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"|/bin/cat", "/var/mail/all", "joe,|/bin/cat", "nobody at all", ""})
    void mailForAFallbackThatIsNotOfAddressesWaits(String destination) throws Exception {
        HostedDomain domain = withFallback(destination);
        AliasPattern all = domain.aliasPatterns().get(0);
        assertThat(domain.fallback()).isEmpty();
        assertThatIOException().isThrownBy(() -> all.match("anybody", A));
    }

    @Test
    void aDomainMayHaveSettingsInTheDatabaseAndInTheOptions() throws Exception {
        JdbcQueries queries = JdbcQueries.tutorial()
                .withDomain("SELECT name, 5000 AS quota_octets, 'permanent' AS over_quota, 7 AS max_accounts,"
                        + " '-' AS subaddress_delimiters, TRUE AS full_names, 'f' AS auto_responses"
                        + " FROM virtual_domains WHERE name = :domain");
        HostedDomain settings = HostedDomain.of(A)
                .withCommands(true)
                .withDefaultQuota(new Quota(1, 77))
                .withAliases(List.of(Domain.of("alias.example")));
        JdbcDirectory directory =
                JdbcDirectory.over(tables.source(), OPTIONS.withQueries(queries).withDomains(List.of(settings)));
        HostedDomain domain = directory.domain(Domain.of("alias.example")).orElseThrow();
        assertThat(domain.name()).isEqualTo(A);
        assertThat(domain.commands()).isTrue();
        assertThat(domain.defaultQuota()).isEqualTo(new Quota(5000, 77));
        assertThat(domain.overQuotaReply()).isEqualTo(OverQuotaReply.PERMANENT);
        assertThat(domain.maxAccounts()).hasValue(7);
        assertThat(domain.subaddressDelimiters()).isEqualTo("-");
        assertThat(domain.fullNames()).isTrue();
        assertThat(domain.autoResponses()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'x' AS subaddress_delimiters",
                "0 AS max_accounts",
                "'never' AS over_quota",
                "9999999999 AS max_accounts"
            })
    void settingsOfADomainThatMakeNoSenseAreAFailure(String column) {
        JdbcQueries queries = JdbcQueries.tutorial()
                .withDomain("SELECT name, " + column + " FROM virtual_domains WHERE name = :domain");
        assertThatIOException().isThrownBy(() -> directory(queries).domain(A));
    }

    @Test
    void whatNeitherTheDatabaseNorItsOwnSettingsSayOfADomainIsAmongTheDefaults() throws Exception {
        JdbcDirectory directory = JdbcDirectory.over(
                tables.source(),
                OPTIONS.withQueries(JdbcQueries.tutorial()
                                .withDomain(
                                        "SELECT name, TRUE AS full_names FROM virtual_domains WHERE name = :domain"))
                        .withDomains(List.of(HostedDomain.of(Domain.of("b.example"))))
                        .withDomainDefaults(name ->
                                HostedDomain.of(name).withFullNames(false).withDefaultQuota(new Quota(1, 77))));
        HostedDomain domain = directory.domain(A).orElseThrow();
        assertThat(domain.fullNames()).isTrue();
        assertThat(domain.defaultQuota()).isEqualTo(new Quota(1, 77));
        assertThat(directory.domain(Domain.of("b.example")).orElseThrow().defaultQuota())
                .isEqualTo(Quota.UNLIMITED);
    }

    @Test
    void settingsDoNotMakeADomainExist() throws IOException {
        JdbcDirectory directory = JdbcDirectory.over(
                tables.source(), OPTIONS.withDomains(List.of(HostedDomain.of(Domain.of("c.example")))));
        assertThat(directory.domain(Domain.of("c.example"))).isEmpty();
    }

    @Test
    void postfixAdminSaysWhatIsActive() throws Exception {
        tables = Tables.h2(Tables.POSTFIX_ADMIN)
                .run("INSERT INTO domain (domain, active, backupmx) VALUES ('off.example', FALSE, FALSE),"
                        + " ('backup.example', TRUE, TRUE)")
                .run("INSERT INTO alias_domain VALUES ('was.example', 'a.example', FALSE)")
                .run("INSERT INTO alias (address, goto, active) VALUES ('was@a.example', 'joe@a.example', FALSE)")
                .run("INSERT INTO mailbox (username, password, quota, active) VALUES"
                        + " ('off@a.example', '{PLAIN}x', 0, FALSE), ('big@a.example', '{PLAIN}x', 5000, TRUE)")
                .run("UPDATE domain SET mailboxes = 3 WHERE domain = 'a.example'");
        JdbcDirectory directory = directory(JdbcQueries.postfixAdmin());
        for (String none : List.of("off.example", "backup.example", "was.example", "all")) {
            assertThat(directory.domain(Domain.of(none))).as(none).isEmpty();
        }
        assertThat(directory.domain(Domain.of("alias.example")).orElseThrow().maxAccounts())
                .hasValue(3);
        assertThat(directory.domain(Domain.of("b.example")).orElseThrow().maxAccounts())
                .isEmpty();
        assertThat(directory.alias(MailAddress.of("was@a.example"))).isEmpty();
        assertThat(directory
                        .account(MailAddress.of("off@a.example"))
                        .orElseThrow()
                        .disabled())
                .isTrue();
        assertThat(directory
                        .account(MailAddress.of("big@alias.example"))
                        .orElseThrow()
                        .quota())
                .contains(Quota.ofOctets(5000));
        assertThat(directory.account(JOE).orElseThrow().quota()).isEqualTo(Optional.empty());
        assertThat(directory.problems()).isEmpty();
    }

    @Test
    void anAliasOfTwoDomainsIsAFailure() throws Exception {
        tables = Tables.h2(Tables.POSTFIX_ADMIN)
                .run("ALTER TABLE alias_domain DROP PRIMARY KEY")
                .run("INSERT INTO alias_domain VALUES ('alias.example', 'b.example', TRUE)");
        assertThatIOException()
                .isThrownBy(() -> directory(JdbcQueries.postfixAdmin()).domain(Domain.of("alias.example")));
    }

    @Test
    void anAliasOfAnAliasIsNone() throws Exception {
        tables = Tables.h2(Tables.POSTFIX_ADMIN)
                .run("INSERT INTO alias_domain VALUES ('b.example', 'alias.example', TRUE)");
        assertThat(directory(JdbcQueries.postfixAdmin()).domain(Domain.of("b.example")))
                .isEmpty();
    }

    @Test
    void problemsSayWhatIsWrongWithTheDatabase() throws Exception {
        tables.run("DROP TABLE virtual_aliases");
        JdbcDirectory directory = directory(JdbcQueries.tutorial()
                .withDomain("SELECT id FROM virtual_domains WHERE name = :domain")
                .withAccount(
                        "SELECT email AS address, password, id AS quotas FROM virtual_users WHERE email = :address"));
        assertThat(directory.problems())
                .hasSize(4)
                .anyMatch(problem -> problem.equals("the query of domains has no column name"))
                .anyMatch(
                        problem -> problem.equals("the query of accounts has columns that mean nothing here: [quotas]"))
                .anyMatch(problem ->
                        problem.startsWith("the query of aliases failed: Table \"VIRTUAL_ALIASES\" not found"));
    }
}
