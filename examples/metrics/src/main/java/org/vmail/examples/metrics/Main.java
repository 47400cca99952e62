package org.vmail.examples.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;

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
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.directory.Directory;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.pop3.Pop3Options;
import org.vmail.pop3.Pop3Server;

/** Delivers a message to itself, fetches it, and prints what a Prometheus server would fetch, in OpenMetrics' format. */
final class Main {
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final List<String> DELIVERY = List.of(
            "LHLO client.example",
            "MAIL FROM:<ann@b.example>",
            "RCPT TO:<eve@a.example>",
            "RCPT TO:<joe@a.example>",
            "DATA",
            "Subject: hello",
            "",
            "hello",
            ".",
            "QUIT");
    private static final List<String> RETRIEVAL =
            List.of("USER eve@a.example", "PASS pear", "USER joe@a.example", "PASS apple", "RETR 1", "DELE 1", "QUIT");

    private Main() {}

    public static void main(String[] args) throws IOException {
        run(System.out);
    }

    static void run(PrintStream out) throws IOException {
        Directory users = Directory.inMemory().account("joe@a.example", "apple").build();
        InMemoryStore mail = new InMemoryStore();
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (LmtpServer lmtp = LmtpServer.builder(Deliverer.over(users, mail))
                        .listen(anyPort)
                        .listener(new LmtpMetrics(registry))
                        .build();
                Pop3Server pop3 = Pop3Server.builder(users, mail)
                        .listen(anyPort)
                        .listener(new Pop3Metrics(registry))
                        .options(Pop3Options.defaults().withFailureDelay(Duration.ZERO))
                        .build()) {
            lmtp.start();
            pop3.start();
            converse(lmtp.boundAddress(), DELIVERY, out);
            converse(pop3.boundAddress(), RETRIEVAL, out);
        }
        out.println(registry.scrape(OPEN_METRICS));
        registry.close();
    }

    private static void converse(InetSocketAddress server, List<String> lines, PrintStream out) throws IOException {
        try (Socket client = new Socket(server.getAddress(), server.getPort());
                BufferedReader replies = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
            client.getOutputStream().write((String.join("\r\n", lines) + "\r\n").getBytes(US_ASCII));
            replies.lines().forEach(out::println);
        }
    }
}
