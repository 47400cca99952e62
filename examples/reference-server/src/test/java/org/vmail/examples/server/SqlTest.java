package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.domain.ReverseLookup;

/** Accounts in a database, through the whole server, and the settings for that. */
@Timeout(120)
class SqlTest {
    private static final byte[] MESSAGE = "Subject: hello\r\n\r\nhi\r\n".getBytes(ISO_8859_1);

    @TempDir
    Path folder;

    private final String url = "jdbc:h2:mem:" + UUID.randomUUID();
    private Site site;
    private Connection database;

    @BeforeEach
    void create() throws Exception {
        site = Site.create(folder);
        database = DriverManager.getConnection(url, "vmail", "hunter2");
        run("CREATE TABLE virtual_domains (id INT, name VARCHAR)");
        run("CREATE TABLE virtual_users (id INT, domain_id INT, password VARCHAR, email VARCHAR, quota INT)");
        run("CREATE TABLE virtual_aliases (id INT, domain_id INT, source VARCHAR, destination VARCHAR)");
        run("INSERT INTO virtual_domains VALUES (1, 'a.example'), (2, 'b.example')");
        run("INSERT INTO virtual_users VALUES (1, 1, '{BLF-CRYPT}" + Site.hash("apple pie")
                + "', 'joe@a.example', 9000)");
        run("INSERT INTO virtual_aliases VALUES (1, 1, 'staff@a.example', 'joe@a.example')");
    }

    @AfterEach
    void close() throws SQLException {
        database.close();
    }

    private void run(String sql) throws SQLException {
        try (Statement statement = database.createStatement()) {
            statement.execute(sql);
        }
    }

