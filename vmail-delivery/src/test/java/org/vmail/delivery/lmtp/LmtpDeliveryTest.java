package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.RecordingTarget.Step;
import org.vmail.delivery.Routing;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.maildir.MaildirStore;

/** The replies behind DATA, and what they promise (RFC 2033, section 4.2). */
class LmtpDeliveryTest {
    private static final String MESSAGE = "Subject: x\r\n\r\nbody\r\n";
    private static final String OCTETS = MESSAGE + ".\r\n";

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    @TempDir
    private Path folder;

    @Test
    void everyAcceptedRecipientGetsItsReplyInOrder() throws IOException {
        LmtpClient client = lmtp.hello();
        client.ask("MAIL FROM:<>");
        assertThat(client.ask("RCPT TO:<nobody@a.example>")).startsWith("550 ");
        for (String recipient : List.of("joe", "ann", "joe", "both", "JOE")) {
            client.ask("RCPT TO:<" + recipient + "@a.example>");
        }
        assertThat(client.ask("RCPT TO:<joe@elsewhere.example>")).startsWith("550 ");
        client.ask("DATA");

        List<String> replies = client.finish(OCTETS, 5);
        assertThat(replies)
                .as("RFC 2033, section 4.2: one reply for each RCPT that was accepted, duplicates included")
                .extracting(reply -> reply.substring(reply.indexOf('<')))
                .containsExactly(
                        "<joe@a.example>", "<ann@a.example>", "<joe@a.example>", "<both@a.example>", "<JOE@a.example>");
        assertThat(replies).allMatch(reply -> reply.startsWith("250 2."));
        assertThat(client.ask("NOOP")).as("and no more").startsWith("250 2.0.0 ");
        assertThat(lmtp.content("joe@a.example")).isEqualTo(MESSAGE);
        assertThat(lmtp.content("ann@a.example")).isEqualTo(MESSAGE);
    }

    @Test
    void traceFieldsAreThereOnceAndInOrder() throws IOException {
        LmtpClient client = lmtp.hello();
        client.begin("joe@a.example");
        client.finish(OCTETS, 1);

        Matcher trace = lmtp.trace("joe@a.example");
        assertThat(trace.group(1)).as("RFC 5321, section 4.4: Return-Path").isEqualTo("sender@x.example");
        assertThat(trace.group(2)).as("Delivered-To").isEqualTo("joe@a.example");
        assertThat(trace.group(3)).as("RFC 5321, section 4.4: for").isEqualTo("joe@a.example");
        String stored = lmtp.target.messages("joe@a.example").get(0);
        for (String field : List.of("Return-Path:", "Delivered-To:", "Received:")) {
            assertThat(stored.split(field, -1)).as(field).hasSize(2);
        }
    }

