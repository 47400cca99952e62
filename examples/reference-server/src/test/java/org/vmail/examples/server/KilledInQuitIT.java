package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SIGKILL in the middle of the UPDATE state (RFC 1939, section 6): no message is gone that was not marked as deleted. */
@Tag("interop")
class KilledInQuitIT {
    private static final int MARKED = 1000;
    private static final List<Integer> MICROS_AFTER_QUIT = List.of(0, 3_000, 20_000);
    private static final List<String> KEPT =
            IntStream.range(0, 20).mapToObj(i -> text("kept " + i)).toList();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"maildir", "mbox"})
    void unmarkedMessagesSurviveAKillInQuit(String format) throws Exception {
        Loopback.requireAddresses(Site.A, Site.B, Site.SHARED);
        Site site = Site.create(folder, "joe");
        Path config = site.config(Optional.empty());
        Files.writeString(config, Files.readString(config) + "\n[mailboxes]\nformat = \"" + format + "\"\n");

        ServerProcess server = ServerProcess.start(config);
        try {
            for (int micros : MICROS_AFTER_QUIT) {
                fill(site, format);
                markAndQuit(server, micros);
                server = ServerProcess.start(config);
                List<String> left = Pop3.fetch(server.pop3(Site.A), "joe", Site.PASSWORD_A);
                assertThat(left)
                        .as("%d microseconds after QUIT", micros)
                        .doesNotHaveDuplicates()
                        .containsAll(KEPT)
                        .allMatch(KilledInQuitIT::isWhole);
                deleteTheRest(server);
            }
        } finally {
            server.close();
        }
    }

    /** Marks all but a few, waits until all are marked, says QUIT, and kills the server. */
    private static void markAndQuit(ServerProcess server, int micros) throws IOException {
        InetSocketAddress address = server.pop3(Site.A);
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout(20_000);
            String marks = IntStream.rangeClosed(1, MARKED + KEPT.size())
                    .filter(number -> !isKept(number - 1))
                    .mapToObj(number -> "DELE " + number + "\r\n")
                    .collect(Collectors.joining());
            say(socket, "USER joe\r\nPASS " + Site.PASSWORD_A + "\r\n" + marks);
            readReplies(socket.getInputStream(), 3 + MARKED);
            say(socket, "QUIT\r\n");
            long until = System.nanoTime() + Duration.ofNanos(1000L * micros).toNanos();
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            server.kill();
        }
    }

    /** What was left is a maildrop like any other: it can be emptied. */
    private static void deleteTheRest(ServerProcess server) throws IOException {
        try (Pop3 session = Pop3.login(server.pop3(Site.A), "joe", Site.PASSWORD_A)) {
            int left = session.sizes().size();
            assertThat(session.uniqueIds()).hasSize(left).doesNotHaveDuplicates();
            for (int number = 1; number <= left; number++) {
                session.delete(number);
            }
            session.quit();
        }
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(Pop3.fetch(server.pop3(Site.A), "joe", Site.PASSWORD_A))
                        .isEmpty());
    }

    /** Every 51st message is kept: they lie between those that are removed. */
    private static boolean isKept(int index) {
        return index % 51 == 50;
    }

    private static List<String> all() {
        return IntStream.range(0, MARKED + KEPT.size())
                .mapToObj(index -> isKept(index) ? KEPT.get(index / 51) : text("marked " + index))
                .toList();
    }

    private static void fill(Site site, String format) throws IOException {
        List<String> messages = all();
        if (format.equals("mbox")) {
            Path file = site.mailbox("joe", "a.example");
            Files.createDirectories(file.getParent());
            Files.writeString(
                    file,
                    messages.stream()
                            .map(message -> "From ann@far.example Sun Nov 22 12:00:00 2026\n" + lf(message) + "\n")
                            .collect(Collectors.joining()),
                    ISO_8859_1);
            return;
        }
        Path mailbox = site.mailbox("joe", "a.example");
        for (String sub : List.of("tmp", "new", "cur")) {
            Files.createDirectories(mailbox.resolve(sub));
        }
        for (int i = 0; i < messages.size(); i++) {
            Path file = mailbox.resolve("new").resolve((1_700_000_000 + i) + ".M" + (100_000 + i) + "P1.host");
            Files.writeString(file, lf(messages.get(i)), ISO_8859_1);
        }
    }

    private static String text(String subject) {
        return Mail.message(subject, "Dear Joe\r\n".repeat(50) + "the end of " + subject + "\r\n");
    }

    private static boolean isWhole(String message) {
        String subject = message.substring("Subject: ".length(), message.indexOf('\r'));
        return message.equals(text(subject));
    }

    private static String lf(String message) {
        return message.replace("\r\n", "\n");
    }

    private static void say(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    }

    private static void readReplies(InputStream in, int lines) throws IOException {
        int left = lines;
        while (left > 0) {
            int octet = in.read();
            assertThat(octet).as("the server is there").isNotNegative();
            if (octet == '\n') {
                left--;
            }
        }
    }
}
