package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.vmail.address.MailAddress;
import org.vmail.delivery.RecordingTarget.Step;
import org.vmail.directory.Directory;

/** One reply for all recipients (RFC 5321, section 4.1.1.4): nobody gets it twice, and nobody is forgotten. */
class OneReplyTest {
    private static final MessageSource MESSAGE = MessageSource.of("Subject: x\r\n\r\nbody\r\n".getBytes(US_ASCII));

    private final RecordingTarget target = new RecordingTarget();
    private final RecordingTarget spool = new RecordingTarget();
    private final Deliverer deliverer = Deliverer.over(
            Directory.inMemory()
                    .account("joe@a.example", "x")
                    .account("ann@a.example", "x")
                    .account("bob@b.example", "x")
                    .build(),
            target);
    private final List<Envelope> left = new ArrayList<>();
    private final Relay later = envelope -> {
        left.add(envelope);
        return spool.begin(MailAddress.of("spool@here.example"));
    };

    @AfterEach
    void allDeliveriesAreClosed() {
        assertThat(target.open() + spool.open()).isZero();
    }

    @Test
    void whatAllHaveGotIsAccepted() {
        assertThat(deliver("joe@a.example", "bob@b.example")).isInstanceOf(Outcome.Accepted.class);
        assertThat(target.mailboxes()).containsExactlyInAnyOrder("joe@a.example", "bob@b.example");
        assertThat(left).isEmpty();
    }

    @Test
    void whatNobodyHasGotStaysWithTheSender() {
        target.failAt(Step.WRITE, "joe@a.example").failAt(Step.WRITE, "ann@a.example");

        assertThat(deliver("joe@a.example", "nobody@a.example", "ann@a.example"))
                .isInstanceOf(Outcome.Deferred.class);
        assertThat(deliver("nobody@a.example", "nobody@b.example").status()).isEqualTo(EnhancedStatus.UNKNOWN_USER);
        assertThat(left).isEmpty();
    }

    @Test
    void whatSomeHaveGotIsLeftToSomebodyElseForTheOthers() {
        target.failAt(Step.COMMIT, "ann@a.example");

        assertThat(deliver("joe@a.example", "ann@a.example", "nobody@a.example"))
                .isInstanceOf(Outcome.Accepted.class);
        assertThat(target.mailboxes()).containsExactly("joe@a.example");
        assertThat(left)
                .containsExactly(new Envelope(
                        new ReversePath("sender@c.example"),
                        List.of(MailAddress.of("ann@a.example"), MailAddress.of("nobody@a.example"))));
        assertThat(spool.messages("spool@here.example")).containsExactly("Subject: x\r\n\r\nbody\r\n");
    }

    @Test
    void ifNobodyTakesItForTheOthersTheSenderTriesAgain() {
        for (Step step : Step.values()) {
            target.failAt(Step.WRITE, "ann@a.example");
            spool.failAt(step, "spool@here.example");

            assertThat(deliver("joe@a.example", "ann@a.example")).as("%s", step).isInstanceOf(Outcome.Deferred.class);
            spool.mend();
        }
        Relay broken = envelope -> {
            throw new IllegalStateException("a bug of what was plugged in");
        };
        assertThat(deliverer.deliverTogether(envelope("joe@a.example", "ann@a.example"), MESSAGE, broken))
                .isInstanceOf(Outcome.Deferred.class);
    }

    @Test
    void aMessageThatCannotBeReadAgainIsNotHalfLeft() {
        target.failAt(Step.WRITE, "ann@a.example");
        int[] reads = {0};
        MessageSource once = () -> {
            if (left.isEmpty()) {
                reads[0]++;
                return MESSAGE.open();
            }
            throw new IOException("gone");
        };

        assertThat(deliverer.deliverTogether(envelope("joe@a.example", "ann@a.example"), once, later))
                .isInstanceOf(Outcome.Deferred.class);
        assertThat(reads[0]).isPositive();
        assertThat(spool.mailboxes()).isEmpty();
    }

    private Outcome deliver(String... recipients) {
        return deliverer.deliverTogether(envelope(recipients), MESSAGE, later);
    }

    private static Envelope envelope(String... recipients) {
        return new Envelope(
                new ReversePath("sender@c.example"),
                List.of(recipients).stream().map(MailAddress::of).toList());
    }
}