    private Path config(String more) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "hunter2\n");
        String sql =
                "\n[sql]\nurl = \"%s\"\nuser = \"vmail\"\npassword-file = \"%s\"\n%s\n".formatted(url, secret, more);
        Path config = site.config(Optional.empty());
        String files = Files.readString(config);
        return Files.writeString(config, files.substring(files.indexOf("mail = ")) + sql);
    }

    private Programs.Result check(String more) throws IOException {
        return OwnCommand.run("check", "--config", config(more));
    }

    @Test
    void aUserOfTheDatabaseGetsMailAndFetchesIt() throws Exception {
        try (ReferenceServer server = ReferenceServer.start(SettingsFile.read(config("")), ReverseLookup.system())) {
            try (Lmtp client = new Lmtp(server.lmtpAddresses().get(0))) {
                client.deliver("joe@a.example", MESSAGE);
                client.deliver("Staff@a.example", MESSAGE);
            }
            assertThat(Pop3.fetch(server.pop3Addresses().get(1), "joe", "apple pie"))
                    .hasSize(2);
        }
    }

    @Test
    void theQuotaOfTheDatabaseIsKeptTo() throws Exception {
        String query =
                "SELECT email AS address, password, quota AS quota_octets FROM virtual_users WHERE email = :address";
        Path config = config("fresh-for = \"0s\"\n[sql.queries]\naccount = \"" + query + "\"");
        byte[] large = ("Subject: large\r\n\r\n" + "0123456789abcdef\r\n".repeat(600)).getBytes(ISO_8859_1);
        try (ReferenceServer server = ReferenceServer.start(SettingsFile.read(config), ReverseLookup.system());
                Lmtp client = new Lmtp(server.lmtpAddresses().get(0))) {
            assertThatThrownBy(() -> client.deliver("joe@a.example", large)).hasMessageContaining("5.2.2");
        }
        run("UPDATE virtual_users SET quota = NULL");
        try (ReferenceServer server = ReferenceServer.start(SettingsFile.read(config), ReverseLookup.system());
                Lmtp client = new Lmtp(server.lmtpAddresses().get(0))) {
            client.deliver("joe@a.example", large);
        }
    }

    @Test
    void theCommandDeliversByTheDatabase() throws Exception {
        Path config = config("");
        assertThat(OwnCommand.runWith("Subject: x\n\nx\n", "deliver", "--config", config, "-d", "joe@a.example")
                        .exitCode())
                .isZero();
        assertThat(OwnCommand.runWith("Subject: x\n\nx\n", "deliver", "--config", config, "-d", "kim@a.example")
                        .exitCode())
                .isEqualTo(Sysexits.NOUSER);
        run("DROP TABLE virtual_users");
        assertThat(OwnCommand.runWith("Subject: x\n\nx\n", "deliver", "--config", config, "-d", "joe@a.example")
                        .exitCode())
                .isEqualTo(Sysexits.TEMPFAIL);
    }

    @Test
    void aSoundDatabaseIsSound() throws Exception {
        Programs.Result result = check("");
        assertThat(result.successful().output())
                .contains("the domains are in a database", "127.0.0.2: a.example [", "all is well");
    }

    @Test
    void whatIsWrongWithTheDatabaseIsSaid() throws Exception {
        run("DROP TABLE virtual_aliases");
        run("DELETE FROM virtual_domains WHERE id = 2");
        Programs.Result broken =
                check("[sql.queries]\naccount = \"SELECT email FROM virtual_users WHERE email = :address\"");
        assertThat(broken.exitCode()).isEqualTo(Sysexits.CONFIG);
        assertThat(broken.errors())
                .contains("sql: the query of accounts has no column ")
                .contains("sql: the query of aliases failed: Table \"VIRTUAL_ALIASES\" not found");

        run("CREATE TABLE virtual_aliases (id INT, domain_id INT, source VARCHAR, destination VARCHAR)");
        assertThat(check("").errors()).contains("b.example, which is not hosted");
    }

    @Test
    void aWrongPasswordIsSaidAndNotShown() throws Exception {
        Path config = config("timeout = \"1s\"");
        Files.writeString(folder.resolve("secret"), "hunter3");
        Programs.Result result = OwnCommand.run("check", "--config", config);
        assertThat(result.exitCode()).isEqualTo(Sysexits.CONFIG);
        assertThat(result.errors()).contains("sql: the query of domains failed").doesNotContain("hunter");
        Files.delete(folder.resolve("secret"));
        assertThat(OwnCommand.run("check", "--config", config).errors())
                .contains("sql.password-file: ", "cannot be read");
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = "=>",
            value = {
                "url = \"jdbc:h2:mem:x\" => url = \"postgresql://x\" => no URL of a database",
                "url = \"jdbc:h2:mem:x\" => url = \"jdbc:h2:mem:x?password=x\" => password-file",
                "url = \"jdbc:h2:mem:x\" =>  => sql.url is missing",
                "schema = \"tutorial\" => schema = \"mine\" => tutorial, postfix-admin",
                "timeout = \"5s\" => timeout = \"10ms\" => whole seconds",
                "connections = 8 => connections = 0 => must be positive",
                "account = \"\" => account = \"SELECT ':address'\" => in quotes",
                "fresh-for = \"10s\" => fresh-for = \"9\" => fresh-for",
                "absent-for = \"2s\" => absentfor = \"2s\" => sql.absentfor"
            })
    void aWrongSettingIsNamed(String right, String wrong, String problem) throws Exception {
        String text = """
                mail = "m"
                [sql]
                url = "jdbc:h2:mem:x"
                schema = "tutorial"
                timeout = "5s"
                connections = 8
                fresh-for = "10s"
                absent-for = "2s"
                last-good-for = "5m"
                answers-remembered = 10000
                absences-remembered = 10000
                max-targets = 1000
                [sql.queries]
                domain-aliases = ""
                fallback = ""
                account-of-full-name = ""
                alias = ""
                """;
        Path config = folder.resolve("wrong.toml");
        assertThat(SettingsFile.read(Files.writeString(config, text)).sql()).isPresent();
        String changed = right.startsWith("account") ? text + wrong : text.replace(right, wrong == null ? "" : wrong);
        Files.writeString(config, changed);
        assertThatThrownBy(() -> SettingsFile.read(config))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void theAccountsAreInFilesOrInADatabase() throws Exception {
        Path config = Files.writeString(
                folder.resolve("both.toml"), "directory = \"d\"\nmail = \"m\"\n[sql]\nurl = \"jdbc:h2:mem:x\"\n");
        assertThatThrownBy(() -> SettingsFile.read(config))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining(":1: directory and sql cannot both");
    }

    @Test
    void aDriverThatIsMissingIsNamed() throws Exception {
        Path config = config("");
        Files.writeString(config, Files.readString(config).replace("jdbc:h2:mem:", "jdbc:mysql://db/"));
        Programs.Result result = OwnCommand.run("check", "--config", config);
        assertThat(result.errors()).contains("there is no driver for mysql", "java -cp");
    }
}
