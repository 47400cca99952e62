package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.domain.ReverseLookup;

/** vdeliver in front of a running server. The exit codes are those of sysexits.h. */
@Timeout(60)
class VdeliverHandOverTest {
    private static final String MESSAGE = "From ann\nSubject: hello\n\n.\nDear Joe\n";

    @TempDir
    Path folder;

    private Site site;
    private Path socket;

    @BeforeEach
    void create() throws IOException {
        site = Site.create(folder, "joe", "ann");
        socket = folder.resolve("lmtp");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theServerDelivers(boolean unix) throws Exception {
        try (ReferenceServer server = serve()) {
            String tcp = "127.0.0.1:" + server.lmtpAddresses().get(0).getPort();

            Programs.Result result = handOver(unix ? socket.toString() : tcp, "joe@a.example", "ann@b.example")
                    .successful();

            assertThat(result.output()).isEmpty();
            assertThat(mail("joe", "a.example"))
                    .singleElement()
                    .asString()
                    .matches("(?s)"
                            + "Return-Path: <ann@far\\.example>\nDelivered-To: joe@a\\.example\nReceived: from localhost.*?"
                            + "\nSubject: hello\n\n\\.\nDear Joe\n");
            assertThat(mail("ann", "b.example")).hasSize(1);
        }
    }

    @Test
    void eachReplyCountsAsInADirectDelivery() throws Exception {
        try (ReferenceServer server = serve()) {
            Programs.Result unknown = handOver(tcp(server), "nobody@a.example", "joe@a.example");
            Programs.Result domain = handOver("unix:" + socket, "joe@c.example");

            assertThat(unknown.exitCode()).isEqualTo(67);
            assertThat(unknown.output())
                    .startsWith("5.1.1 ")
                    .doesNotContain("550")
                    .endsWith("<nobody@a.example>\n");
            assertThat(mail("joe", "a.example")).as("the others get theirs").hasSize(1);
            assertThat(domain.exitCode()).isEqualTo(67);
            assertThat(domain.output()).startsWith("5.1.2 ");
        }
    }

    @Test
    void whileNobodyListensMailWaits() {
        assertThat(List.of(handOver(socket.toString(), "joe@a.example"), handOver("127.0.0.1:1", "joe@a.example")))
                .allSatisfy(result -> {
                    assertThat(result.exitCode()).isEqualTo(75);
                    assertThat(result.output()).startsWith("4.4.1 ").hasLineCount(1);
                });
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "joe", "127.0.0.1:99999", ":24", "relative/path"})
    void whereNobodyCanListenMailWaits(String where) {
        Programs.Result result = handOver(where, "joe@a.example");

        assertThat(result.exitCode()).isEqualTo(75);
        assertThat(result.output()).startsWith("4.3.5 --lmtp ");
    }