    @Test
    void aClientWithIpv6IsTracedAsAnIpv6AddressLiteral() throws IOException {
        InetAddress loopback = InetAddress.getByAddress(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
        assumeTrue(NetworkInterface.getByInetAddress(loopback) != null, "this machine has no IPv6");
        LmtpClient client = lmtp.hello(lmtp.startAt(loopback));
        client.begin("joe@a.example");
        client.finish(OCTETS, 1);

        assertThat(lmtp.trace("joe@a.example").group())
                .as("RFC 5321, section 4.1.3")
                .contains("([IPv6:::1])");
    }

    @Test
    void severalRecipientsAreNotToldOfEachOther() throws IOException {
        LmtpClient client = lmtp.hello();
        client.begin("joe@a.example", "ann@a.example");
        client.finish(OCTETS, 2);

        assertThat(lmtp.trace("joe@a.example").group(3))
                .as("RFC 5321, section 7.2: a for clause would disclose blind copies")
                .isNull();
        assertThat(lmtp.target.messages("joe@a.example").get(0)).doesNotContain("ann@");
    }

    @Test
    void aReportHasTheNullReversePath() throws IOException {
        LmtpClient client = lmtp.hello();
        client.ask("MAIL FROM:<>");
        client.ask("RCPT TO:<joe@a.example>");
        client.ask("DATA");
        client.finish(OCTETS, 1);

        assertThat(lmtp.trace("joe@a.example").group(1)).isEmpty();
    }

    @Test
    void quotedAddressesStayQuoted() throws IOException {
        LmtpClient client = lmtp.hello();
        client.ask("MAIL FROM:<\"who am i\"@x.example>");
        client.ask("RCPT TO:<\"joe > who\"@a.example>");
        client.ask("DATA");
        client.finish(OCTETS, 1);

        Matcher trace = lmtp.trace("\"joe > who\"@a.example");
        assertThat(trace.group(1)).isEqualTo("\"who am i\"@x.example");
        assertThat(trace.group(2)).isEqualTo("\"joe > who\"@a.example");
    }

    @Test
    void severalMessagesGoOverOneConnection() throws IOException {
        LmtpClient client = lmtp.hello();
        for (int i = 0; i < 3; i++) {
            client.begin("joe@a.example");
            client.finish("message " + i + "\r\n.\r\n", 1);
        }

        assertThat(lmtp.contents("joe@a.example")).containsExactly("message 0\r\n", "message 1\r\n", "message 2\r\n");
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void aMailboxThatFailsIsATemporaryErrorOfItsRecipientsOnly(Step step) throws IOException {
        lmtp.target.failAt(step, "ann@a.example");
        LmtpClient client = lmtp.hello();
        client.begin("ann@a.example", "bob@b.example", "ann@a.example");

        List<String> replies = client.finish(OCTETS, 3);
        assertThat(replies)
                .extracting(reply -> reply.substring(0, 9))
                .containsExactly("451 4.2.0", "250 2.1.5", "451 4.2.0");
        assertThat(replies).allMatch(reply -> !reply.contains("1234567"));
        assertThat(lmtp.target.mailboxes()).containsExactly("bob@b.example");
    }

    @Test
    void aLoopIsAPermanentErrorOfItsRecipientOnly() throws IOException {
        LmtpClient client = lmtp.hello();
        client.begin("joe@a.example", "ann@a.example");

        assertThat(client.finish("Delivered-To: joe@a.example\r\n" + OCTETS, 2))
                .extracting(reply -> reply.substring(0, 9))
                .containsExactly("554 5.4.6", "250 2.1.5");
    }

    @Test
    void tooManyHopsAreAPermanentError() throws IOException {
        LmtpClient client = lmtp.hello();
        client.begin("joe@a.example", "ann@a.example");

        assertThat(client.finish("Received: x\r\n".repeat(60) + OCTETS, 2))
                .as("RFC 5321, section 6.3")
                .allMatch(reply -> reply.startsWith("554 5.4.6 "));
        assertThat(lmtp.target.mailboxes()).isEmpty();
    }

    @Test
    void aDirectoryThatFailsIsATemporaryError() throws IOException {
        RecipientRouter away = recipient -> {
            throw new IOException("cause-1234567");
        };
        LmtpClient client = lmtp.hello(lmtp.start(Deliverer.over(away, lmtp.target), LmtpFixture.OPTIONS));
        client.ask("MAIL FROM:<>");

        assertThat(client.ask("RCPT TO:<joe@a.example>"))
                .startsWith("451 4.3.0 ")
                .doesNotContain("1234567");
        assertThat(client.ask("DATA")).startsWith("503 ");
    }

    @Test
    void aBugAtRcptIsATemporaryError() throws IOException {
        RecipientRouter bug = recipient -> {
            throw new IllegalStateException("cause-1234567");
        };
        LmtpClient client = lmtp.hello(lmtp.start(Deliverer.over(bug, lmtp.target), LmtpFixture.OPTIONS));
        client.ask("MAIL FROM:<>");

        assertThat(client.ask("RCPT TO:<joe@a.example>"))
                .startsWith("451 4.3.0 ")
                .doesNotContain("1234567");
        assertThat(client.ask("NOOP")).startsWith("250 ");
        assertThat(lmtp.log().texts("IllegalStateException: cause-1234567")).isNotEmpty();
    }

    @Test
    void aBugInAMailboxIsATemporaryErrorOfAllRecipients() throws IOException {
        DeliveryTarget bug = account -> {
            throw new IllegalStateException("cause-1234567");
        };
        LmtpClient client = lmtp.hello(lmtp.start(Deliverer.over(lmtp.directory, bug), LmtpFixture.OPTIONS));
        client.begin("joe@a.example", "ann@a.example");

        assertThat(client.finish(OCTETS, 2)).allMatch(reply -> reply.startsWith("451 4.2.0 "));
        assertThat(client.ask("NOOP")).startsWith("250 ");
        assertThat(lmtp.log().texts("IllegalStateException: cause-1234567")).isNotEmpty();
    }

    @Test
    void theSizeLimitIsAboutWhatTheClientSends() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMaxMessageOctets(100)));
        String fits = "x".repeat(98) + "\r\n";

        client.begin("joe@a.example");
        assertThat(client.finish(fits + ".\r\n", 1).get(0))
                .as("RFC 1870, section 5: the announced size is what the client may transmit")
                .startsWith("250 ");
        assertThat(lmtp.content("joe@a.example")).isEqualTo(fits);

        client.begin("joe@a.example", "ann@a.example");
        assertThat(client.finish("x" + fits + ".\r\n", 2)).allMatch(reply -> reply.startsWith("552 5.3.4 "));

