package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.directory.Directory;
import org.vmail.directory.InMemoryDirectoryBuilder;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.net.RawClient;

/**
 * A server that is killed (SIGKILL) at a random moment under load. Every message with a 250 is there once and whole, no part of
 * one is ever visible, and nothing is left in the spool folder. In every other round mailboxes share files.
 *
 * <p>The seed of a round that fails is in the message; {@code -Dvmail.killed.seed} repeats its choices, though not its timing.
 */
class LmtpKilledTest {
    private static final String SEED = "vmail.killed.seed";
    private static final int CLIENTS = 4;
    private static final int USERS = 5;
    private static final int RECIPIENTS = 3;
    private static final int MAX_LINES = 3000;
    private static final Pattern SUBJECT = Pattern.compile("Subject: (m[0-9]+) ([0-9]+)\r\n");
    private static final String END = "the end\r\n";

    @TempDir
    Path folder;

    /** Who was told that a message is stored: {@code message/user}. */
    private final Queue<String> acknowledged = new ConcurrentLinkedQueue<>();

    private final Queue<String> unexpected = new ConcurrentLinkedQueue<>();
    private final Queue<String> sent = new ConcurrentLinkedQueue<>();
    private final AtomicInteger numbers = new AtomicInteger();

    @Test
    @Tag("interop")
    void nothingThatWasAcknowledgedIsLostInTwentyRounds() throws Exception {
        rounds(20);
    }

    @Test
    @Tag("long")
    void nothingThatWasAcknowledgedIsLostInTwoHundredRounds() throws Exception {
        rounds(200);
    }

    private void rounds(int count) throws Exception {
        long first = Long.getLong(SEED, System.nanoTime());
        int stored = 0;
        for (int round = 0; round < count; round++) {
            long seed = first + round;
            Path mail = Files.createDirectories(folder.resolve("mail" + round));
            acknowledged.clear();
            sent.clear();
            load(seed, mail, round % 2 == 1);
            stored += check(seed, mail);
        }
        assertThat(stored).as("messages that were acknowledged").isGreaterThan(10 * count);
    }

