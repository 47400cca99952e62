package org.vmail.examples.embedding;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.net.pop3.POP3Client;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingTest {
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @TempDir
    Path folder;

    @Test
    void whatTheReadmeShowsServesMail() throws IOException {
        try (Embedding embedding = Embedding.start(folder, ANY_PORT, ANY_PORT)) {
            deliver(embedding.lmtp().boundAddress(), "staff@b.example");

            POP3Client client = new POP3Client();
            client.connect(
                    InetAddress.getLoopbackAddress(),
                    embedding.pop3().boundAddress().getPort());
            assertThat(client.login("joe@b.example", "banana")).isTrue();
            try (BufferedReader message = new BufferedReader(client.retrieveMessage(1))) {
                assertThat(message.lines()).contains("Subject: hello");
            }
            assertThat(client.logout()).isTrue();
            client.disconnect();
        }
    }

    @Test
    void nothingIsLeftBehind() throws IOException {
        // The JVM opens some for itself, now and then; what is left behind would be more after each turn.
        long before;
        int turns = 0;
        do {
            assertThat(turns++).as("turns that left files or sockets open").isLessThan(5);
            before = openFiles();
            for (int i = 0; i < 5; i++) {
                InetSocketAddress pop3 = serveOnce();
                try (ServerSocket again = new ServerSocket()) {
                    again.setReuseAddress(true); // as closed connections linger
                    again.bind(pop3);
                }
            }
        } while (openFiles() > before);

        // Look-ups of names have no owner: their threads end a second after the last one.
        await().untilAsserted(() -> assertThat(
                        Thread.getAllStackTraces().keySet().stream().map(Thread::getName))
                .noneMatch(name -> name.startsWith("pop3") || name.startsWith("lmtp") || name.startsWith("vmail")));
    }

    private InetSocketAddress serveOnce() throws IOException {
        try (Embedding embedding = Embedding.start(folder, ANY_PORT, ANY_PORT)) {
            deliver(embedding.lmtp().boundAddress(), "staff@b.example");
            POP3Client client = new POP3Client();
            client.connect(
                    InetAddress.getLoopbackAddress(),
                    embedding.pop3().boundAddress().getPort());
            assertThat(client.login("joe@b.example", "banana")).isTrue();
            assertThat(client.logout()).isTrue();
            client.disconnect();
            return embedding.pop3().boundAddress();
        }
    }

    /** Where the system tells, which is on Linux; elsewhere none. */
    private static long openFiles() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(descriptors)) {
            return open.count();
        }
    }

    @Test
    void theReadmeShowsWhatIsTestedHere() throws IOException {
        assertThat(javaOf(Files.readAllLines(Path.of("../../README.md"))))
                .isEqualTo(marked(
                        Files.readAllLines(Path.of("src/main/java/org/vmail/examples/embedding/Embedding.java"))));
    }

    private static void deliver(InetSocketAddress lmtp, String recipient) throws IOException {
        try (Socket socket = new Socket(lmtp.getAddress(), lmtp.getPort());
                BufferedReader replies = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII))) {
            String conversation = "LHLO test\r\nMAIL FROM:<>\r\nRCPT TO:<" + recipient
                    + ">\r\nDATA\r\nSubject: hello\r\n\r\nhello\r\n.\r\nQUIT\r\n";
            socket.getOutputStream().write(conversation.getBytes(US_ASCII));
            assertThat(replies.lines()).anyMatch(line -> line.startsWith("250 2.1.5 ok <" + recipient));
        }
    }

    private static String javaOf(List<String> readme) {
        int begin = readme.indexOf("```java");
        int end = begin + 1 + readme.subList(begin + 1, readme.size()).indexOf("```");
        return String.join("\n", readme.subList(begin + 1, end));
    }

    private static String marked(List<String> source) {
        int begin = source.indexOf("        // README begins");
        int end = source.indexOf("        // README ends");
        return String.join("\n", source.subList(begin + 1, end)).stripIndent();
    }
}
