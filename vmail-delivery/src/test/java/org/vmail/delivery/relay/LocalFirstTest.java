package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Deliverer;
import org.vmail.delivery.MessageSource;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.RecipientRouter;
import org.vmail.delivery.RecordingTarget;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.Routing;
import org.vmail.directory.Directory;

/** Recipients who are here after all. */
class LocalFirstTest {
    private final RecordingHop others = new RecordingHop();
    private final RecordingTarget mailboxes = new RecordingTarget();
    private final NextHop hop;

    LocalFirstTest() {
        RecipientRouter router = RecipientRouter.over(
                Directory.inMemory().account("joe@a.example", "secret").build());
        hop = NextHop.localFirst(router, Deliverer.over(router, mailboxes), others);
    }

    @Test
    void whoIsHereGetsItHereAndTheOthersFromTheOtherHop() throws IOException {
        others.refuse("gone@b.example");

        assertThat(outcomes("gone@b.example", "joe@a.example", "ann@b.example", "nobody@a.example"))
                .satisfiesExactly(
                        gone -> assertThat(gone).isInstanceOf(Outcome.Refused.class),
                        joe -> assertThat(joe).isInstanceOf(Outcome.Accepted.class),
                        ann -> assertThat(ann).isInstanceOf(Outcome.Accepted.class),
                        nobody -> assertThat(nobody).isInstanceOf(Outcome.Refused.class));
        assertThat(mailboxes.messages("joe@a.example")).hasSize(1);
        assertThat(others.calls()).containsExactly(List.of("gone@b.example", "ann@b.example"));
    }

    @Test
    void aHopThatIsOutOfOrderKeepsNobodyHereWaiting() throws IOException {
        others.breakDown();

        assertThat(outcomes("joe@a.example", "ann@b.example"))
                .satisfiesExactly(
                        joe -> assertThat(joe).isInstanceOf(Outcome.Accepted.class),
                        ann -> assertThat(ann).isInstanceOf(Outcome.Deferred.class));
        assertThatThrownBy(() -> outcomes("ann@b.example")).isInstanceOf(IOException.class);
    }

    @Test
    void itIsNamedLikeTheHopThatCanBeOutOfOrder() {
        RecipientRouter router = address -> new Routing.Elsewhere();
        NextHop named = NextHop.localFirst(router, Deliverer.over(router, mailboxes), SmartHost.local());

        assertThat(named).hasToString(SmartHost.local().toString());
    }

    private List<Outcome> outcomes(String... recipients) throws IOException {
        MessageSource message = MessageSource.of("Subject: x\r\n\r\n".getBytes(UTF_8));
        List<ForwardPath> paths =
                Stream.of(recipients).map(MailAddress::of).map(ForwardPath::of).toList();
        return hop.send(new OutboundMessage(ReversePath.none(), paths, message, 14, false)).stream()
                .map(NextHop.Result::outcome)
                .toList();
    }
}