        client.begin("ann@a.example");
        assertThat(client.finish("...\r\n" + "x".repeat(94) + "\r\n.\r\n", 1).get(0))
                .as("RFC 1870, section 5: stuffed dots do not count")
                .startsWith("250 ");
        assertThat(lmtp.target.messages("joe@a.example")).hasSize(1);
    }

    @Test
    void aMessageFarTooLargeIsReadToItsEnd() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS
                .withMaxMessageOctets(1000)
                .withMemoryOctets(10)
                .withSpoolFolder(folder)));
        client.begin("joe@a.example");

        assertThat(client.finish("x".repeat(998).concat("\r\n").repeat(2000) + ".\r\n", 1)
                        .get(0))
                .startsWith("552 5.3.4 ");
        client.begin("joe@a.example");
        assertThat(client.finish(OCTETS, 1).get(0)).as("the session goes on").startsWith("250 ");
        client.ask("NOOP");
        assertSpoolIsEmpty();
    }

    @Test
    void aLargeMessageGoesThroughAFileThatGoesAway() throws IOException {
        LmtpClient client =
                lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMemoryOctets(1000).withSpoolFolder(folder)));
        String content = "x".repeat(998).concat("\r\n").repeat(2000);
        client.begin("joe@a.example", "ann@a.example");

        assertThat(client.finish(content + ".\r\n", 2)).allMatch(reply -> reply.startsWith("250 "));
        assertThat(lmtp.content("joe@a.example")).isEqualTo(content);
        assertThat(lmtp.content("ann@a.example")).isEqualTo(content);
        client.ask("NOOP");
        assertSpoolIsEmpty();
    }

    @Test
    void aClientThatLeavesLeavesNoFile() throws Exception {
        LmtpClient client =
                lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMemoryOctets(0).withSpoolFolder(folder)));
        client.begin("joe@a.example");
        client.raw().send("x".repeat(100_000));
        client.raw().shutdownOutput();
        client.raw().readToEnd();
        lmtp.stopAll();

        assertSpoolIsEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"missing", "file"})
    void aSpoolFolderThatCannotBeUsedIsATemporaryError(String name) throws IOException {
        Files.createFile(folder.resolve("file"));
        LmtpClient client =
                lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMemoryOctets(0).withSpoolFolder(folder.resolve(name))));
        for (int i = 0; i < 2; i++) {
            client.begin("joe@a.example", "ann@a.example");
            assertThat(client.finish(OCTETS, 2)).allMatch(reply -> reply.startsWith("452 4.3.1 "));
        }
        assertThat(lmtp.target.mailboxes()).isEmpty();
        assertThat(client.ask("NOOP")).as("the session goes on").startsWith("250 ");
    }

    @Test
    void what250PromisesIsInNewAndNothingIsLeftInTmp() throws IOException {
        MaildirStore store = MaildirStore.under(folder);
        LmtpClient client = lmtp.hello(lmtp.start(Deliverer.over(lmtp.directory, store), LmtpFixture.OPTIONS));
        for (int i = 1; i <= 5; i++) {
            client.begin("joe@a.example", "ann@a.example", "joe@a.example");
            assertThat(client.finish(OCTETS, 3)).allMatch(reply -> reply.startsWith("250 "));

            for (String user : List.of("joe", "ann")) {
                Path mailbox = folder.resolve("a.example").resolve(user);
                assertThat(files(mailbox.resolve("new"))).hasSize(i);
                assertThat(files(mailbox.resolve("tmp"))).isEmpty();
            }
        }
        OpenResult.Opened opened = (OpenResult.Opened) store.open(MailAddress.of("joe@a.example"));
        try (Maildrop maildrop = opened.maildrop();
                var content = maildrop.content(maildrop.messages().get(0)).orElseThrow()) {
            assertThat(new String(content.readAllBytes(), ISO_8859_1)).endsWith(MESSAGE);
        }
    }

    @Test
    void aMailboxThatIsNoFolderIsATemporaryError() throws IOException {
        MaildirStore store = MaildirStore.under(folder);
        Files.createDirectory(folder.resolve("a.example"));
        Files.createFile(folder.resolve("a.example/ann"));
        LmtpClient client = lmtp.hello(lmtp.start(Deliverer.over(lmtp.directory, store), LmtpFixture.OPTIONS));
        client.begin("joe@a.example", "ann@a.example", "both@a.example");

        assertThat(client.finish(OCTETS, 3))
                .extracting(reply -> reply.substring(0, 9))
                .containsExactly("250 2.1.5", "451 4.2.0", "451 4.2.0");
    }

    @Test
    void aHundredRecipientsAndMoreAreOneMessage() throws IOException {
        RecipientRouter all = recipient -> new Routing.Mailbox(MailAddress.of("joe@a.example"));
        LmtpClient client =
                lmtp.hello(lmtp.start(Deliverer.over(all, lmtp.target), LmtpFixture.OPTIONS.withMaxRecipients(100)));
        client.ask("MAIL FROM:<>");
        for (int i = 0; i < 100; i++) {
            assertThat(client.ask("RCPT TO:<n" + i + "@a.example>"))
                    .as("RFC 5321, section 4.5.3.1.8")
                    .startsWith("250 ");
        }
        assertThat(client.ask("RCPT TO:<one-more@a.example>"))
                .as("RFC 5321, section 4.5.3.1.10")
                .startsWith("452 4.5.3 ");
        client.ask("DATA");

        assertThat(client.finish(OCTETS, 100))
                .extracting(reply -> reply.substring(reply.indexOf('<')))
                .containsExactlyElementsOf(IntStream.range(0, 100)
                        .mapToObj(i -> "<n" + i + "@a.example>")
                        .toList());
        assertThat(lmtp.target.messages("joe@a.example")).hasSize(1);
    }

    private void assertSpoolIsEmpty() throws IOException {
        assertThat(files(folder)).isEmpty();
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
