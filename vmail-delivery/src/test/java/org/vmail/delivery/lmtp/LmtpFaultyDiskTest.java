package org.vmail.delivery.lmtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmail.delivery.Deliverer;
import org.vmail.directory.Quota;
import org.vmail.internal.FaultyDisk;
import org.vmail.internal.FaultyDisk.Fault;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.maildir.MaildirStore;

/** One mailbox whose disk fails at one step after the other: its mail comes again later, and that of others is not held up. */
class LmtpFaultyDiskTest {
    private static final int MAX_STEPS = 200;

    @RegisterExtension
    final LmtpFixture fixture = new LmtpFixture();

    @TempDir
    Path folder;

    private final FaultyDisk disk = FaultyDisk.sound(Path.of("/"));

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void whatFailsIsATemporaryFailureOfOneRecipient(Fault fault) throws Exception {
        MaildirStore store = MaildirStore.under(disk.path(folder))
                .withQuota(QuotaPolicy.of(QuotaLimits.forAll(Quota.ofMessages(10_000))));
        LmtpClient client = fixture.hello(fixture.start(Deliverer.over(fixture.directory, store), LmtpFixture.OPTIONS));
        List<String> acknowledged = new ArrayList<>();
        int failures = 0;
        AtomicInteger seen = new AtomicInteger();
        int step = 0;
        do {
            int at = ++step;
            seen.set(0);
            disk.plan((number, called) ->
                    called.file().toString().contains("/joe") && seen.incrementAndGet() == at ? fault : Fault.NONE);
            List<String> replies = send(client, "m" + step);
            disk.heal();

            assertThat(replies.subList(1, replies.size()))
                    .as("%s %d: %s", fault, step, replies)
                    .allMatch(reply -> reply.startsWith("250 2.1.5 "))
                    .hasSize(2);
            if (replies.get(0).startsWith("250 ")) {
                acknowledged.add("m" + step);
            } else {
                assertThat(replies.get(0)).as("step %d", step).matches("4[0-9]{2} 4\\..*");
                failures++;
            }
            assertThat(step).isLessThan(MAX_STEPS);
        } while (seen.get() >= step);
        assertThat(failures).isGreaterThan(5);
        fixture.stopAll();
        assertThat(disk.open()).isEmpty();
        assertThat(subjects()).containsExactlyInAnyOrderElementsOf(acknowledged);
    }

    /** The replies for joe, ann and bob, be it to RCPT or behind the message. */
    private static List<String> send(LmtpClient client, String subject) throws IOException {
        assertThat(client.ask("MAIL FROM:<>")).startsWith("250 ");
        String refused = client.ask("RCPT TO:<joe@a.example>");
        List<String> replies = new ArrayList<>();
        if (!refused.startsWith("250 ")) {
            replies.add(refused);
        }
        client.ask("RCPT TO:<ann@a.example>");
        client.ask("RCPT TO:<bob@b.example>");
        client.ask("DATA");
        client.raw().send("Subject: " + subject + "\r\n\r\nhello\r\n.\r\n");
        while (replies.size() < 3) {
            replies.add(client.reply());
        }
        return replies;
    }

    private List<String> subjects() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("a.example/joe/new"))) {
            List<String> subjects = new ArrayList<>();
            for (Path file : files.toList()) {
                String text = Files.readString(file, ISO_8859_1);
                subjects.add(text.substring(text.indexOf("Subject: ") + 9, text.indexOf("\n\n")));
            }
            return subjects;
        }
    }
}
