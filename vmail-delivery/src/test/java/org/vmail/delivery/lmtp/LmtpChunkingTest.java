package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Counted octets instead of a dot at the end (RFC 3030; RFC 2033, section 4.3). */
class LmtpChunkingTest {
    private static final LmtpOptions OPTIONS = LmtpFixture.OPTIONS.withChunking(true);
    private static final String SMUGGLED = "x\r\n.\r\nRSET\r\nMAIL FROM:<evil@x.example>\r\nBDAT 1 LAST\r\n..\r\n";

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    private LmtpClient begun(LmtpOptions options, String... recipients) throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(options));
        envelope(client, recipients);
        return client;
    }

    private static void envelope(LmtpClient client, String... recipients) throws IOException {
        client.ask("MAIL FROM:<sender@x.example>");
        for (String recipient : recipients) {
            assertThat(client.ask("RCPT TO:<" + recipient + ">")).startsWith("250 ");
        }
    }

    @Test
    void itIsOfferedOnlyIfItIsOn() throws IOException {
        assertThat(lmtp.connect(lmtp.start(OPTIONS)).lhlo())
                .contains("250-CHUNKING")
                .doesNotContain("250-BINARYMIME");
        assertThat(lmtp.connect(lmtp.start(OPTIONS.withBinaryMime(true))).lhlo())
                .contains("250-CHUNKING", "250-BINARYMIME");
        assertThat(lmtp.hello().ask("BDAT 0 LAST")).startsWith("500 5.5.1 ");
    }

    @Test
    void chunksAreOneMessageAndTheLastIsAnsweredForEachRecipient() throws IOException {
        LmtpClient client = begun(OPTIONS, "joe@a.example", "ann@a.example", "joe@a.example");
        client.raw().send("BDAT 5\r\n12345BDAT 0\r\nBDAT " + SMUGGLED.length() + " LAST\r\n" + SMUGGLED + "NOOP\r\n");

        assertThat(client.reply()).startsWith("250 2.0.0 ");
        assertThat(client.reply()).startsWith("250 2.0.0 ");
        assertThat(client.reply()).startsWith("250 2.1.5 ").endsWith("<joe@a.example>");
        assertThat(client.reply()).startsWith("250 2.1.5 ").endsWith("<ann@a.example>");
        assertThat(client.reply()).startsWith("250 2.1.5 ").endsWith("<joe@a.example>");
        assertThat(client.reply()).as("NOOP").startsWith("250 2.0.0 ");
        assertThat(lmtp.content("joe@a.example"))
                .as("neither stuffed nor ended by a dot")
                .isEqualTo("12345" + SMUGGLED);
        assertThat(client.ask("RCPT TO:<joe@a.example>")).as("it is over").startsWith("503 ");
    }

    @Test
    void anEmptyLastChunkEndsAMessage() throws IOException {
        LmtpClient client = begun(OPTIONS, "joe@a.example");
        assertThat(client.finish("BDAT 3\r\nx\r\n", 1).get(0)).startsWith("250 2.0.0 ");
        assertThat(client.ask("BDAT 0 last")).startsWith("250 2.1.5 ");
        assertThat(lmtp.content("joe@a.example")).isEqualTo("x\r\n");
    }

    @Test // RFC 3030, section 2: chunk-size ::= 1*DIGIT
    void aSizeMayBeginWithZeros() throws IOException {
        LmtpClient client = begun(OPTIONS, "joe@a.example");
        assertThat(client.finish("BDAT 00000000000000000003 LAST\r\nx\r\n", 1).get(0))
                .startsWith("250 2.1.5 ");
        assertThat(lmtp.content("joe@a.example")).isEqualTo("x\r\n");
    }

    @Test
    void aChunkIsTheSameWhereverItIsSplit() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(OPTIONS));
        String content = "a\r\n.\r\nbc";
        String octets = "BDAT 4\r\n" + content.substring(0, 4) + "BDAT 4 LAST\r\n" + content.substring(4) + "NOOP\r\n";
        for (int split = 0; split <= octets.length(); split++) {
            envelope(client, "joe@a.example");
            client.raw().send(octets.substring(0, split));
            client.raw().send(octets.substring(split));
            assertThat(client.reply()).startsWith("250 2.0.0 ");
            assertThat(client.reply()).startsWith("250 2.1.5 ");
            assertThat(client.reply()).startsWith("250 2.0.0 ");
        }
        assertThat(lmtp.contents("joe@a.example")).hasSize(octets.length() + 1).allMatch(content::equals);
    }

    @Test // RFC 3030, section 2, and RFC 2033, section 4.3
    void chunksForNobodyAreReadAndForgotten() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(OPTIONS));
        assertThat(client.finish("BDAT 6\r\nRSET\r\n", 1).get(0)).startsWith("503 5.5.1 ");
        client.ask("MAIL FROM:<>");
        client.raw().send("RCPT TO:<nobody@a.example>\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
        assertThat(client.reply()).startsWith("550 5.1.1 ");
        assertThat(client.reply()).startsWith("503 5.5.1 ");
        assertThat(client.reply()).as("NOOP: the last chunk has no replies").startsWith("250 2.0.0 ");
        assertThat(client.ask("RCPT TO:<joe@a.example>"))
                .as("it has ended the transaction")
                .startsWith("503 ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BDAT",
                "BDAT x",
                "BDAT -1",
                "BDAT 1 FIRST",
                "BDAT 1LAST",
                "BDAT 99999999999999999999",
                "BDAT 1 LAST x"
            })
    void aChunkWhoseEndIsNotKnownEndsTheSession(String command) throws IOException {
        LmtpClient client = begun(OPTIONS, "joe@a.example");
        client.raw().send(command + "\r\nMAIL FROM:<evil@x.example>\r\nNOOP\r\n");

        assertThat(client.raw().readToEnd()).startsWith("501 5.5.4 ").hasLineCount(1);
        assertThat(lmtp.target.mailboxes()).isEmpty();
    }

    @Test
    void chunksAndDataDoNotMix() throws IOException {
        LmtpClient client = begun(OPTIONS, "joe@a.example");
        client.finish("BDAT 1\r\nx", 1);
        for (String command : List.of("DATA", "RCPT TO:<ann@a.example>", "MAIL FROM:<>")) {
            assertThat(client.ask(command)).as(command).startsWith("503 5.5.1 ");
        }
        assertThat(client.ask("NOOP")).startsWith("250 ");
        assertThat(client.ask("RSET")).startsWith("250 ");
        envelope(client, "ann@a.example");
        assertThat(client.finish("BDAT 1 LAST\r\ny", 1).get(0)).startsWith("250 2.1.5 ");
        assertThat(lmtp.target.mailboxes()).containsExactly("ann@a.example");
        assertThat(lmtp.content("ann@a.example")).isEqualTo("y");
    }

    @Test
    void aBinaryMessageComesInChunks() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(OPTIONS.withBinaryMime(true)));
        assertThat(client.ask("MAIL FROM:<> BODY=BINARYMIME")).startsWith("250 ");
        client.ask("RCPT TO:<joe@a.example>");
        assertThat(client.ask("DATA")).as("RFC 3030, section 3").startsWith("503 5.5.1 ");
        assertThat(client.finish("BDAT 4 LAST\r\n\0\r\n\n", 1).get(0)).startsWith("250 ");
        assertThat(lmtp.content("joe@a.example")).isEqualTo("\0\r\n\n");
    }

    @Test
    void aMessageThatIsTooLargeIsRefusedAtTheChunkAndAtTheEnd(@TempDir Path folder) throws IOException {
        LmtpClient client = begun(
                OPTIONS.withMaxMessageOctets(100).withMemoryOctets(10).withSpoolFolder(folder),
                "joe@a.example",
                "ann@a.example");
        assertThat(client.finish("BDAT 60\r\n" + "x".repeat(60), 1).get(0)).startsWith("250 ");
        assertThat(client.finish("BDAT 60\r\n" + "x".repeat(60), 1).get(0)).startsWith("552 5.3.4 ");
        assertThat(client.finish("BDAT 1 LAST\r\nx", 2)).allMatch(reply -> reply.startsWith("552 5.3.4 "));
        envelope(client, "joe@a.example");
        assertThat(client.finish("BDAT 100 LAST\r\n" + "x".repeat(100), 1).get(0))
                .as("the session goes on")
                .startsWith("250 ");
    }

    @Test
    void aFullDiskIsATemporaryErrorOfTheChunk(@TempDir Path folder) throws IOException {
        LmtpClient client =
                begun(OPTIONS.withMemoryOctets(0).withSpoolFolder(folder.resolve("missing")), "joe@a.example");
        assertThat(client.finish("BDAT 1\r\nx", 1).get(0)).startsWith("452 4.3.1 ");
        assertThat(client.finish("BDAT 1 LAST\r\nx", 1).get(0)).startsWith("452 4.3.1 ");
        assertThat(lmtp.target.mailboxes()).isEmpty();
    }

    @Test
    void aClientThatLeavesWithinAChunkHasDeliveredNothing() throws Exception {
        LmtpServer server = lmtp.start(OPTIONS);
        for (String part : List.of("BDAT 10 LAST\r\n123456789", "BDAT 1\r\nx", "BDAT 1\r\nxBDAT 1 LAST\r\n")) {
            LmtpClient client = lmtp.hello(server);
            envelope(client, "joe@a.example");
            client.raw().send(part);
            client.raw().shutdownOutput();
            assertThat(client.raw().readToEnd()).doesNotContain("2.1.5");
        }
        await().until(() -> lmtp.log().texts("Session ended").size() == 3);
        assertThat(lmtp.target.mailboxes()).isEmpty();
    }

    @Test
    void aChunkThatStallsIsDroppedAndTheClientTold() throws IOException {
        LmtpClient client = begun(OPTIONS.withDataTimeout(Duration.ofMillis(200)), "joe@a.example");
        client.raw().send("BDAT 10 LAST\r\nx");
        assertThat(client.reply()).startsWith("421 4.4.2 ");
        assertThat(client.raw().readToEnd()).isEmpty();
    }
}
