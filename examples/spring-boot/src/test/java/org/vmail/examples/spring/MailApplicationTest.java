package org.vmail.examples.spring;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.commons.net.pop3.POP3Client;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.vmail.delivery.lmtp.LmtpServer;
import org.vmail.pop3.Pop3Server;

class MailApplicationTest {
    @TempDir
    Path folder;

    private ConfigurableApplicationContext application;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectory(folder.resolve("mail"));
        application = SpringApplication.run(
                MailApplication.class,
                "--vmail.directory=site",
                "--vmail.mail=" + folder.resolve("mail"),
                "--vmail.pop3-port=0",
                "--vmail.lmtp-port=0",
                "--server.port=0");
    }

    @AfterEach
    void stop() {
        application.close();
    }

    @Test
    void mailThatComesInGoesOut() throws IOException {
        deliver();

        POP3Client client = new POP3Client();
        InetSocketAddress pop3 = application.getBean(Pop3Server.class).boundAddress();
        client.connect(pop3.getAddress(), pop3.getPort());
        assertThat(client.login("joe@a.example", "apple")).isTrue();
        assertThat(client.listMessages()).hasSize(1);
        assertThat(client.logout()).isTrue();
        client.disconnect();
    }

    @Test
    void healthTellsWhetherMailCanBeServed() throws Exception {
        assertThat(get("/actuator/health").body()).contains("\"mail\":{").contains("\"domains\":2");

        Files.delete(folder.resolve("mail"));
        HttpResponse<String> health = get("/actuator/health");
        assertThat(health.statusCode()).isEqualTo(503);
        assertThat(health.body()).contains("cannot be written");
    }

    @Test
    void whatHappensIsInTheMetrics() throws Exception {
        deliver();

        assertThat(get("/actuator/prometheus").body().lines())
                .anyMatch(line -> line.startsWith("lmtp_recipients_total{phase=\"data\",status=\"2.1.5\"} 1"))
                .anyMatch(line -> line.startsWith("pop3_connections_total 0"));
    }

    @Test
    void whatIsUnderWayEndsWellBeforeTheApplicationEnds() throws Exception {
        InetSocketAddress lmtp = application.getBean(LmtpServer.class).boundAddress();
        try (Socket client = new Socket(lmtp.getAddress(), lmtp.getPort());
                BufferedReader replies = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
            send(client, "LHLO test", "MAIL FROM:<>", "RCPT TO:<joe@a.example>", "DATA", "Subject: x");
            String last;
            do {
                last = Objects.requireNonNull(replies.readLine());
            } while (!last.startsWith("354"));
            CompletableFuture<Void> closing = CompletableFuture.runAsync(application::close);
            send(client, "", "x", ".");
            String reply = Objects.requireNonNull(replies.readLine());
            closing.get(30, TimeUnit.SECONDS);
            // Whether the last lines were in time is a matter of luck, and what was said is true either way.
            assertThat(stored()).isEqualTo(reply.startsWith("250") ? 1 : 0);
        }
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("pop3") || name.startsWith("lmtp"));
    }

    private long stored() throws IOException {
        Path fresh = folder.resolve("mail/a.example/joe/new");
        if (!Files.exists(fresh)) {
            return 0;
        }
        try (var files = Files.list(fresh)) {
            return files.count();
        }
    }

    private void deliver() throws IOException {
        InetSocketAddress lmtp = application.getBean(LmtpServer.class).boundAddress();
        try (Socket client = new Socket(lmtp.getAddress(), lmtp.getPort());
                BufferedReader replies = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
            send(
                    client,
                    "LHLO test",
                    "MAIL FROM:<>",
                    "RCPT TO:<joe@a.example>",
                    "DATA",
                    "Subject: x",
                    "",
                    "x",
                    ".",
                    "QUIT");
            assertThat(replies.lines()).anyMatch(line -> line.startsWith("250 2.1.5 ok <joe@a.example>"));
        }
    }

    private static void send(Socket client, String... lines) throws IOException {
        client.getOutputStream().write((String.join("\r\n", List.of(lines)) + "\r\n").getBytes(US_ASCII));
    }

    private HttpResponse<String> get(String path) throws Exception {
        String port = application.getEnvironment().getRequiredProperty("local.server.port");
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }
}
