package org.vmail.pop3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.maildir.MaildirStore;
import org.vmail.mailbox.mbox.MboxStore;
import org.vmail.mailbox.memory.InMemoryStore;
import org.vmail.net.ServerOptions;

/** Many messages, huge messages, many clients, and clients that do not read. */
@Timeout(120)
class Pop3ScaleTest {
    private static final String MESSAGE = "Subject: x\r\n\r\nx\r\n";
    private static final long MIB = 1 << 20;
    /** Four times the messages may take this many times as long; with a quadratic step it would be 16. */
    private static final double LINEAR = 9;
    /** What is quicker than this tells nothing. */
    private static final long NOISE_NANOS = TimeUnit.MILLISECONDS.toNanos(30);

    /** Some file systems allow a file 65,000 names. */
    private static final int MOST_LINKS = 50_000;

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @TempDir
    private Path folder;

    /** Where the messages are. */
    enum Format {
        MEMORY {
            @Override
            MaildropStore fill(Path folder, int count) throws IOException {
                InMemoryStore store = new InMemoryStore();
                for (int i = 0; i < count; i++) {
                    try (Delivery delivery = store.begin(Pop3Fixture.JOE)) {
                        delivery.message().write(MESSAGE.getBytes(ISO_8859_1));
                        delivery.commit();
                    }
                }
                return store;
            }
        },
        MAILDIR {
            @Override
            MaildropStore fill(Path folder, int count) throws IOException {
                MaildirStore store = MaildirStore.under(folder);
                Pop3Fixture.deliver(store, MESSAGE);
                Path file = only(folder);
                String sizes = file.getFileName().toString().replaceFirst("^[^,]*", "");
                for (int i = 1; i < count; i++) {
                    Path next = file.resolveSibling(16_000_000_000L + i + ".M1P1.host" + sizes);
                    if (i % MOST_LINKS == 0) {
                        file = Files.copy(file, next);
                    } else {
                        Files.createLink(next, file);
                    }
                }
                return store;
            }
        },
        MBOX {
            @Override
            MaildropStore fill(Path folder, int count) throws IOException {
                MboxStore store = MboxStore.under(folder);
                Pop3Fixture.deliver(store, MESSAGE);
                Path mbox = only(folder);
                StringBuilder all = new StringBuilder();
                for (int i = 0; i < count; i++) {
                    all.append("From a@b.example Sun Nov 22 12:00:00 2026\nSubject: ")
                            .append(i)
                            .append("\n\nx\n\n");
                }
                Files.writeString(mbox, all, ISO_8859_1);
                return store;
            }
        };

        abstract MaildropStore fill(Path folder, int count) throws IOException;

        /** The mailbox file of a mailbox with one message. */
        static Path only(Path folder) throws IOException {
            try (Stream<Path> all = Files.walk(folder)) {
                return all.filter(Files::isRegularFile)
                        .filter(file -> size(file) > 0)
                        .findFirst()
                        .orElseThrow();
            }
        }

        private static long size(Path file) {
            return file.toFile().length();
        }
    }

    @ParameterizedTest
    @EnumSource(Format.class)
    void aSessionTakesTimeLinearInTheMessages(Format format) throws Exception {
        assertLinear(format, 2_000);
    }

    @Tag("long")
    @ParameterizedTest
    @EnumSource(Format.class)
    @Timeout(600)
    void aHundredThousandMessagesTakeFourTimesAsLongAsAQuarterOfThem(Format format) throws Exception {
        assertLinear(format, 25_000);
    }

    @Test
    void theTopOfAHugeMessageReadsLittleMore() throws IOException {
        VirtualMaildrop huge = new VirtualMaildrop(1, 3000 * MIB);
        Pop3Client client = pop3.logIn(pop3.start(account -> new OpenResult.Opened(huge), builder -> builder));

        assertThat(client.lines("TOP 1 0")).containsExactly("Subject: large", "");
        assertThat(client.lines("TOP 1 2")).hasSize(4);
        assertThat(huge.octetsRead.get()).isLessThan(256 * 1024);
    }

    @Test
    void aLargeMessageAndALongListPassThroughASmallHeap() throws Exception {
        throughSmallHeap(500_000, 100 * MIB);
    }

    @Test
    @Tag("long")
    @Timeout(600)
    void threeGigabytesAndThreeMillionMessagesPassThroughASmallHeap() throws Exception {
        throughSmallHeap(3_000_000, 3000 * MIB);
    }

