package org.vmail.examples.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.net.pop3.POP3Client;
import org.junit.jupiter.api.Test;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.chain.LoginRoute;
import org.vmail.chain.Upstream;
import org.vmail.directory.Directory;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.pop3.Pop3Options;
import org.vmail.pop3.Pop3Server;

class Pop3MetricsTest {
    private static final String JOE = "joe@a.example";
    private static final String MESSAGE = "Subject: hello\r\n\r\nhello\r\n";

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void aSessionShowsUpInTheMeters() throws IOException {
        serveOneSession();

        assertThat(count("pop3.connections")).isEqualTo(1);
        assertThat(count("pop3.logins", "result", "ok", "mechanism", "USER")).isEqualTo(1);
        assertThat(count("pop3.logins", "result", "rejected")).isEqualTo(1);
        assertThat(count("pop3.messages.removed")).isEqualTo(1);
        assertThat(registry.get("pop3.messages.retrieved").summary().totalAmount())
                .isEqualTo(MESSAGE.length());
        assertThat(registry.get("pop3.sessions").timer().count()).isEqualTo(1);
        assertThat(registry.get("pop3.sessions").timer().totalTime(TimeUnit.NANOSECONDS))
                .isPositive();
        assertThat(loggedIn()).isZero();
        assertThat(count("pop3.octets", "direction", "out")).isGreaterThan(MESSAGE.length());
        assertThat(count("pop3.octets", "direction", "in")).isPositive();
    }

    @Test
    void aSessionOnAnotherServerIsALoginAndCountsUntilItEnds() throws IOException {
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Directory users = Directory.inMemory().account(JOE, "apple").build();
        Directory nobody = Directory.inMemory().build();
        try (Pop3Server elsewhere =
                Pop3Server.builder(users, new InMemoryStore()).listen(anyPort).build()) {
            elsewhere.start();
            try (Pop3Server server = Pop3Server.builder(nobody, new InMemoryStore())
                    .listen(anyPort)
                    .listener(new Pop3Metrics(registry))
                    .loginRoute(LoginRoute.domain(Domain.of("a.example"), Upstream.at(elsewhere.boundAddress())))
                    .build()) {
                server.start();
                POP3Client client = connect(server);
                assertThat(client.login(JOE, "apple")).isTrue();
                assertThat(loggedIn()).isEqualTo(1);
                assertThat(client.logout()).isTrue();
                client.disconnect();
            }
        }

        assertThat(loggedIn()).isZero();
        assertThat(count("pop3.logins", "result", "chained", "mechanism", "USER"))
                .isEqualTo(1);
        assertThat(registry.get("pop3.sessions").timer().count()).isEqualTo(1);
    }

    @Test
    void noTagNamesAUser() throws IOException {
        serveOneSession();

        Stream<String> values = registry.getMeters().stream()
                .map(Meter::getId)
                .flatMap(id -> id.getTags().stream())
                .map(Tag::getValue);
        assertThat(values).noneMatch(value -> value.contains("joe") || value.contains("eve") || value.contains("127."));
    }

    @Test
    void theProgramPrintsWhatPrometheusFetches() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Main.run(new PrintStream(out, true, UTF_8));

        List<String> lines = out.toString(UTF_8).lines().toList();
        assertThat(lines)
                .contains(
                        "pop3_connections_total 1.0",
                        "pop3_messages_removed_total 1.0",
                        "lmtp_connections_total 1.0",
                        "# EOF");
        assertThat(lines)
                .anyMatch(line -> line.startsWith("pop3_logins_total{") && line.contains("\"ok\""))
                .anyMatch(line -> line.startsWith("lmtp_recipients_total{") && line.contains("\"2.1.5\""));
    }

    private static POP3Client connect(Pop3Server server) throws IOException {
        POP3Client client = new POP3Client();
        client.connect(InetAddress.getLoopbackAddress(), server.boundAddress().getPort());
        return client;
    }

    private double loggedIn() {
        return registry.get("pop3.sessions.logged.in").gauge().value();
    }

    private double count(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    private void serveOneSession() throws IOException {
        Directory users = Directory.inMemory().account(JOE, "apple").build();
        InMemoryStore mail = new InMemoryStore();
        try (Delivery delivery = mail.begin(MailAddress.of(JOE))) {
            try (OutputStream message = delivery.message()) {
                message.write(MESSAGE.getBytes(UTF_8));
            }
            delivery.commit();
        }
        try (Pop3Server server = Pop3Server.builder(users, mail)
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .listener(new Pop3Metrics(registry))
                .options(Pop3Options.defaults().withFailureDelay(Duration.ZERO))
                .build()) {
            server.start();
            POP3Client client = connect(server);
            assertThat(client.login("eve@a.example", "pear")).isFalse();
            assertThat(client.login(JOE, "apple")).isTrue();
            assertThat(loggedIn()).isEqualTo(1);
            try (BufferedReader message = new BufferedReader(client.retrieveMessage(1))) {
                assertThat(message.lines()).contains("Subject: hello");
            }
            assertThat(client.deleteMessage(1)).isTrue();
            assertThat(client.logout()).isTrue();
            client.disconnect();
        }
    }
}