    /** A reply and what it means; an empty one is a connection that ends there. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "220 hi|250 hi|250 ok|250 ok|354 go|250 2.0.0 ok              | 0|",
                "220 hi|250 hi|250 ok|250 ok|354 go|452 4.2.2 full            |75|4.2.2 full <joe@a.example>",
                "220 hi|250 hi|250 ok|250 ok|354 go|552 5.2.2 full            |69|5.2.2 full <joe@a.example>",
                "220 hi|250 hi|250 ok|250 ok|354 go|554 no                    |69|5.0.0 no <joe@a.example>",
                "220 hi|250 hi|250 ok|550 5.1.1 who||                         |67|5.1.1 who <joe@a.example>",
                "220 hi|250 hi|250 ok|550 5.1.6 moved||                       |69|5.1.6 moved <joe@a.example>",
                "220 hi|250 hi|501 5.1.7 no|||                                |65|5.1.7 no <joe@a.example>",
                "220 hi|250 hi|503 5.5.1 what|||                              |75|4.5.1 what <joe@a.example>",
                "220 hi|250 hi|250 ok|250 ok|354 go|''                        |75|4.4.1 ",
                "220 hi|250 hi|250 ok|250 ok|''|                              |75|4.4.1 ",
                "220 hi|250 hi|250 ok|250 ok|354 go|what                      |75|4.4.1 ",
                "220 hi|500 5.5.1 EHLO please||||                             |75|4.4.1 ",
                "421 4.3.2 stopping|||||                                      |75|4.4.1 ",
                "''|||||                                                      |75|4.4.1 "
            })
    void everyReplyHasItsExitCode(
            String greeting, String hello, String mail, String rcpt, String data, String end, int exitCode, String line)
            throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Void> server = CompletableFuture.runAsync(() -> script(
                    listener, Stream.of(greeting, hello, mail, rcpt, data, end).toList()));

            Programs.Result result = handOver("127.0.0.1:" + listener.getLocalPort(), "joe@a.example");

            server.join();
            assertThat(result.exitCode()).as(result.output()).isEqualTo(exitCode);
            assertThat(result.output()).startsWith(line == null ? "" : line);
            assertThat(result.output().lines().count()).isEqualTo(exitCode == 0 ? 0 : 1);
        }
    }

    @Test
    void aServerThatSaysNothingIsLeftInTime() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Programs.Result result = OwnCommand.runWith(
                    MESSAGE,
                    "deliver",
                    "--timeout",
                    "1",
                    "--lmtp",
                    "127.0.0.1:" + silent.getLocalPort(),
                    "-d",
                    "joe@a.example");

            assertThat(result.exitCode()).isEqualTo(75);
            assertThat(result.output()).startsWith("4.4.1 ").contains("it took too long");
        }
    }

    @Test
    void aMessageLargerThanMemoryPassesWhole() throws Exception {
        String large = Mail.large(3_000_000);
        try (ReferenceServer server = serve()) {
            OwnCommand.runWith(large, "deliver", "--lmtp", tcp(server), "-d", "joe@a.example")
                    .successful();
        }
        assertThat(mail("joe", "a.example")).singleElement().asString().endsWith(large.replace("\r\n", "\n"));
    }

    private static void script(ServerSocket listener, List<String> replies) {
        try (Socket client = listener.accept()) {
            BufferedReader commands = new BufferedReader(new InputStreamReader(client.getInputStream(), ISO_8859_1));
            for (String reply : replies.stream()
                    .takeWhile(reply -> reply != null && !reply.isEmpty())
                    .toList()) {
                client.getOutputStream().write((reply + "\r\n").getBytes(ISO_8859_1));
                boolean message = reply.startsWith("354");
                String line = commands.readLine();
                while (message && line != null && !line.equals(".")) {
                    line = commands.readLine();
                }
            }
        } catch (IOException gone) {
            // It has its answer.
        }
    }

    private ReferenceServer serve() throws Exception {
        Path config = site.config(Optional.empty());
        String text = Files.readString(config)
                .replaceFirst("listen = .*\n", "listen = []\n")
                .replace("[\"127.0.0.1:0\"]", "[\"127.0.0.1:0\", \"unix:" + socket + "\"]");
        return ReferenceServer.start(SettingsFile.read(Files.writeString(config, text)), ReverseLookup.system());
    }

    private static String tcp(ReferenceServer server) {
        return "127.0.0.1:" + server.lmtpAddresses().get(0).getPort();
    }

    private static Programs.Result handOver(String where, String... recipients) {
        List<String> arguments = new ArrayList<>(List.of("deliver", "--lmtp", where, "-f", "ann@far.example", "-d"));
        arguments.addAll(Arrays.asList(recipients));
        return OwnCommand.runWith(MESSAGE, arguments.toArray());
    }

    private List<String> mail(String user, String domain) throws IOException {
        List<String> messages = new ArrayList<>();
        try (Stream<Path> files = Files.list(site.mailbox(user, domain).resolve("new"))) {
            for (Path file : files.toList()) {
                messages.add(Files.readString(file, ISO_8859_1));
            }
        }
        return messages;
    }
}
