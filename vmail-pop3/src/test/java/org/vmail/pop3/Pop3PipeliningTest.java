package org.vmail.pop3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.extension.RegisterExtension;

/** RFC 2449, section 6.6: commands may be sent before the replies to earlier ones have arrived. */
class Pop3PipeliningTest {
    private static final int COMMANDS = 400;
    private static final List<String> CANDIDATES = List.of(
            "STAT",
            "LIST",
            "LIST 2",
            "UIDL",
            "UIDL 9",
            "RETR 1",
            "RETR 2",
            "RETR 3",
            "TOP 2 1",
            "TOP 3 0",
            "DELE 1",
            "DELE 3",
            "RSET",
            "NOOP",
            "CAPA",
            "XYZZY",
            "USER joe",
            "",
            "x".repeat(700));

    @RegisterExtension
    final Pop3Fixture pop3 = new Pop3Fixture();

    @RepeatedTest(5)
    void pipelinedCommandsGetTheSameRepliesAsSingleOnes(RepetitionInfo repetition) throws IOException {
        long seed = 2449L + repetition.getCurrentRepetition();
        Random random = new Random(seed);
        Pop3Fixture.deliver(pop3.store, "one\r\n", "Subject: x\r\n\r\n.\r\nx\r\n", "\r\n" + "x".repeat(30_000));
        Pop3Server server =
                pop3.start(builder -> builder.options(Pop3Fixture.OPTIONS.withMaxBadCommands(Integer.MAX_VALUE)));
        List<String> commands = commands(random);

        String single = oneByOne(server, commands);
        assertThat(pipelined(server, commands, random)).as("seed %d", seed).isEqualTo(single);
    }

    private static List<String> commands(Random random) {
        List<String> commands = new ArrayList<>(List.of("USER joe@a.example", "PASS " + Pop3Fixture.PASSWORD));
        for (int i = 0; i < COMMANDS; i++) {
            commands.add(CANDIDATES.get(random.nextInt(CANDIDATES.size())));
        }
        commands.addAll(List.of("RSET", "QUIT"));
        return commands;
    }

    private String oneByOne(Pop3Server server, List<String> commands) throws IOException {
        StringBuilder replies = new StringBuilder();
        try (Pop3Client client = pop3.connect(server)) {
            for (String command : commands) {
                String status = client.ask(command);
                replies.append(status).append("\r\n");
                if (status.startsWith("+OK") && command.matches("CAPA|LIST|UIDL|RETR .*|TOP .*")) {
                    String line;
                    do {
                        line = client.raw().readLine();
                        replies.append(line).append("\r\n");
                    } while (!line.equals("."));
                }
            }
            return replies + client.raw().readToEnd();
        }
    }

    private String pipelined(Pop3Server server, List<String> commands, Random random) throws IOException {
        try (Pop3Client client = pop3.connect(server)) {
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
                try {
                    client.raw().sendInPieces(String.join("\r\n", commands) + "\r\n", 100, random);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            String replies = client.raw().readToEnd();
            sent.join();
            return replies;
        }
    }
}