    /** Lets clients send until the server is killed. */
    private void load(long seed, Path mail, boolean hardLinks) throws Exception {
        Random random = new Random(seed);
        Path spool = Files.createDirectories(folder.resolve("spool"));
        try (Server server = Server.start(mail, spool, hardLinks)) {
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Random own = new Random(random.nextLong());
                clients.add(new Thread(() -> send(server.address, own)));
            }
            clients.forEach(Thread::start);
            int enough = acknowledged.size() + 10 + random.nextInt(300);
            long latest = System.nanoTime()
                    + Duration.ofMillis(500 + random.nextInt(2000)).toNanos();
            while (acknowledged.size() < enough && System.nanoTime() - latest < 0) {
                Thread.onSpinWait();
            }
            server.kill();
            for (Thread client : clients) {
                client.join();
            }
        }
        assertThat(unexpected).as("seed %d: other replies", seed).isEmpty();
        // It may have been killed between making a file and taking its name away.
        assertThat(files(spool))
                .as("seed %d: the spool folder", seed)
                .allMatch(file -> file.toFile().length() == 0);
    }

    private void send(InetSocketAddress server, Random random) {
        try (RawClient client = RawClient.connect(server)) {
            client.readLine();
            String reply = client.ask("LHLO client.test");
            while (reply.startsWith("250-")) {
                reply = client.readLine();
            }
            while (true) {
                sendOne(client, random);
            }
        } catch (IOException killed) {
            // As it should be.
        }
    }

    private void sendOne(RawClient client, Random random) throws IOException {
        String id = "m" + numbers.incrementAndGet();
        List<String> users = new ArrayList<>();
        for (int i = 0; i < RECIPIENTS; i++) {
            String user = "u" + random.nextInt(USERS);
            if (!users.contains(user)) {
                users.add(user);
            }
        }
        client.ask("MAIL FROM:<>");
        for (String user : users) {
            client.ask("RCPT TO:<" + user + "@a.example>");
            sent.add(id + "/" + user);
        }
        client.ask("DATA");
        client.send(text(id, random.nextInt(10) == 0 ? MAX_LINES : random.nextInt(100)) + ".\r\n");
        for (String user : users) {
            String reply = client.readLine();
            (reply.equals("250 2.1.5 ok <" + user + "@a.example>") ? acknowledged : unexpected).add(id + "/" + user);
        }
    }

    private static String text(String id, int lines) {
        return "Subject: " + id + " " + lines + "\r\n\r\n" + ("Dear " + id + "\r\n").repeat(lines) + END;
    }

    /** What a reader sees; returns how many messages were acknowledged. */
    private int check(long seed, Path mail) throws IOException {
        List<String> stored = new ArrayList<>();
        MaildirStore store = MaildirStore.under(mail);
        for (int i = 0; i < USERS; i++) {
            String user = "u" + i;
            Path mailbox = mail.resolve("a.example").resolve(user);
            if (!Files.exists(mailbox)) {
                continue;
            }
            for (Path leftover : files(mailbox.resolve("tmp"))) {
                Files.setLastModifiedTime(leftover, FileTime.from(Instant.now().minus(Duration.ofHours(37))));
            }
            OpenResult.Opened opened = (OpenResult.Opened) store.open(MailAddress.of(user + "@a.example"));
            try (Maildrop maildrop = opened.maildrop()) {
                for (var message : maildrop.messages()) {
                    try (var content = maildrop.content(message).orElseThrow()) {
                        stored.add(idOf(seed, new String(content.readAllBytes(), ISO_8859_1)) + "/" + user);
                    }
                }
            }
            assertThat(files(mailbox.resolve("tmp")))
                    .as("seed %d: what is old in tmp goes away", seed)
                    .isEmpty();
        }
        Set<String> sentOnes = new TreeSet<>(sent);
        assertThat(stored)
                .as("seed %d: each that was acknowledged, none twice, and none that was not sent", seed)
                .doesNotHaveDuplicates()
                .containsAll(acknowledged)
                .allMatch(sentOnes::contains);
        return acknowledged.size();
    }

    /** The name of a message, which has to be whole. */
    private static String idOf(long seed, String message) {
        String content = message.substring(message.indexOf("Subject: "));
        Matcher subject = SUBJECT.matcher(content);
        assertThat(subject.lookingAt()).as("seed %d: %s", seed, content).isTrue();
        assertThat(content)
                .as("seed %d: a message is whole", seed)
                .isEqualTo(text(subject.group(1), Integer.parseInt(subject.group(2))));
        return subject.group(1);
    }

    /** A folder may be missing: the server was killed before it made that. */
    private static List<Path> files(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** A JVM that serves until it is killed, or until this one has gone. */
    private record Server(Process process, InetSocketAddress address) implements AutoCloseable {
        private static final String PORT = "listening on ";

        static Server start(Path mail, Path spool, boolean hardLinks) throws IOException {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Killed.class.getName(),
                            mail.toString(),
                            spool.toString(),
                            Boolean.toString(hardLinks))
                    .redirectErrorStream(true)
                    .start();
            BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
            StringBuilder said = new StringBuilder();
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith(PORT)) {
                    int port = Integer.parseInt(line.substring(PORT.length()));
                    return new Server(process, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                }
                said.append(line).append('\n');
            }
            throw new IOException("The server did not start: " + said);
        }

        void kill() {
            process.destroyForcibly().onExit().join();
        }

        @Override
        public void close() {
            kill();
        }
    }

    /** The program that is killed. */
    static final class Killed {
        private Killed() {}

        public static void main(String[] args) throws IOException {
            InMemoryDirectoryBuilder directory = Directory.inMemory();
            for (int i = 0; i < USERS; i++) {
                directory.account("u" + i + "@a.example", "x");
            }
            LmtpServer server = LmtpServer.builder(
                            Deliverer.over(directory.build(), MaildirStore.under(Path.of(args[0])))
                                    .withHardLinks(Boolean.parseBoolean(args[2])))
                    .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                    .options(LmtpOptions.defaults().withMemoryOctets(4096).withSpoolFolder(Path.of(args[1])))
                    .build();
            server.start();
            System.out.println(Server.PORT + server.boundAddress().getPort());
            while (System.in.read() >= 0) {
                Thread.onSpinWait();
            }
            server.close();
            System.exit(0);
        }
    }
}
