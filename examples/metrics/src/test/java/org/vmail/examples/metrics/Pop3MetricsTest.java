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
import org.vmail.address.MailAddress;
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
        assertThat(registry.get("pop3.sessions.logged.in").gauge().value()).isZero();
        assertThat(count("pop3.octets", "direction", "out")).isGreaterThan(MESSAGE.length());
        assertThat(count("pop3.octets", "direction", "in")).isPositive();
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
        assertThat(lines).contains("pop3_connections_total 1.0", "pop3_messages_removed_total 1.0", "# EOF");
        assertThat(lines).anyMatch(line -> line.startsWith("pop3_logins_total{") && line.contains("\"ok\""));
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
            POP3Client client = new POP3Client();
            client.connect(
                    InetAddress.getLoopbackAddress(), server.boundAddress().getPort());
            assertThat(client.login("eve@a.example", "pear")).isFalse();
            assertThat(client.login(JOE, "apple")).isTrue();
            assertThat(registry.get("pop3.sessions.logged.in").gauge().value()).isEqualTo(1);
            try (BufferedReader message = new BufferedReader(client.retrieveMessage(1))) {
                assertThat(message.lines()).contains("Subject: hello");
            }
            assertThat(client.deleteMessage(1)).isTrue();
            assertThat(client.logout()).isTrue();
            client.disconnect();
        }
    }
}
