package org.vmail.directory.jdbc;

import com.google.common.base.Splitter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;
import org.sqlite.SQLiteDataSource;

/** A database with the tables of a test. */
record Tables(DataSource source) {
    /** What most tutorials make, in SQL that all databases understand. */
    static final String TUTORIAL = """
            CREATE TABLE virtual_domains (id INTEGER PRIMARY KEY, name VARCHAR(50) NOT NULL);
            CREATE TABLE virtual_users (id INTEGER PRIMARY KEY, domain_id INTEGER, password VARCHAR(150),
                email VARCHAR(120));
            CREATE TABLE virtual_aliases (id INTEGER PRIMARY KEY, domain_id INTEGER, source VARCHAR(100),
                destination TEXT);
            INSERT INTO virtual_domains VALUES (1, 'a.example'), (2, 'b.example');
            INSERT INTO virtual_users VALUES (1, 1, '{PLAIN}joe-a', 'joe@a.example'),
                (2, 2, '{PLAIN}joe-b', 'joe@b.example'), (3, 1, NULL, 'jörg@a.example');
            INSERT INTO virtual_aliases VALUES (1, 1, 'staff@a.example', 'joe@a.example'),
                (2, 1, 'staff@a.example', 'ann@elsewhere.example'), (3, 1, '@a.example', 'joe@a.example');
            """;

    /** What of PostfixAdmin's tables matters here, with its types in PostgreSQL. */
    static final String POSTFIX_ADMIN = """
            CREATE TABLE domain (domain VARCHAR(255) PRIMARY KEY, mailboxes INTEGER DEFAULT 0, maxquota BIGINT DEFAULT 0,
                backupmx BOOLEAN DEFAULT FALSE, active BOOLEAN DEFAULT TRUE);
            CREATE TABLE alias_domain (alias_domain VARCHAR(255) PRIMARY KEY, target_domain VARCHAR(255),
                active BOOLEAN DEFAULT TRUE);
            CREATE TABLE mailbox (username VARCHAR(255) PRIMARY KEY, password VARCHAR(255), name VARCHAR(255) DEFAULT '',
                quota BIGINT DEFAULT 0, domain VARCHAR(255), active BOOLEAN DEFAULT TRUE);
            CREATE TABLE alias (address VARCHAR(255) PRIMARY KEY, goto TEXT, domain VARCHAR(255),
                active BOOLEAN DEFAULT TRUE);
            INSERT INTO domain (domain) VALUES ('ALL'), ('a.example'), ('b.example'), ('alias.example');
            INSERT INTO alias_domain VALUES ('alias.example', 'a.example', TRUE);
            INSERT INTO mailbox (username, password, name, domain) VALUES
                ('joe@a.example', '{PLAIN}joe-a', 'Joe Who', 'a.example'),
                ('joe@b.example', '{PLAIN}joe-b', '', 'b.example'), ('jörg@a.example', '!', '', 'a.example');
            INSERT INTO alias (address, goto, domain) VALUES ('joe@a.example', 'joe@a.example', 'a.example'),
                ('joe@b.example', 'joe@b.example', 'b.example'), ('jörg@a.example', 'jörg@a.example', 'a.example'),
                ('staff@a.example', 'joe@a.example,ann@elsewhere.example', 'a.example'),
                ('@a.example', 'joe@a.example', 'a.example');
            """;

    static Tables h2(String script) throws SQLException {
        JdbcDataSource source = new JdbcDataSource();
        source.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
        return new Tables(source).run(script);
    }

    static Tables sqlite(Path folder, String script) throws SQLException {
        SQLiteDataSource source = new SQLiteDataSource();
        source.setUrl("jdbc:sqlite:" + folder.resolve("directory.db"));
        return new Tables(source).run(script);
    }

    Tables run(String script) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : Splitter.on(';').omitEmptyStrings().trimResults().split(script)) {
                statement.execute(sql);
            }
        }
        return this;
    }
}
