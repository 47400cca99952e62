package org.vmail.examples.server;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.regex.Pattern;
import org.vmail.address.Domain;
import org.vmail.directory.Directory;
import org.vmail.directory.FileDirectory;
import org.vmail.directory.jdbc.JdbcDirectory;

/** The directory that the settings ask for, in files or in a database, whose connections end with it. */
interface Accounts extends AutoCloseable {
    Directory directory();

    /** What is wrong with it, one line each. */
    List<String> problems() throws IOException;

    /** The domains, as far as they can be listed. */
    List<Domain> domains() throws IOException;

    /** What is in it. */
    default String summary() throws IOException {
        return domains().size() + " domains: " + domains();
    }

    @Override
    void close();

    static Accounts open(Settings settings) throws IOException {
        return settings.sql().isPresent()
                ? InDatabase.open(settings.sql().get())
                : new InFiles(ReferenceServer.directory(settings));
    }

    /** Linuxconf's files. */
    record InFiles(FileDirectory directory) implements Accounts {
        @Override
        public List<String> problems() throws IOException {
            return directory.problems().stream().map(Object::toString).toList();
        }

        @Override
        public List<Domain> domains() throws IOException {
            return directory.domains();
        }

        @Override
        public void close() {}
    }

    /** Tables. */
    record InDatabase(HikariDataSource pool, JdbcDirectory directory) implements Accounts {
        private static final Pattern DATABASE = Pattern.compile("jdbc:([a-z0-9]+):.*");

        static InDatabase open(SqlSettings settings) throws IOException {
            checkDriver(settings.url());
            HikariDataSource pool = new HikariDataSource(settings.pool());
            return new InDatabase(pool, JdbcDirectory.over(pool, settings.options()));
        }

        private static void checkDriver(String url) throws IOException {
            try {
                DriverManager.getDriver(url);
            } catch (SQLException e) {
                throw new IOException("sql.url: there is no driver for "
                        + DATABASE.matcher(url).replaceFirst("$1")
                        + "; name its jar in the class path: java -cp vmail.jar:DRIVER.jar " + Main.class.getName());
            }
        }

        @Override
        public List<String> problems() {
            return directory.problems().stream()
                    .map(problem -> "sql: " + problem)
                    .toList();
        }

        @Override
        public List<Domain> domains() {
            return List.of();
        }

        @Override
        public String summary() {
            return "the domains are in a database";
        }

        @Override
        public void close() {
            pool.close();
        }
    }
}
