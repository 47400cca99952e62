package org.vmail.examples.spring;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.springframework.context.annotation.Bean;
import org.vmail.directory.Directory;
import org.vmail.mailbox.memory.InMemoryStore;

class MailApplicationTest {
    @TempDir
    Path folder;

    private ConfigurableApplicationContext application;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectory(folder.resolve("mail"));
        application = run("--vmail.directory=site", "--vmail.mail=" + folder.resolve("mail"));
    }

    @AfterEach
    void stop() {
        application.close();
    }

    @Test
    void mailThatComesInGoesOut() throws IOException {
        deliver();

        POP3Client client = connect();
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
        InetSocketAddress pop3 = servers().pop3Address();
        InetSocketAddress lmtp = servers().lmtpAddress();
        try (Socket client = new Socket(lmtp.getAddress(), lmtp.getPort());
                BufferedReader replies = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
            send(client, "LHLO test", "MAIL FROM:<>", "RCPT TO:<joe@a.example>", "DATA", "Subject: x");
            String last;
            do {
                last = Objects.requireNonNull(replies.readLine());
            } while (!last.startsWith("354"));
            CompletableFuture<Void> closing = CompletableFuture.runAsync(application::close);
            await().untilAsserted(() -> {
                assertRefused(lmtp);
                assertRefused(pop3);
            });
            send(client, "", "x", ".");
            assertThat(replies.readLine()).startsWith("250 ");
            closing.get(30, TimeUnit.SECONDS);
            assertThat(folder.resolve("mail/a.example/joe/new")).isDirectoryContaining(file -> true);
        }
        assertThat(Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("pop3") || name.startsWith("lmtp"));
    }

    @Test
    void whatWasStoppedStartsAgain() throws Exception {
        servers().stop();
        assertThat(get("/actuator/health").statusCode()).isEqualTo(503);

        servers().start();
        deliver();
        assertThat(get("/actuator/prometheus").body().lines())
                .anyMatch(line -> line.startsWith("lmtp_connections_total 1"))
                .anyMatch(line -> line.startsWith("pop3_sessions_logged_in 0"));
    }

    @Test
    void aPortThatIsTakenIsToldAndLeavesNothingBehind() {
        int taken = servers().pop3Address().getPort();

        assertThatThrownBy(() -> SpringApplication.run(
                        MailApplication.class,
                        "--vmail.directory=site",
                        "--vmail.mail=" + folder.resolve("mail"),
                        "--vmail.pop3-port=" + taken,
                        "--vmail.lmtp-port=0",
                        "--server.port=0"))
                .hasStackTraceContaining("127.0.0.1:" + taken);
        assertThat(Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .filter(name -> name.equals("lmtp-accept")))
                .hasSize(1);
    }

    @Test
    void aBeanOfTheApplicationReplacesOneOfOurs() throws IOException {
        application.close();
        application = run(OwnMail.class, "--spring.config.name=without");

        assertThat(application.getBeansOfType(Directory.class)).containsOnlyKeys("people");
        assertThat(application.getBeansOfType(MailHealth.class)).isEmpty();
        POP3Client client = connect();
        assertThat(client.login("eve@c.example", "pear")).isTrue();
        client.disconnect();
    }

    @Test
    void aSettingThatIsMissingIsNamed() {
        assertThatThrownBy(() -> run("--spring.config.name=without", "--vmail.mail=" + folder.resolve("mail")))
                .hasStackTraceContaining("'vmail.directory'");
        assertThatThrownBy(() -> run("--spring.config.name=without", "--vmail.directory=site"))
                .hasStackTraceContaining("'vmail.mail'");
    }

    /** Accounts and mail that are not in files. */
    static class OwnMail {
        @Bean
        Directory people() {
            return Directory.inMemory().account("eve@c.example", "pear").build();
        }

        @Bean
        InMemoryStore mail() {
            return new InMemoryStore();
        }
    }

    private static ConfigurableApplicationContext run(String... settings) {
        return run(MailApplication.class, settings);
    }

    private static ConfigurableApplicationContext run(Class<?> own, String... settings) {
        List<String> all = new ArrayList<>(List.of("--vmail.pop3-port=0", "--vmail.lmtp-port=0", "--server.port=0"));
        all.addAll(List.of(settings));
        return new SpringApplication(MailApplication.class, own).run(all.toArray(String[]::new));
    }

    private MailServers servers() {
        return application.getBean(MailServers.class);
    }

    private POP3Client connect() throws IOException {
        POP3Client client = new POP3Client();
        client.connect(
                servers().pop3Address().getAddress(), servers().pop3Address().getPort());
        return client;
    }

    private static void assertRefused(InetSocketAddress server) {
        assertThatThrownBy(() -> new Socket(server.getAddress(), server.getPort()).close())
                .isInstanceOf(ConnectException.class);
    }

    private void deliver() throws IOException {
        InetSocketAddress lmtp = servers().lmtpAddress();
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
