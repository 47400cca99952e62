package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.vmail.mailbox.mbox.Mbox.FROM;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** 100,000 messages: no step takes time that grows with their square. */
@Tag("long")
class MboxLargeTest {
    private static final int MANY = 100_000;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path root;

    @Test
    void manyMessagesAreListedAndHalfOfThemRemoved() throws IOException {
        Mbox mbox = new Mbox(root);
        try (BufferedWriter writer = Files.newBufferedWriter(mbox.file, US_ASCII)) {
            for (int i = 0; i < MANY; i++) {
                writer.write(FROM + "Subject: equal but for every tenth\n\n" + (i % 10 == 0 ? i : "body") + "\n\n");
            }
        }
        assertTimeoutPreemptively(LIMIT, () -> {
            try (Maildrop maildrop = mbox.open()) {
                List<StoredMessage> messages = maildrop.messages();
                assertThat(messages).hasSize(MANY);
                Set<UniqueId> even = new HashSet<>();
                for (int i = 0; i < MANY; i += 2) {
                    even.add(messages.get(i).uniqueId());
                }
                assertThat(even).hasSize(MANY / 2);
                maildrop.remove(even);
                assertThat(Mbox.content(maildrop, messages.get(MANY - 1))).contains("body");
            }
            assertThat(mbox.ids()).hasSize(MANY / 2);
        });
    }
}
