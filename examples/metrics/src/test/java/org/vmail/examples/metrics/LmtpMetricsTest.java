package org.vmail.examples.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.directory.Directory;
import org.vmail.mailbox.memory.InMemoryStore;

class LmtpMetricsTest {
    private static final List<String> SESSION = List.of(
            "LHLO c",
            "MAIL FROM:<>",
            "RCPT TO:<eve@a.example>",
            "RCPT TO:<joe@a.example>",
            "RCPT TO:<ann@a.example>",
            "DATA",
            "x",
            ".",
            "QUIT",
            "");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @Test
    void aSessionShowsUpInTheMeters() throws IOException {
        Directory users = Directory.inMemory()
                .account("joe@a.example", "apple")
                .account("ann@a.example", "pear")
                .build();
        try (LmtpServer server = LmtpServer.builder(Deliverer.over(users, new InMemoryStore()))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .listener(new LmtpMetrics(registry))
                .build()) {
            server.start();
            try (Socket client = new Socket(
                            InetAddress.getLoopbackAddress(),
                            server.boundAddress().getPort());
                    BufferedReader replies =
                            new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
                client.getOutputStream().write(String.join("\r\n", SESSION).getBytes(US_ASCII));
                assertThat(replies.lines()).anyMatch(line -> line.startsWith("221"));
            }
        }

        assertThat(count("lmtp.connections")).isEqualTo(1);
        assertThat(count("lmtp.recipients", "phase", "rcpt", "status", "5.1.1")).isEqualTo(1);
        assertThat(count("lmtp.recipients", "phase", "data", "status", "2.1.5")).isEqualTo(2);
        assertThat(registry.get("lmtp.messages.delivered").summary().count()).isEqualTo(2);
        assertThat(registry.get("lmtp.sessions").timer().count()).isEqualTo(1);
    }

    private double count(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }
}
