package org.vmail.examples.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.vmail.address.MailAddress;
import org.vmail.directory.Directory;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.pop3.Pop3Options;
import org.vmail.pop3.Pop3Server;

/** Serves one session to itself, and prints what a Prometheus server would fetch, in OpenMetrics' format. */
final class Main {
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final List<String> SESSION =
            List.of("USER eve@a.example", "PASS pear", "USER joe@a.example", "PASS apple", "RETR 1", "DELE 1", "QUIT");

    private Main() {}

    public static void main(String[] args) throws IOException {
        run(System.out);
    }

    static void run(PrintStream out) throws IOException {
        Directory users = Directory.inMemory().account("joe@a.example", "apple").build();
        InMemoryStore mail = new InMemoryStore();
        mail.deliver(MailAddress.of("joe@a.example"), "Subject: hello\r\n\r\nhello\r\n".getBytes(UTF_8));
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        try (Pop3Server server = Pop3Server.builder(users, mail)
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .listener(new Pop3Metrics(registry))
                .options(Pop3Options.defaults().withFailureDelay(Duration.ZERO))
                .build()) {
            server.start();
            converse(server.boundAddress(), out);
        }
        out.println(registry.scrape(OPEN_METRICS));
        registry.close();
    }

    private static void converse(InetSocketAddress server, PrintStream out) throws IOException {
        try (Socket client = new Socket(server.getAddress(), server.getPort());
                BufferedReader replies = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
            client.getOutputStream().write((String.join("\r\n", SESSION) + "\r\n").getBytes(US_ASCII));
            replies.lines().forEach(out::println);
        }
    }
}
