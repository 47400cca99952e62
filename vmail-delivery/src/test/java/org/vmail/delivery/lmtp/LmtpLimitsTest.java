package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.vmail.delivery.Deliverer;
import org.vmail.net.RawClient;
import org.vmail.net.ServerOptions;

/** Time, length and number are bounded, and a server ends cleanly. */
class LmtpLimitsTest {
    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    @Test
    void aBrowserDeliversNothing() throws IOException {
        LmtpClient client = lmtp.connect(lmtp.start());
        List<String> request = List.of(
                "POST / HTTP/1.1", "Host: localhost", "", "LHLO x", "MAIL FROM:<>", "RCPT TO:<joe@a.example>", "DATA");
        client.raw().send(String.join("\r\n", request) + "\r\n");

        assertThat(client.raw().readToEnd()).isEmpty();
        assertThat(lmtp.target.mailboxes()).isEmpty();
    }

    @Test
    void whatPipeliningMakesAClientSayIsNotHeldAgainstIt() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMaxBadCommands(2)));
        for (int i = 0; i < 5; i++) {
            client.raw().send("MAIL FROM:<>\r\nRCPT TO:<nobody@a.example>\r\nDATA\r\nRSET\r\n");
            assertThat(client.reply()).startsWith("250 ");
            assertThat(client.reply()).startsWith("550 5.1.1 ");
            assertThat(client.reply()).startsWith("503 5.5.1 ");
            assertThat(client.reply()).startsWith("250 ");
        }
    }

    @Test
    void theLastReplyArrivesThoughMoreWasSent() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMaxBadCommands(1)));
        client.raw().send("XYZZY\r\n" + "NOOP\r\n".repeat(1000));

        assertThat(client.reply()).startsWith("500 5.5.1 ");
        assertThat(client.reply()).startsWith("421 4.7.0 ");
    }

    @Test
    void anIdleClientIsToldBeforeItIsLeft() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withCommandTimeout(Duration.ofMillis(200))));

        assertThat(client.reply()).as("RFC 5321, section 3.8").startsWith("421 4.4.2 ");
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void aMessageThatStallsIsDroppedAndTheClientTold() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withDataTimeout(Duration.ofMillis(200))));
        client.begin("joe@a.example");
        client.raw().send("half a message\r\n.\r");

        assertThat(client.reply()).startsWith("421 4.4.2 ");
        assertThat(client.raw().readToEnd()).isEmpty();
        assertThat(lmtp.target.mailboxes()).isEmpty();
    }

    @Test
    void aMessageThatTricklesInHasALimitAsAWhole() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withTransactionTimeout(Duration.ofMillis(300))));
        client.begin("joe@a.example");
        String said = "";
        try {
            while (said.isEmpty()) {
                client.raw().send("and so on\r\n".repeat(100));
                said = client.raw().available() > 0 ? client.reply() : "";
            }
        } catch (IOException closed) {
            said = "421 4.4.2 lost with the connection";
        }

        assertThat(said).startsWith("421 4.4.2 ");
        assertThat(lmtp.target.mailboxes()).isEmpty();
    }

    @Test
    void aChunkThatTricklesInHasALimitAsAWhole() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS
                .withChunking(true)
                .withMaxMessageOctets(1L << 40)
                .withTransactionTimeout(Duration.ofMillis(300))));
        client.ask("MAIL FROM:<>");
        client.ask("RCPT TO:<joe@a.example>");
        client.raw().send("BDAT 1000000000000 LAST\r\n");
        String said = "";
        try {
            while (said.isEmpty()) {
                client.raw().send("and so on\r\n".repeat(100));
                said = client.raw().available() > 0 ? client.reply() : "";
            }
        } catch (IOException closed) {
            said = "421 4.4.2 lost with the connection";
        }

        assertThat(said).startsWith("421 4.4.2 ");
        assertThat(lmtp.target.mailboxes()).isEmpty();
    }

    @Test
    void anEnvelopeThatNeverEndsHasALimit() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withTransactionTimeout(Duration.ofMillis(300))));
        client.ask("MAIL FROM:<>");
        String reply = client.ask("NOOP");
        while (reply.startsWith("250 ")) {
            reply = client.ask("NOOP");
        }

        assertThat(reply).startsWith("421 4.4.2 ");
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void betweenMessagesOnlyTheTimeForACommandCounts() throws Exception {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withTransactionTimeout(Duration.ofMillis(1))));
        client.ask("RSET");
        assertThat(client.ask("NOOP")).startsWith("250 ");
    }

    @Test
    void aSessionBringsSoManyMessages() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMaxMessages(2)));
        for (int i = 0; i < 2; i++) {
            client.begin("joe@a.example");
            client.finish("x\r\n.\r\n", 1);
        }
        assertThat(client.ask("MAIL FROM:<>")).startsWith("421 4.7.0 ");
        assertThat(client.raw().readToEnd()).isEmpty();
        assertThat(lmtp.contents("joe@a.example")).hasSize(2);
    }

    @Test
    void closingTellsIdleClients() throws IOException {
        LmtpServer server = lmtp.start();
        LmtpClient client = lmtp.hello(server);
        InetSocketAddress address = server.boundAddress();
        server.close();
        server.close();

        assertThat(client.reply()).startsWith("421 4.3.2 ");
        assertThat(client.raw().readToEnd()).isEmpty();
        assertThatThrownBy(() -> RawClient.connect(address)).isInstanceOf(IOException.class);
        assertThatThrownBy(server::start).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void closingLetsAMessageBeFinished() throws Exception {
        LmtpServer server = lmtp.start();
        LmtpClient client = lmtp.hello(server);
        client.begin("joe@a.example");
        client.raw().send("first half\r\n");
        Thread closer = new Thread(server::close);
        closer.start();
        await().pollDelay(Duration.ZERO).until(() -> server.boundAddresses().isEmpty());

        assertThat(client.finish("second half\r\n.\r\n", 1).get(0)).startsWith("250 ");
        assertThat(client.reply()).startsWith("421 4.3.2 ");
        closer.join();
        assertThat(lmtp.content("joe@a.example")).isEqualTo("first half\r\nsecond half\r\n");
    }

    @Test
    void closingEndsAMessageThatIsNotFinishedInTime() throws IOException {
        LmtpServer server = LmtpServer.builder(Deliverer.over(lmtp.directory, lmtp.target))
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .options(LmtpFixture.OPTIONS)
                .serverOptions(ServerOptions.defaults().withDrainTimeout(Duration.ofMillis(100)))
                .build();
        try (server) {
            server.start();
            LmtpClient client = lmtp.hello(server);
            client.begin("joe@a.example");
            client.raw().send("half a message\r\n");
            server.close();

            assertThat(client.raw().readToEnd()).doesNotContain("250");
            assertThat(lmtp.target.mailboxes()).isEmpty();
        }
    }

    @Test
    void badCommandsAreCounted() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMaxBadCommands(3)));

        assertThat(client.ask("HELO x")).startsWith("500 ");
        assertThat(client.ask("XYZZY")).startsWith("500 ");
        assertThat(client.ask("MAIL")).startsWith("501 ");
        assertThat(client.reply()).startsWith("421 4.7.0 ");
        assertThat(client.raw().readToEnd()).isEmpty();
    }

    @Test
    void unknownRecipientsAreNoBadCommands() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMaxBadCommands(1)));
        client.ask("MAIL FROM:<>");
        for (int i = 0; i < 50; i++) {
            assertThat(client.ask("RCPT TO:<nobody" + i + "@a.example>")).startsWith("550 5.1.1 ");
        }
        assertThat(client.ask("RCPT TO:<joe@a.example>")).startsWith("250 ");
    }

    @Test
    void anOverlongLineIsRefusedAndTheSessionGoesOn() throws IOException {
        LmtpClient client = lmtp.hello(lmtp.start(LmtpFixture.OPTIONS.withMaxLineOctets(512)));

        assertThat(client.ask("NOOP " + "x".repeat(512 - 7)))
                .as("RFC 5321, section 4.5.3.1.4: 512 octets with CRLF")
                .startsWith("250 ");
        assertThat(client.ask("NOOP " + "x".repeat(512 - 6))).startsWith("500 5.5.2 ");
        assertThat(client.ask("NOOP")).startsWith("250 ");
    }

    @Test
    void anEndlessLineEndsTheSession() throws IOException {
        LmtpClient client = lmtp.hello();
        try {
            for (int i = 0; i < 100; i++) {
                client.raw().send("x".repeat(10_000));
            }
        } catch (IOException closedMeanwhile) {
            // As it should.
        }

        assertThat(client.raw().readToEnd()).doesNotContain("250");
    }

    @Test
    void lmtpIsNotSpokenOnPort25() {
        LmtpServer.Builder builder = LmtpServer.builder(Deliverer.over(lmtp.directory, lmtp.target));

        assertThatThrownBy(() -> builder.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 25)))
                .as("RFC 2033, section 5")
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(builder::build).as("without an address").isInstanceOf(IllegalStateException.class);
    }

    @Test
    void optionsKeepWhatTheRfcsAskFor() {
        LmtpOptions options = LmtpOptions.defaults();

        assertThatThrownBy(() -> options.withMaxRecipients(99)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withMaxLineOctets(511)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withMaxMessageOctets(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withCommandTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withDataTimeout(Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withMemoryOctets(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withTransactionTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withMaxMessages(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withMaxBadCommands(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
