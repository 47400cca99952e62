package org.vmail.delivery.lmtp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** RFC 2920: what is sent before the replies arrive is carried out as if it had been sent one by one. */
class LmtpPipeliningTest {
    private static final List<String> CANDIDATES = List.of(
            "MAIL FROM:<a@x.example>",
            "MAIL FROM:<b@x.example>",
            "RCPT TO:<joe@a.example>",
            "RCPT TO:<joe@a.example>",
            "RCPT TO:<both@a.example>",
            "RCPT TO:<nobody@a.example>",
            "DATA",
            "DATA",
            "RSET",
            "NOOP",
            "VRFY x",
            "XYZZY",
            "LHLO again.test");

    @RegisterExtension
    final LmtpFixture lmtp = new LmtpFixture();

    @Test
    void aSecondMessageBehindTheDotOfTheFirstIsTakenAsWell() throws IOException {
        LmtpClient client = lmtp.connect(lmtp.start());
        client.raw()
                .send(String.join(
                        "\r\n",
                        "LHLO client.test",
                        "MAIL FROM:<>",
                        "RCPT TO:<joe@a.example>",
                        "DATA",
                        "one",
                        ".",
                        "MAIL FROM:<>",
                        "RCPT TO:<joe@a.example>",
                        "RCPT TO:<ann@a.example>",
                        "DATA",
                        "two",
                        ".",
                        "QUIT",
                        ""));
        List<String> codes = client.raw()
                .readToEnd()
                .lines()
                .map(line -> line.substring(0, 4))
                .toList();

        assertThat(codes)
                .containsExactly(
                        "250-", "250-", "250-", "250-", "250-", "250 ", "250 ", "250 ", "354 ", "250 ", "250 ", "250 ",
                        "250 ", "354 ", "250 ", "250 ", "221 ");
        assertThat(lmtp.contents("joe@a.example")).containsExactly("one\r\n", "two\r\n");
        assertThat(lmtp.contents("ann@a.example")).containsExactly("two\r\n");
    }

    /** What is sent depends on the replies, for text follows DATA only if 354 does: so the first run says what to send. */
    @RepeatedTest(10)
    void pipelinedCommandsGetTheSameRepliesAsSingleOnes(RepetitionInfo repetition) throws IOException {
        long seed = 2920L + repetition.getCurrentRepetition();
        Random random = new Random(seed);
        LmtpServer server = lmtp.start(LmtpFixture.OPTIONS.withMaxBadCommands(Integer.MAX_VALUE));
        StringBuilder sent = new StringBuilder();
        List<String> single = oneByOne(server, sent, random);
        List<String> stored = List.copyOf(lmtp.contents("joe@a.example"));

        assertThat(pipelined(server, sent.toString(), random))
                .as("seed %d", seed)
                .isEqualTo(single);
        assertThat(lmtp.contents("joe@a.example"))
                .as("seed %d", seed)
                .hasSize(2 * stored.size())
                .startsWith(stored.toArray(String[]::new))
                .endsWith(stored.toArray(String[]::new));
    }

    private List<String> oneByOne(LmtpServer server, StringBuilder sent, Random random) throws IOException {
        List<String> replies = new ArrayList<>();
        int accepted = 0;
        try (LmtpClient client = lmtp.connect(server)) {
            replies.addAll(client.lhlo());
            sent.append("LHLO client.test\r\n");
            for (int i = 0; i < 300; i++) {
                String command = CANDIDATES.get(random.nextInt(CANDIDATES.size()));
                sent.append(command).append("\r\n");
                client.raw().sendLine(command);
                if (command.startsWith("LHLO")) {
                    accepted = 0;
                    for (int line = 0; line < 6; line++) {
                        replies.add(client.raw().readLine());
                    }
                    continue;
                }
                String reply = client.reply();
                replies.add(reply);
                if (command.startsWith("RCPT") && reply.startsWith("250")) {
                    accepted++;
                } else if (command.equals("RSET")) {
                    accepted = 0;
                } else if (reply.startsWith("354")) {
                    String content = "Subject: " + i + "\r\n\r\n..\r\nRSET\r\nQUIT\r\n.\r\n";
                    sent.append(content);
                    replies.addAll(client.finish(content, accepted));
                    accepted = 0;
                }
            }
            sent.append("QUIT\r\n");
            replies.add(client.ask("QUIT"));
            assertThat(client.raw().readToEnd()).isEmpty();
        }
        return replies;
    }

    private List<String> pipelined(LmtpServer server, String octets, Random random) throws IOException {
        try (LmtpClient client = lmtp.connect(server)) {
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
                try {
                    client.raw().sendInPieces(octets, 100, random);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            List<String> replies = client.raw().readToEnd().lines().toList();
            sent.join();
            return replies;
        }
    }
}
