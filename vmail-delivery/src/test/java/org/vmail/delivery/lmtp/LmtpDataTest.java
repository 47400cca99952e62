package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is sent behind DATA arrives as it is, and only CRLF.CRLF ends it (RFC 5321, sections 4.1.1.4 and 4.5.2). */
class LmtpDataTest {
    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    /** What other servers took for the end of a message (SMTP smuggling, CVE-2023-51764, 51765, 51766). */
    static List<String> notTheEnd() {
        return List.of(
                "\n.\n",
                "\n.\r\n",
                "\n.\r",
                "\r.\r",
                "\r.\r\n",
                "\r.\n",
                "\r\n.\n",
                "\r\n.\r",
                "\r\n.\n\r",
                "\r\n.\r\r\n",
                "\r\n.\r\0\n",
                "\r\n.\0\r\n",
                "\r\n\0.\r\n",
                "\r\0\n.\r\n",
                "\0\n.\n\0",
                "\r\n. \r\n",
                "\r\n .\r\n",
                "\n\n.\n\n",
                "\r\r\n.\r");
    }

    static List<String> contents() {
        StringBuilder octets = new StringBuilder();
        for (int i = 0; i < 256; i++) {
            octets.append((char) i);
        }
        return List.of(
                "Subject: x\r\n\r\nbody\r\n",
                "\r\n",
                ".\r\n",
                "..\r\n...\r\n",
                ".x\r\n.\r\n",
                octets + "\r\n",
                "\0\0\0\r\n",
                "bare\rcr and bare\nlf\r\n",
                "\r\r\r\n\n\n\r\n",
                "8 bit: \u00e4\u00f6\u00fc\r\n",
                "\tbegins like a folded line\r\n",
                "x".repeat(200_000) + "\r\n");
    }

    @ParameterizedTest
    @MethodSource("contents")
    void aMessageIsStoredOctetForOctet(String content) throws IOException {
        LmtpClient client = lmtp.hello();
        client.begin("joe@a.example");

        assertThat(client.finish(DataReaderTest.stuff(content) + ".\r\n", 1))
                .singleElement()
                .asString()
                .startsWith("250 2.");
        assertThat(lmtp.content("joe@a.example")).isEqualTo(content);
    }

    @Test
    void anEmptyMessageIsOne() throws IOException {
        LmtpClient client = lmtp.hello();
        client.begin("joe@a.example");

        assertThat(client.finish(".\r\n", 1).get(0)).startsWith("250 ");
        assertThat(lmtp.content("joe@a.example")).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("notTheEnd")
    void noMessageHoldsAnother(String notTheEnd) throws IOException {
        String inner = "MAIL FROM:<evil@x.example>\r\nRCPT TO:<ann@a.example>\r\nDATA\r\nsmuggled\r\n";
        String octets = "Subject: x\r\n\r\nbefore" + notTheEnd + inner + ".\r\n";
        LmtpClient client = lmtp.hello();
        Random random = new Random(1);

        for (int split = 0; split <= octets.length(); split += split < 20 || split > 35 ? 12 : 1) {
            client.begin("joe@a.example");
            client.raw().send(octets.substring(0, split));
            client.raw().send(octets.substring(split));
            assertThat(client.reply()).startsWith("250 ");
        }
        client.begin("joe@a.example");
        client.raw().sendInPieces(octets, 2, random);
        assertThat(client.reply()).startsWith("250 ");
        assertThat(client.ask("NOOP")).as("one reply for each message").startsWith("250 2.0.0");

        assertThat(lmtp.target.mailboxes()).as("SMTP smuggling").containsExactly("joe@a.example");
        assertThat(lmtp.contents("joe@a.example"))
                .allSatisfy(content -> assertThat(content)
                        .startsWith("Subject: x\r\n\r\nbefore")
                        .endsWith(inner));
    }

    @Test
    void aClientThatLeavesInTheMiddleHasDeliveredNothing() throws Exception {
        LmtpServer server = lmtp.start();
        for (String end : List.of("", "\r\n", "\r\n.", "\r\n.\r")) {
            LmtpClient closing = lmtp.hello(server);
            closing.begin("joe@a.example");
            closing.raw().send("Subject: x\r\n\r\nhalf" + end);
            closing.close();
            LmtpClient halfClosing = lmtp.hello(server);
            halfClosing.begin("joe@a.example");
            halfClosing.raw().send("Subject: x\r\n\r\nhalf" + end);
            halfClosing.raw().shutdownOutput();
            assertThat(halfClosing.raw().readToEnd()).isEmpty();
            LmtpClient resetting = lmtp.hello(server);
            resetting.begin("joe@a.example");
            resetting.raw().send("Subject: x\r\n\r\nhalf" + end);
            resetting.raw().reset();
        }
        await().until(() -> lmtp.log().texts("Session ended").size() == 12);

        assertThat(lmtp.target.mailboxes()).isEmpty();
    }
}
