package org.vmail.examples.metrics;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.delivery.EnhancedStatus;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.ReversePath;
import org.vmail.delivery.relay.NextHop;
import org.vmail.delivery.relay.SpoolOptions;
import org.vmail.delivery.relay.SpoolRelay;
import org.vmail.mailbox.Delivery;

class SpoolMetricsTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    private Path folder;

    @Test
    void whatIsSentOnRefusedAndReturnedShowsUpInTheMeters() throws IOException {
        Outcome refusal = new Outcome.Refused(EnhancedStatus.UNKNOWN_USER, "nobody");
        NextHop hop = message -> message.recipients().stream()
                .map(path -> new NextHop.Result(
                        path.address().startsWith("eve") ? refusal : new Outcome.Accepted(), Optional.empty()))
                .toList();
        SpoolMetrics metrics = new SpoolMetrics(registry);
        try (SpoolRelay spool = SpoolRelay.open(folder, hop, SpoolOptions.defaults(), metrics)) {
            metrics.watch(spool);
            try (Delivery delivery = spool.begin(new Envelope(
                    new ReversePath("ann@b.example"),
                    List.of(MailAddress.of("joe@a.example"), MailAddress.of("eve@a.example"))))) {
                delivery.message().write("Subject: x\r\n\r\nx\r\n".getBytes(US_ASCII));
                delivery.commit();
            }
            assertThat(registry.get("spool.messages").gauge().value()).isEqualTo(1);

            spool.start();
            await().until(() -> spool.messages() == 0
                    && registry.get("spool.messages.ended").timer().count() == 2);

            assertThat(registry.get("spool.messages").gauge().value()).isZero();
        }
        String accepted = new Outcome.Accepted().status().toString();
        assertThat(count("spool.recipients", "status", accepted))
                .as("joe, and the report")
                .isEqualTo(2);
        assertThat(count("spool.recipients", "status", "5.1.1")).isEqualTo(1);
        assertThat(count("spool.recipients.returned")).isEqualTo(1);
    }

    private double count(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }
}
