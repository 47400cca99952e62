package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.vmail.net.Network;

/** Where the network splits what a client sends is of no account. */
class LmtpSplitTest {
    private static final String SESSION = String.join(
            "\r\n",
            "LHLO client.test",
            "XCLIENT PORT=25",
            "LHLO client.test",
            "MAIL FROM:<\"a > b\"@x.example> SIZE=100 RET=HDRS",
            "RCPT TO:<joe@a.example> NOTIFY=NEVER",
            "RCPT TO:<nobody@a.example>",
            "XYZZY",
            "DATA",
            "..",
            ".x",
            "\r.\n.\r\r",
            ".",
            "MAIL FROM:<>",
            "RCPT TO:<both@a.example>",
            "BDAT 8",
            ".\r\n",
            ".\r\nBDAT 1 LAST",
            "\nVRFY x",
            "RSET",
            "QUIT",
            "");

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    @Test
    void aSessionIsTheSameWhereverItIsSplit() throws IOException {
        LmtpServer server = lmtp.start(LmtpFixture.OPTIONS
                .withChunking(true)
                .withDsn(true)
                .withXclientNetworks(List.of(Network.of("127.0.0.0/8"))));
        String expected = "";
        for (int split = 0; split <= SESSION.length(); split++) {
            try (LmtpClient client = lmtp.connect(server)) {
                client.raw().send(SESSION.substring(0, split));
                client.raw().send(SESSION.substring(split));
                String replies = client.raw().readToEnd();
                expected = split == 0 ? replies : expected;
                assertThat(replies).as("split at %d", split).isEqualTo(expected);
            }
        }
        assertThat(expected.lines().filter(line -> line.contains("<")))
                .as("recipients that were answered")
                .hasSize(2)
                .allMatch(line -> line.startsWith("250 2.1.5 "));
        assertThat(lmtp.contents("ann@a.example")).hasSize(SESSION.length() + 1).allMatch(".\r\n\r\n.\r\n\n"::equals);
        assertThat(lmtp.contents("joe@a.example"))
                .hasSize(2 * (SESSION.length() + 1))
                .containsOnly(".\r\nx\r\n\r.\n.\r\r\r\n", ".\r\n\r\n.\r\n\n");
    }
}