    @Test
    void clientsThatDoNotReadStopNobodyAndAreClosed() throws Exception {
        Events events = new Events();
        VirtualMaildrop huge = new VirtualMaildrop(1, 3000 * MIB);
        Pop3Server server = pop3.start(
                account -> new OpenResult.Opened(huge),
                builder -> builder.listener(events)
                        .serverOptions(ServerOptions.defaults().withWriteTimeout(Duration.ofSeconds(2))));
        List<Pop3Client> stalled = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Pop3Client client = pop3.logIn(server);
            client.raw().sendLine("RETR 1");
            stalled.add(client);
        }
        for (Pop3Client client : stalled) {
            assertThat(client.status()).startsWith("+OK");
        }
        Pop3Client good = pop3.logIn(server);
        assertThat(good.lines("TOP 1 1000")).hasSize(1002);
        assertThat(good.ask("QUIT")).startsWith("+OK");
        assertThat(good.raw().readToEnd()).isEmpty();

        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(events.named("ended")).hasSize(9));
        assertThat(events.named("retrieved")).as("nobody got it whole").hasSize(1);
    }

    @Test
    void aFloodOfHalfOpenConnectionsKeepsNobodyOut() throws Exception {
        flood(300, 20);
    }

    @Test
    @Tag("long")
    @Timeout(600)
    void tenThousandHalfOpenConnectionsKeepNobodyOut() throws Exception {
        flood(10_000, 500);
    }

    private void flood(int count, int maxHalfOpen) throws Exception {
        Events events = new Events();
        Pop3Server server = pop3.start(builder -> builder.listener(events)
                .serverOptions(ServerOptions.defaults()
                        .withMaxConnections(2 * maxHalfOpen)
                        .withMaxConnectionsPerClient(2 * maxHalfOpen)
                        .withMaxHalfOpenConnections(maxHalfOpen)));
        List<Socket> flood = new ArrayList<>();
        try {
            InetSocketAddress address = server.boundAddress();
            for (int i = 0; i < count; i++) {
                flood.add(new Socket(address.getAddress(), address.getPort()));
                if (i % (count / 10) == 0) {
                    Pop3Client good = pop3.logIn(server);
                    assertThat(good.ask("QUIT")).startsWith("+OK");
                }
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> events.named("ended").size() >= count - maxHalfOpen);
        } finally {
            for (Socket socket : flood) {
                socket.close();
            }
        }
    }

    private void assertLinear(Format format, int count) throws Exception {
        Duration ignored = session(format, count); // the JVM learns the way
        Duration quarter = session(format, count);
        Duration all = session(format, 4 * count);

        assertThat((double) all.toNanos())
                .as("%d: %s, %d: %s", count, quarter, 4 * count, all)
                .isLessThan(LINEAR * Math.max(quarter.toNanos(), NOISE_NANOS));
    }

    /** STAT, UIDL, LIST and DELE of half, in one stream of commands. */
    private Duration session(Format format, int count) throws Exception {
        Path place = Files.createTempDirectory(folder, "mail");
        MaildropStore store = format.fill(place, count);
        Pop3Server server = pop3.start(store, builder -> builder);
        StringBuilder commands = new StringBuilder("STAT\r\nUIDL\r\nLIST\r\n");
        for (int i = 1; i <= count; i += 2) {
            commands.append("DELE ").append(i).append("\r\n");
        }
        commands.append("STAT\r\nQUIT\r\n");
        Pop3Client client = pop3.connect(server);
        client.ask("USER " + Pop3Fixture.JOE);

        long begun = System.nanoTime();
        assertThat(client.ask("PASS " + Pop3Fixture.PASSWORD)).contains(count + " messages");
        Thread writer = new Thread(() -> {
            try {
                client.raw().send(commands.toString());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        writer.start();
        String replies = client.raw().readToEnd();
        Duration took = Duration.ofNanos(System.nanoTime() - begun);

        writer.join();
        assertThat(replies)
                .hasLineCount(1 + 2 * (count + 2) + count / 2 + 2)
                .endsWith(count / 2 + " messages left\r\n");
        assertThat(replies).contains("\r\n+OK " + count / 2 + " ");
        return took;
    }

    private static void throughSmallHeap(int messages, long octets) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx32m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SmallServer.class.getName(),
                        Integer.toString(messages),
                        Long.toString(octets))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), ISO_8859_1))) {
            String port = Stream.generate(() -> line(out))
                    .filter(line -> line.matches("[0-9]+"))
                    .findFirst()
                    .orElseThrow();
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port));
            try (Socket client = new Socket(address.getAddress(), address.getPort())) {
                String commands = "USER " + Pop3Fixture.JOE + "\r\nPASS " + Pop3Fixture.PASSWORD
                        + "\r\nUIDL\r\nRETR 1\r\nQUIT\r\n";
                client.getOutputStream().write(commands.getBytes(ISO_8859_1));
                long received = client.getInputStream().transferTo(OutputStream.nullOutputStream());
                assertThat(received).isBetween(octets + 20L * messages, octets + 60L * messages);
            }
        } finally {
            process.destroy();
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    private static String line(BufferedReader out) {
        try {
            String line = out.readLine();
            if (line == null) {
                throw new IllegalStateException("The server has ended");
            }
            return line;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
