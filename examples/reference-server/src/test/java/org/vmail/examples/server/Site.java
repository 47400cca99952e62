package org.vmail.examples.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.vmail.auth.Password;
import org.vmail.auth.PasswordHasher;

/**
 * The files of two hosted domains that have users of the same names. On 127.0.0.2 is a.example, on 127.0.0.3 is b.example,
 * 127.0.0.4 is shared, and 127.0.0.1 belongs to the native daemon.
 */
record Site(Path folder) {
    static final String A = "127.0.0.2";
    static final String B = "127.0.0.3";
    static final String SHARED = "127.0.0.4";
    static final String MAIN = "127.0.0.1";
    /** Where {@link #secureConfig} listens for POP3S, for a.example. */
    static final String SECURE = "127.0.0.5";

    static final String PASSWORD_A = "apple pie";
    static final String PASSWORD_B = "banana";

    static Site create(Path folder, String... users) throws IOException {
        Site site = new Site(folder);
        Files.createDirectory(site.directory());
        Files.createDirectory(site.mail());
        Files.createDirectory(site.spool());
        for (String user : users) {
            site.add(user, "a.example", hash(PASSWORD_A));
            site.add(user, "b.example", hash(PASSWORD_B));
        }
        return site;
    }

    static String hash(String password) {
        return PasswordHasher.withCost(4).hash(Password.of(password)).encoded();
    }

    Path directory() {
        return folder.resolve("directory");
    }

    Path mail() {
        return folder.resolve("mail");
    }

    Path spool() {
        return folder.resolve("spool");
    }

    Path shadow(String domain) {
        return directory().resolve("shadow." + domain);
    }

    Path mailbox(String user, String domain) {
        return mail().resolve(domain).resolve(user);
    }

    void add(String user, String domain, String hash) throws IOException {
        append(directory().resolve("passwd." + domain), user + ":x:60000:60000:" + user + ":/:/bin/false\n");
        append(shadow(domain), user + ":" + hash + ":20000:0:99999:7:::\n");
    }

    void alias(String domain, String line) throws IOException {
        append(directory().resolve("aliases." + domain), line + "\n");
    }

    /** Writes a configuration for free ports, which the server's log tells. */
    Path config(Optional<InetSocketAddress> nativeDaemon) throws IOException {
        String config = """
                directory = "%s"
                mail = "%s"

                [pop3]
                listen = ["127.0.0.1:0", "127.0.0.2:0", "127.0.0.3:0", "127.0.0.4:0"]
                failure-delay = "10ms"

                [lmtp]
                listen = ["127.0.0.1:0"]
                host-name = "mx.example"
                spool-folder = "%s"

                [domain-choice]
                shared = ["127.0.0.4"]

                [domain-choice.addresses]
                "127.0.0.2" = "a.example"
                "127.0.0.3" = "b.example"

                [domain-choice.reverse-lookup]
                enabled = false
                """.formatted(directory(), mail(), spool());
        String chain = nativeDaemon
                .map(daemon -> "\n[native-daemon]\ntcp = \"%s:%d\"\n"
                        .formatted(daemon.getAddress().getHostAddress(), daemon.getPort()))
                .orElse("");
        return Files.writeString(folder.resolve("vmail.toml"), config + chain);
    }

    /** The same with TLS, and with every way to log in that needs no identity provider. */
    Path secureConfig(Path certificateChain, Path key) throws IOException {
        String config = Files.readString(config(Optional.empty()))
                .replace("[pop3]\n", """
                        [tls]
                        [[tls.certificates]]
                        chain = "%s"
                        key = "%s"

                        [pop3]
                        listen-tls = ["%s:0"]
                        apop = true
                        sasl = ["PLAIN", "LOGIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"]
                        """.formatted(certificateChain, key, SECURE))
                .replace(
                        "[domain-choice.addresses]\n",
                        "[domain-choice.addresses]\n\"" + SECURE + "\" = \"a.example\"\n");
        return Files.writeString(folder.resolve("secure.toml"), config);
    }

    private static void append(Path file, String line) throws IOException {
        Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
