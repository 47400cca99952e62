package org.vmail.delivery.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ProtocolException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.relay.QueuedRecipient.Failed;
import org.vmail.delivery.relay.QueuedRecipient.Trouble;
import org.vmail.delivery.relay.QueuedRecipient.Waiting;

class QueuedEnvelopeTest {
    private static final String TEXT = """
            vmail-relay 1
            arrived: 2026-11-22T08:00:00Z
            from: <joe@a.example>
            content: 8bit
            attempts: 2
            next: 2026-11-22T08:15:00Z
            waiting: <ann@b.example> 4.2.1 smtp 450 4.2.1 not now
            waiting: <"a b"@b.example>
            failed: <bob@b.example> 5.1.1 vmail no such user
            end
            """;

    @Test
    void theFormIsAsDocumented() throws ProtocolException {
        QueuedEnvelope envelope = new QueuedEnvelope(
                Instant.parse("2026-11-22T08:00:00Z"),
                new ReversePath("joe@a.example"),
                true,
                2,
                Instant.parse("2026-11-22T08:15:00Z"),
                List.of(
                        new Waiting(
                                new ForwardPath("ann@b.example"),
                                Optional.of(new Trouble(new EnhancedStatus(4, 2, 1), true, "450 4.2.1 not now"))),
                        new Waiting(new ForwardPath("\"a b\"@b.example"), Optional.empty()),
                        new Failed(
                                new ForwardPath("bob@b.example"),
                                new Trouble(EnhancedStatus.UNKNOWN_USER, false, "no such user"))));

        assertThat(envelope.format()).isEqualTo(TEXT);
        assertThat(QueuedEnvelope.parse(TEXT)).isEqualTo(envelope);
    }

    @Test
    void aFileThatIsNotWholeIsNone() {
        for (int length = 0; length < TEXT.length(); length++) {
            String part = TEXT.substring(0, length);
            assertThatThrownBy(() -> QueuedEnvelope.parse(part)).as(part).isInstanceOf(ProtocolException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vmail-relay 1/vmail-relay 2",
                "arrived: 2026-11-22T08:00:00Z/arrived: yesterday",
                "from: <joe@a.example>/from: joe@a.example",
                "from: <joe@a.example>/to: <joe@a.example>",
                "attempts: 2/attempts: -2",
                "attempts: 2/attempts: 99999999999",
                "5.1.1 vmail/5.1.1 x400",
                "5.1.1/9.1.1",
                " 5.1.1 vmail no such user/",
                "<bob@b.example>/<>",
                "end/end\nend",
            })
    void aFileWithAnErrorIsNone(String change) {
        String[] parts = change.split("/", -1);
        assertThat(TEXT).contains(parts[0]);
        assertThatThrownBy(() -> QueuedEnvelope.parse(TEXT.replace(parts[0], parts[1])))
                .isInstanceOf(ProtocolException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatWasWrittenIsRead(long seed) throws ProtocolException {
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            List<QueuedRecipient> recipients = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                ForwardPath path = new ForwardPath(text(random, "ab .\"\\@:5é") + "x");
                Trouble trouble = new Trouble(
                        new EnhancedStatus(4, random.nextInt(1000), 0), random.nextBoolean(), text(random, "a <>:"));
                recipients.add(
                        random.nextBoolean()
                                ? new Failed(path, trouble)
                                : new Waiting(path, Optional.of(trouble).filter(any -> random.nextBoolean())));
            }
            QueuedEnvelope envelope = new QueuedEnvelope(
                    Instant.ofEpochMilli(random.nextInt()),
                    new ReversePath(text(random, "ab @")),
                    random.nextBoolean(),
                    random.nextInt(1000),
                    Instant.ofEpochMilli(random.nextInt()),
                    recipients);
            assertThat(QueuedEnvelope.parse(envelope.format()))
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(envelope);
        }
    }

    @Test
    void aReplyCannotAddALine() throws ProtocolException {
        QueuedEnvelope envelope = QueuedEnvelope.parse(TEXT)
                .withRecipients(List.of(new Failed(
                        new ForwardPath("a@b"),
                        new Trouble(EnhancedStatus.UNKNOWN_USER, true, "x\nwaiting: <evil@x.example>"))));

        assertThat(QueuedEnvelope.parse(envelope.format()).waiting()).isEmpty();
    }

    private static String text(Random random, String alphabet) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(8); i > 0; i--) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString().replaceAll("^@+", "");
    }
}
