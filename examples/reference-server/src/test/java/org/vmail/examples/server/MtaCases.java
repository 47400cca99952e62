package org.vmail.examples.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.domain.ReverseLookup;

/**
 * What an MTA with vmail behind it does, set up by the files in docs/mta. In b.example a fallback takes everything, and its
 * over-quota reply is permanent.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
abstract class MtaCases {
    private static final int FULL = 60;
    private static final AtomicInteger MESSAGES = new AtomicInteger();

    /** When an address that vmail does not take is told apart. */
    enum Refusal {
        /** The MTA asks vmail while its client waits. */
        AT_RCPT,
        /** The MTA has taken the message, and sends a report. */
        BY_REPORT
    }

    private Path folder;
    private Mta.Places places;
    private Site site;
    private ReferenceServer server;
    private Mta mta;

    /** Starts the MTA in a folder of its own. */
    abstract Mta start(Path own, Mta.Places vmail) throws Exception;

    abstract Refusal refusal();

    /** What the MTA says of mail that waits for a reason with this status. */
    String complaint(String status) {
        return status;
    }

    /** Where vmail listens beside the usual places. */
    List<Path> sockets(Path own) {
        return List.of();
    }

    @BeforeAll
    void startBoth(@TempDir Path temporary) throws Exception {
        folder = temporary;
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        places = new Mta.Places(folder, Mta.freePort());
        site = Site.create(folder, "joe", "ann", "zoe", "full", "all");
        site.add("jörg", "a.example", "*");
        site.alias("a.example", "staff: zoe, zoe@b.example");
        Path jar = Path.of(System.getProperty("vmail.jar"));
        for (String file : List.of("vmail.jar", "vdeliver", "vdeliver.jsa")) {
            Files.copy(jar.resolveSibling(file), folder.resolve(file), StandardCopyOption.COPY_ATTRIBUTES);
        }
        Path own = Files.createDirectory(folder.resolve("mta"));
        for (Path socket : sockets(own)) {
            Files.createDirectories(socket.getParent());
        }
        server = serve();
        mta = start(own, places);
    }

    @AfterAll
    void stopBoth() throws Exception {
        server.close();
        if (mta != null) {
            mta.stop();
        }
    }

    private ReferenceServer serve() throws Exception {
        StringBuilder config =
                new StringBuilder("""
                directory = "%s"
                mail = "%s"
                [lmtp]
                listen = ["127.0.0.1:%d"]
                host-name = "vmail.example"
                spool-folder = "%s"
                [domains."a.example"]
                quota-messages = %5$d
                [domains."b.example"]
                quota-messages = %5$d
                over-quota = "permanent"
                fallback = "all"
                """.formatted(site.directory(), site.mail(), places.lmtp(), site.spool(), FULL));
        List<Path> sockets = new ArrayList<>(sockets(folder.resolve("mta")));
        sockets.add(folder.resolve("lmtp"));
        for (Path socket : sockets) {
            config.append("[[lmtp.listener]]\naddress = \"unix:").append(socket).append("\"\nmode = \"rw-rw-rw-\"\n");
        }
        Path file = Files.writeString(folder.resolve("vmail.toml"), config);
        return ReferenceServer.start(SettingsFile.read(file), ReverseLookup.system());
    }

    @Test
    void everybodyGetsItOnce() throws Exception {
        String message = message("Dear all\r\n.\r\n..\r\nFrom here on\r\n\r\n");

        assertThat(send(
                        "joe@a.example",
                        message,
                        "ann@a.example",
                        "joe@b.example",
                        "staff@a.example",
                        "whoever@b.example"))
                .startsWith("250");

        for (String account :
                List.of("ann@a.example", "joe@b.example", "zoe@a.example", "zoe@b.example", "all@b.example")) {
            String received = awaitOne(message, account);
            String trace =
                    received.substring(0, received.length() - stored(message).length());
            assertThat(trace)
                    .startsWith("Return-Path: <joe@a.example>\nDelivered-To: " + account + "\n")
                    .containsOnlyOnce("Return-Path:")
                    .containsOnlyOnce("Delivered-To:")
                    .containsPattern("\\sby mx\\.example ")
                    .doesNotContainPattern("(?m)^>?From ");
        }
    }

    @Test
    void anUnknownUserIsRefusedOrReported() throws Exception {
        String message = message("Dear nobody\r\n");

        String reply = send("ann@a.example", message, "nobody@a.example");

        expectRefusal(reply, message, "5.1.1");
    }

    @Test
    void aFullMailboxIsRefusedOrReportedWhereThatIsForGood() throws Exception {
        fill("full", "b.example");
        String message = message("Dear full\r\n");

        String reply = send("ann@a.example", message, "full@b.example");

        expectRefusal(reply, message, "5.2.2");
        assertThat(received(message, "full@b.example")).isEmpty();
    }

    private void expectRefusal(String reply, String message, String status) throws IOException {
        if (refusal() == Refusal.AT_RCPT) {
            assertThat(reply).startsWith("5").contains(status);
            return;
        }
        assertThat(reply).startsWith("250");
        within(30)
                .untilAsserted(() -> assertThat(mail("ann@a.example"))
                        .filteredOn(mail -> mail.contains(id(message)))
                        .singleElement()
                        .asString()
                        .startsWith("Return-Path: <>\n")
                        .containsIgnoringCase("Auto-Submitted: auto-")
                        .contains(status));
    }

    @Test
    void mailForAFullMailboxWaits() throws Exception {
        String before = message("Dear full\r\n");
        assertThat(send("ann@a.example", before, "full@a.example")).startsWith("250");
        awaitOne(before, "full@a.example");
        fill("full", "a.example");
        String message = message("Dear full\r\n");

        assertThat(send("ann@a.example", message, "full@a.example")).startsWith("250");
        within(30).until(() -> mta.complaints().contains(complaint("4.2.2")));
        assertThat(received(message, "full@a.example")).isEmpty();

        empty("full", "a.example");
        awaitFlushed(message, "full@a.example");
    }

    @Test
    void mailWaitsWhileTheServerIsAway() throws Exception {
        String before = message("Dear joe\r\n");
        assertThat(send("ann@a.example", before, "joe@a.example", "zoe@a.example"))
                .startsWith("250");
        awaitOne(before, "joe@a.example");
        server.close();
        String message = message("Dear joe\r\n");
        try {
            assertThat(send("ann@a.example", message, "joe@a.example", "zoe@a.example"))
                    .startsWith("250");
            within(30)
                    .until(() -> mta.complaints().contains("refused")
                            || mta.complaints().contains("No such file")
                            || mta.complaints().contains(complaint("4.4.1")));
        } finally {
            server = serve();
        }
        awaitFlushed(message, "joe@a.example");
        awaitOne(message, "zoe@a.example");
    }

    @Test
    void octetsThatAreNotAsciiArriveAsTheyWereSent() throws Exception {
        StringBuilder octets = new StringBuilder();
        for (char octet = 0x80; octet <= 0xff; octet++) {
            octets.append(octet);
        }
        String message = message(octets + "\r\n" + octets.reverse() + "\r\n");

        assertThat(send("joe@a.example", message, "ann@a.example")).startsWith("250");

        awaitOne(message, "ann@a.example");
    }

    @Test
    void anAddressInUtf8() throws Exception {
        String message = message("Dear J\u00c3\u00b6rg\r\n");
        try (Smtp client = new Smtp(mta.address())) {
            assumeTrue(client.offers("SMTPUTF8"), "this MTA has no SMTPUTF8");
            assertThat(client.ask("MAIL FROM:<ann@a.example> BODY=8BITMIME SMTPUTF8"))
                    .startsWith("250");
            assertThat(client.ask("RCPT TO:<jörg@a.example>")).startsWith("250");
            assertThat(client.data(message.getBytes(ISO_8859_1))).startsWith("250");
        }
        awaitOne(message, "jörg@a.example");
    }

    @Test
    void twentyMegabytesArriveWhole() throws Exception {
        String message = message("0123456789.".repeat(6).concat("\r\n").repeat(20_000_000 / 68));

        assertThat(send("joe@a.example", message, "ann@a.example", "joe@b.example"))
                .startsWith("250");

        awaitOne(message, "ann@a.example");
        awaitOne(message, "joe@b.example");
    }

    @Test
    void aReportHasNoSender() throws Exception {
        String message = message("Dear Ann\r\n");

        assertThat(send("", message, "ann@a.example")).startsWith("250");

        assertThat(awaitOne(message, "ann@a.example")).startsWith("Return-Path: <>\n");
    }

    /** With all fields that an MTA might add. */
    private static String message(String body) {
        int number = MESSAGES.incrementAndGet();
        return """
                Message-ID: <m%d.%d@a.example>
                Date: Mon, 23 Nov 2026 03:00:00 +0000
                From: Joe <joe@a.example>
                To: all of you <undisclosed@a.example>
                Subject: hello
                MIME-Version: 1.0
                Content-Type: text/plain; charset=utf-8
                Content-Transfer-Encoding: 8bit

                """.formatted(number, System.nanoTime()).replace("\n", "\r\n") + body;
    }

    private static String id(String message) {
        return message.substring(message.indexOf('<'), message.indexOf('>') + 1);
    }

    private static String stored(String message) {
        return message.replace("\r\n", "\n");
    }

    /** Returns the first refusal, or the reply to the message. */
    private String send(String sender, String message, String... recipients) throws IOException {
        try (Smtp client = new Smtp(mta.address())) {
            assertThat(client.ask("MAIL FROM:<" + sender + "> BODY=8BITMIME")).startsWith("250");
            for (String recipient : recipients) {
                String reply = client.ask("RCPT TO:<" + recipient + ">");
                if (!reply.startsWith("2")) {
                    return reply;
                }
            }
            return client.data(message.getBytes(ISO_8859_1));
        }
    }

    /** The message, when it is there and the MTA has nothing left to deliver. */
    private String awaitOne(String message, String account) throws Exception {
        within(30).until(() -> !received(message, account).isEmpty() && mta.isQueueEmpty());
        List<String> received = received(message, account);
        assertThat(received).hasSize(1);
        String mail = received.get(0);
        // not assertThat(mail).endsWith, which would print all of it
        assertThat(mail.endsWith(stored(message))).as("%.2000s", mail).isTrue();
        return mail;
    }

    private void awaitFlushed(String message, String account) throws Exception {
        within(60).until(new Callable<Boolean>() {
            @Override
            public Boolean call() throws Exception {
                mta.flush();
                return !received(message, account).isEmpty();
            }
        });
        awaitOne(message, account);
    }

    private static ConditionFactory within(int seconds) {
        return await().atMost(Duration.ofSeconds(seconds)).pollInterval(Duration.ofMillis(100));
    }

    private List<String> received(String message, String account) {
        return mail(account).stream()
                .filter(mail -> mail.contains("Message-ID: " + id(message)) && mail.contains("Subject: hello"))
                .filter(mail -> !mail.startsWith("Return-Path: <>\n") || !mail.contains("multipart/report"))
                .toList();
    }

    private List<String> mail(String account) {
        Path unread = fresh(account);
        if (!Files.exists(unread)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(unread)) {
            List<String> messages = new ArrayList<>();
            for (Path file : files.toList()) {
                messages.add(Files.readString(file, ISO_8859_1));
            }
            return messages;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path fresh(String account) {
        int at = account.indexOf('@');
        return site.mailbox(account.substring(0, at), account.substring(at + 1)).resolve("new");
    }

    /** What is there already does not count; it is more than the mailbox may hold. */
    private void fill(String user, String domain) throws IOException {
        Path mailbox = site.mailbox(user, domain);
        for (String part : List.of("new", "cur", "tmp")) {
            Files.createDirectories(mailbox.resolve(part));
        }
        for (int i = 0; i < FULL; i++) {
            Files.writeString(mailbox.resolve("cur/1700000000.M" + i + "P1.host,S=12,W=14:2,S"), "Subject: 1\n\n");
        }
        Files.deleteIfExists(mailbox.resolve("maildirsize"));
    }

    private void empty(String user, String domain) throws IOException {
        Path mailbox = site.mailbox(user, domain);
        try (Stream<Path> files = Files.list(mailbox.resolve("cur"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.deleteIfExists(mailbox.resolve("maildirsize"));
    }
}
