package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.ReversePath;
import org.vmail.mailbox.Delivery;
import org.vmail.net.LogRecorder;

/** Each step that changes a file fails once, or is the last before the machine stops. */
class SpoolCrashTest {
    private static final String MESSAGE = "Subject: x\r\n\r\n" + "body\r\n".repeat(20_000);
    private static final SpoolOptions OPTIONS = SpoolOptions.defaults().withHostName("us.example");
    private static final int ROUNDS = 5;

    @TempDir
    private Path folder;

    private final SettableClock clock = new SettableClock();
    private LogRecorder log;

    @BeforeEach
    void record() {
        log = new LogRecorder();
    }

    @AfterEach
    void stopRecording() {
        log.close();
    }

    @Test
    void noCrashLosesAMessageOrSendsPartOfOne() throws IOException {
        int steps = countSteps();
        for (int step = 1; step <= steps; step++) {
            Path spool = folder.resolve("crash-" + step);
            RecordingHop hop = newHop();
            FaultyFiles files = FaultyFiles.crashingAt(step);
            boolean accepted = false;
            try (SpoolRelay relay = new SpoolRelay(spool, hop, OPTIONS, new SpoolListener() {}, clock, files)) {
                accepted = submit(relay);
                run(relay, hop, files);
            } catch (IOException whileOpening) {
                assertThat(accepted).isFalse();
            }
            hop.mend();
            hop.refuse("refused@b.example");
            FaultyFiles sound = FaultyFiles.sound();
            try (SpoolRelay relay = new SpoolRelay(spool, hop, OPTIONS, new SpoolListener() {}, clock, sound)) {
                run(relay, hop, sound);
                assertThat(relay.messages()).as("step %d", step).isZero();
            }
            assertThat(files.hasFailed()).as("step %d of %d", step, steps).isTrue();
            assertThat(remainders(spool)).as("step %d", step).isEmpty();
            // Twice is possible only if it stopped between the reply of the next hop and the note of it.
            for (String address : List.of("taken@b.example", "later@b.example", "joe@a.example")) {
                assertThat(hop.taken(address).count())
                        .as("step %d, %s", step, address)
                        .isBetween(accepted ? 1L : 0L, 2L);
            }
            assertThat(hop.taken())
                    .as("step %d", step)
                    .filteredOn(taken -> !taken.to().equals("joe@a.example"))
                    .allMatch(taken -> taken.text().equals(MESSAGE));
            assertThat(hop.taken("joe@a.example"))
                    .allMatch(taken -> taken.text().endsWith("--\r\n"));
        }
    }

    @Test
    void noFailureLosesAMessageOrSendsItTwice() throws IOException {
        int steps = countSteps();
        int refusals = 0;
        for (int step = 1; step <= steps; step++) {
            Path spool = folder.resolve("failure-" + step);
            RecordingHop hop = newHop();
            FaultyFiles files = FaultyFiles.failingAt(step);
            boolean accepted = false;
            try (SpoolRelay relay = new SpoolRelay(spool, hop, OPTIONS, new SpoolListener() {}, clock, files)) {
                accepted = submit(relay);
                run(relay, hop, files);
                assertThat(relay.messages()).as("step %d", step).isZero();
            } catch (IOException whileOpening) {
                assertThat(accepted).isFalse();
            }
            refusals += accepted ? 0 : 1;
            for (String address : List.of("taken@b.example", "later@b.example", "joe@a.example")) {
                assertThat(hop.taken(address).count())
                        .as("step %d, %s", step, address)
                        .isEqualTo(accepted ? 1 : 0);
            }
            try (SpoolRelay relay =
                    new SpoolRelay(spool, hop, OPTIONS, new SpoolListener() {}, clock, new SpoolFiles())) {
                assertThat(relay.messages()).as("step %d", step).isZero();
            }
            assertThat(remainders(spool)).as("step %d", step).isEmpty();
        }
        assertThat(refusals).isPositive();
    }

    private int countSteps() throws IOException {
        FaultyFiles files = FaultyFiles.sound();
        RecordingHop hop = newHop();
        try (SpoolRelay relay =
                new SpoolRelay(folder.resolve("sound"), hop, OPTIONS, new SpoolListener() {}, clock, files)) {
            assertThat(submit(relay)).isTrue();
            run(relay, hop, files);
        }
        assertThat(hop.taken()).hasSize(3);
        return files.steps();
    }

    /** One is taken, one is refused, and one is taken in the third round. */
    private static RecordingHop newHop() {
        return new RecordingHop().defer("later@b.example").refuse("refused@b.example");
    }

    private void run(SpoolRelay relay, RecordingHop hop, FaultyFiles files) {
        for (int round = 0; round < ROUNDS; round++) {
            while (!files.isDead() && relay.attemptNext()) {}
            if (round == 1) {
                hop.mend();
                hop.refuse("refused@b.example");
            }
            clock.advance(Duration.ofHours(2));
        }
    }

    private static boolean submit(SpoolRelay relay) {
        Envelope envelope = new Envelope(
                new ReversePath("joe@a.example"),
                Stream.of("taken@b.example", "refused@b.example", "later@b.example")
                        .map(MailAddress::of)
                        .toList());
        try (Delivery delivery = relay.begin(envelope)) {
            delivery.message().write(MESSAGE.getBytes(UTF_8));
            delivery.commit();
            return true;
        } catch (IOException notAccepted) {
            return false;
        }
    }

    private static List<Path> remainders(Path spool) throws IOException {
        try (Stream<Path> all = Files.walk(spool)) {
            return all.filter(file -> Files.isRegularFile(file) && !file.endsWith("lock"))
                    .toList();
        }
    }
}
