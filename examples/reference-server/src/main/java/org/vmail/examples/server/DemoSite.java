package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.auth.Password;
import org.vmail.auth.PasswordHasher;
import org.vmail.directory.Directory;
import org.vmail.domain.DomainResolver;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.pop3.Pop3Options;
import org.vmail.pop3.Pop3Server;

/** The files of the demo, in a temporary folder. */
record DemoSite(Path folder) {
    static DemoSite create() throws IOException {
        Path folder = Files.createTempDirectory("vmail-demo-");
        Files.createDirectory(folder.resolve("mail"));
        DemoSite site = new DemoSite(folder);
        site.domain("a.example", "apple", "staff: joe, ann\n", List.of("joe", "ann"));
        site.domain("b.example", "banana", "postmaster: joe\n", List.of("joe"));
        return site;
    }

    private void domain(String domain, String password, String aliases, List<String> users) throws IOException {
        PasswordHasher hasher = PasswordHasher.withCost(6); // a demo need not wait
        StringBuilder passwd = new StringBuilder();
        StringBuilder shadow = new StringBuilder();
        for (String user : users) {
            passwd.append(user).append(":x:60000:60000:").append(user).append(":/:/bin/false\n");
            shadow.append(user)
                    .append(':')
                    .append(hasher.hash(Password.of(password)).encoded())
                    .append(":20000:0:99999:7:::\n");
        }
        Files.writeString(folder.resolve("passwd." + domain), passwd);
        Files.writeString(folder.resolve("shadow." + domain), shadow);
        Files.writeString(folder.resolve("aliases." + domain), aliases);
    }

    Path config() {
        return folder.resolve("vmail.toml");
    }

    Path config(int port, InetSocketAddress nativeDaemon) throws IOException {
        return Files.writeString(config(), """
                directory = "%1$s"
                mail = "%1$s/mail"

                [pop3]
                listen = ["127.0.0.1:%2$d", "127.0.0.2:%2$d", "127.0.0.3:%2$d", "127.0.0.4:%2$d"]

                [lmtp]
                listen = ["127.0.0.1:%3$d"]

                [domain-choice]
                shared = ["127.0.0.4"]

                [native-daemon]
                tcp = "127.0.0.1:%4$d"
                """.formatted(folder, port, port + 100, nativeDaemon.getPort()));
    }

    /** What was there before vmail: another POP3 server, which knows nothing of domains. */
    static Pop3Server nativeDaemon() throws IOException {
        InMemoryStore mail = new InMemoryStore();
        try (Delivery delivery = mail.begin(MailAddress.of("joe@main.example"))) {
            delivery.message().write("Subject: Cherries\r\n\r\nDear Joe of the main domain\r\n".getBytes(US_ASCII));
            delivery.commit();
        }
        Directory users =
                Directory.inMemory().account("joe@main.example", "cherry").build();
        return Pop3Server.builder(users, mail)
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .domains(DomainResolver.fixed(Domain.of("main.example")))
                .options(Pop3Options.defaults().withGreeting("native POP3 daemon ready"))
                .build();
    }

    void delete() {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
