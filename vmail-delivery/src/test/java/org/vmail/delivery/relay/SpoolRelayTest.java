package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.ReversePath;
import org.vmail.mailbox.Delivery;
import org.vmail.net.LogRecorder;

class SpoolRelayTest {
    private static final String MESSAGE = "Subject: x\r\n\r\nbody\r\n";
    private static final SpoolOptions OPTIONS = SpoolOptions.defaults().withHostName("us.example");

    @TempDir
    private Path folder;

    private final SettableClock clock = new SettableClock();
    private final RecordingHop hop = new RecordingHop();
    private LogRecorder log;
    private SpoolRelay relay;

    @BeforeEach
    void open() throws IOException {
        log = new LogRecorder();
        relay = open(OPTIONS);
    }

    @AfterEach
    void close() throws IOException {
        relay.close();
        log.close();
    }

    @Test
    void aMessageIsHandedOverAndForgotten() throws IOException {
        submit("joe@a.example", "ann@b.example", "bob@b.example", "ann@b.example");
        assertThat(relay.messages()).isEqualTo(1);

        run();

        assertThat(hop.taken())
                .containsExactly(
                        new RecordingHop.Taken("joe@a.example", "ann@b.example", MESSAGE),
                        new RecordingHop.Taken("joe@a.example", "bob@b.example", MESSAGE));
        assertThat(relay.messages()).isZero();
        assertThat(files()).isEmpty();
    }

    @Test
    void aMessageThatIsNotCommittedIsNone() throws IOException {
        try (Delivery delivery = relay.begin(envelope("joe@a.example", "ann@b.example"))) {
            delivery.message().write(MESSAGE.getBytes(UTF_8));
        }

        run();

        assertThat(hop.calls()).isEmpty();
        assertThat(files()).isEmpty();
        assertThat(relay.messages()).isZero();
    }

    @Test
    void onlyTheOwnerCanReadTheSpool() throws IOException {
        submit("joe@a.example", "ann@b.example");

        for (Path file : files()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("spool/queue"))))
                .isEqualTo("rwx------");
    }

    /** RFC 5321, section 4.5.4.1. */
    @Test
    void aDeferredMessageIsTriedAtGrowingIntervals() throws IOException {
        hop.defer("ann@b.example");
        submit("joe@a.example", "ann@b.example");

        List<Long> minutes = new ArrayList<>();
        for (int minute = 0; minute < 300; minute++) {
            if (relay.attemptNext()) {
                minutes.add(clock.elapsed().toMinutes());
            }
            clock.advance(Duration.ofMinutes(1));
        }

        // 5, 10, 20, 40, and then 4000 seconds each time, seen at whole minutes
        assertThat(minutes).containsExactly(0L, 5L, 15L, 35L, 75L, 142L, 209L, 276L);
    }

    @Test
    void onlyWhoHasNotGotItGetsItLater() throws IOException {
        hop.defer("ann@b.example");
        submit("joe@a.example", "ann@b.example", "bob@b.example");
        run();
        hop.mend();
        clock.advance(Duration.ofMinutes(5));
        run();

        assertThat(hop.calls()).containsExactly(List.of("ann@b.example", "bob@b.example"), List.of("ann@b.example"));
        assertThat(files()).isEmpty();
    }

    @Test
    void whoCannotGetItIsReportedToTheSender() throws IOException {
        hop.refuse("ann@b.example");
        submit("joe@a.example", "ann@b.example", "bob@b.example");

        run();

        assertThat(hop.taken("bob@b.example")).hasSize(1);
        RecordingHop.Taken report = hop.taken("joe@a.example").findFirst().orElseThrow();
        assertThat(report.from()).isEmpty();
        assertThat(report.text())
                .contains("To: joe@a.example\r\n", "Auto-Submitted: auto-replied\r\n", "report-type=delivery-status")
                .contains("Reporting-MTA: dns; us.example\r\n")
                .containsSubsequence(
                        "\r\n\r\nFinal-Recipient: rfc822; ann@b.example\r\n",
                        "Action: failed\r\n",
                        "Status: 5.1.1\r\n",
                        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n")
                .contains("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + MESSAGE)
                .doesNotContain("bob@b.example");
        assertThat(files()).isEmpty();
    }

    @Test
    void aMessageIsReturnedWhenItHasExpired() throws IOException {
        hop.defer("ann@b.example");
        submit("joe@a.example", "ann@b.example");

        for (int hour = 0; hour < 24 * 5; hour++) {
            run();
            clock.advance(Duration.ofHours(1));
        }
        assertThat(hop.taken()).isEmpty();
        clock.advance(Duration.ofHours(2));
        run();

        assertThat(hop.taken("joe@a.example").findFirst().orElseThrow().text())
                .contains("\r\nStatus: 4.4.7\r\nDiagnostic-Code: smtp; 450 4.2.1 not now\r\n", "tried for too long");
        assertThat(files()).isEmpty();
    }

    /** RFC 5321, section 4.5.5. */
    @Test
    void nobodyIsToldOfAReportThatCannotBeDelivered() throws IOException {
        hop.refuse("ann@b.example").refuse("joe@a.example");
        submit("joe@a.example", "ann@b.example");
        submit("", "ann@b.example");

        run();

        assertThat(hop.taken()).isEmpty();
        assertThat(hop.calls())
                .containsExactlyInAnyOrder(
                        List.of("ann@b.example"), List.of("ann@b.example"), List.of("joe@a.example"));
        assertThat(log.texts("nobody is told")).hasSize(2);
        assertThat(files()).isEmpty();
    }

    @Test
    void aSenderWhoIsNoMailboxOfOursGetsReports() throws IOException {
        hop.refuse("ann@b.example");
        submit("x/y.z/=@gate.example", "ann@b.example");

        run();

        assertThat(hop.taken("x/y.z/=@gate.example")).hasSize(1);
    }

    @Test
    void ofALargeMessageTheHeaderIsReturned() throws IOException {
        hop.refuse("ann@b.example");
        String large = "Subject: x\r\nX-Y: z\r\n folded\r\n\r\n" + "secret\r\n".repeat(10_000);
        submit(large, envelope("joe@a.example", "ann@b.example"));

        run();

        assertThat(hop.taken("joe@a.example").findFirst().orElseThrow().text())
                .contains(
                        "text/rfc822-headers\r\nContent-Transfer-Encoding: 7bit\r\n\r\nSubject: x\r\nX-Y: z\r\n folded\r\n\r\n--")
                .doesNotContain("secret");
    }

    @Test
    void aNextHopThatIsOutOfOrderIsLeftAloneForAWhile() throws IOException {
        hop.breakDown();
        submit("joe@a.example", "ann@b.example");
        submit("joe@a.example", "bob@b.example");
        run();
        clock.advance(Duration.ofSeconds(59));
        run();
        assertThat(hop.calls()).hasSize(1);

        hop.mend();
        clock.advance(Duration.ofSeconds(1));
        run();
        assertThat(hop.taken()).extracting(RecordingHop.Taken::to).containsExactly("bob@b.example");
        relay.retryNow();
        run();
        assertThat(hop.taken("ann@b.example")).hasSize(1);
    }

    @Test
    void aNextHopWithABugMakesMailWait() throws IOException {
        relay.close();
        relay = new SpoolRelay(
                folder.resolve("spool"),
                message -> {
                    throw new NoClassDefFoundError("a bug");
                },
                OPTIONS,
                new SpoolListener() {},
                clock,
                new SpoolFiles());
        submit("joe@a.example", "ann@b.example");

        run();

        assertThat(relay.messages()).isEqualTo(1);
    }

    @Test
    void manyRecipientsAreSentInParts() throws IOException {
        reopen(OPTIONS.withMaxRecipients(2));

        submit("joe@a.example", "a@b.example", "b@b.example", "c@b.example", "d@b.example", "e@b.example");
        run();

        assertThat(hop.calls()).extracting(List::size).containsExactly(2, 2, 1);
        assertThat(hop.taken()).hasSize(5);
    }

    @Test
    void allIsKnownAfterARestart() throws IOException {
        hop.defer("ann@b.example");
        submit("joe@a.example", "ann@b.example", "bob@b.example");
        run();
        hop.mend();

        reopen(OPTIONS);
        assertThat(relay.messages()).isEqualTo(1);
        run();
        assertThat(hop.taken()).hasSize(1); // not due
        clock.advance(Duration.ofMinutes(5));
        run();

        assertThat(hop.taken()).extracting(RecordingHop.Taken::to).containsExactly("bob@b.example", "ann@b.example");
    }

    @Test
    void aClockThatWasWrongDelaysNothing() throws IOException {
        hop.defer("ann@b.example");
        clock.advance(Duration.ofDays(4000));
        submit("joe@a.example", "ann@b.example");
        run();
        hop.mend();

        clock.advance(Duration.ofDays(-4000));
        run();

        assertThat(hop.taken()).hasSize(1);
    }

    @Test
    void aFullSpoolAcceptsNothingButReports() throws IOException {
        reopen(OPTIONS.withMaxMessages(2));
        submit("joe@a.example", "ann@b.example");
        submit("joe@a.example", "ann@b.example");
        assertThatThrownBy(() -> submit("joe@a.example", "ann@b.example"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("full");

        hop.refuse("ann@b.example");
        run();

        assertThat(hop.taken("joe@a.example")).hasSize(2);
        assertThatCode(() -> submit("joe@a.example", "ann@b.example")).doesNotThrowAnyException();
    }

    @Test
    void messagesThatAreTooLargeTogetherAreNotAccepted() throws IOException {
        reopen(OPTIONS.withMaxOctets(100_000));
        String large = "x".repeat(60_000);
        submit(large, envelope("joe@a.example", "ann@b.example"));
        assertThatThrownBy(() -> submit(large, envelope("joe@a.example", "ann@b.example")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("full");
        assertThat(files()).hasSize(2);

        run();

        assertThatCode(() -> submit(large, envelope("joe@a.example", "ann@b.example")))
                .doesNotThrowAnyException();
        run();
        assertThat(hop.taken()).extracting(RecordingHop.Taken::text).containsExactly(large, large);
    }

    @Test
    void aFolderBelongsToOneSpool() throws IOException {
        assertThatThrownBy(() -> open(OPTIONS)).isInstanceOf(IOException.class).hasMessageContaining("in use");
        submit("joe@a.example", "ann@b.example");
        run();
        assertThat(hop.taken()).hasSize(1);
    }

    @Test
    void whatCannotBeUnderstoodIsLeftAlone() throws IOException {
        submit("joe@a.example", "ann@b.example");
        submit("joe@a.example", "bob@b.example");
        relay.close();
        Path envelope = files().stream()
                .filter(file -> file.toString().endsWith(".env"))
                .findFirst()
                .orElseThrow();
        Files.writeString(envelope, Files.readString(envelope).replace("end\n", ""));

        relay = open(OPTIONS);
        run();

        assertThat(hop.taken()).hasSize(1);
        assertThat(files()).hasSize(2).contains(envelope);
        assertThat(log.texts("left alone")).hasSize(1);
    }

    @Test
    void nothingIsAcceptedOnceItIsClosed() throws IOException {
        Delivery late = relay.begin(envelope("joe@a.example", "ann@b.example"));
        late.message().write(MESSAGE.getBytes(UTF_8));
        relay.close();

        assertThatThrownBy(late::commit).isInstanceOf(IOException.class);
        late.close();
        assertThatThrownBy(() -> relay.begin(envelope("joe@a.example", "ann@b.example")))
                .isInstanceOf(IOException.class);
        assertThat(files()).isEmpty();
    }

    @Test
    void itSendsByItselfOnceItIsStarted() throws IOException {
        submit("joe@a.example", "ann@b.example");
        relay.start();
        submit("joe@a.example", "bob@b.example");

        Awaitility.await().until(() -> hop.taken().size() == 2 && relay.messages() == 0);
        relay.close();
        assertThat(files()).isEmpty();
    }

    @Test
    void closingBreaksOffWhatTakesTooLong() throws Exception {
        relay.close();
        CountDownLatch sending = new CountDownLatch(1);
        relay = new SpoolRelay(
                folder.resolve("spool"),
                message -> {
                    sending.countDown();
                    try {
                        TimeUnit.HOURS.sleep(1);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    throw new IOException("broken off");
                },
                OPTIONS,
                new SpoolListener() {},
                clock,
                new SpoolFiles());
        submit("joe@a.example", "ann@b.example");
        relay.start();
        assertThat(sending.await(10, TimeUnit.SECONDS)).isTrue();

        assertThatIllegalArgumentException().isThrownBy(() -> relay.closeGracefully(Duration.ofNanos(-1)));
        relay.closeGracefully(Duration.ZERO);

        assertThat(Files.readString(files().get(0)))
                .contains("attempts: 1\n", "the next host cannot be reached\nend\n");
    }

    private SpoolRelay open(SpoolOptions options) throws IOException {
        return new SpoolRelay(folder.resolve("spool"), hop, options, new SpoolListener() {}, clock, new SpoolFiles());
    }

    private void reopen(SpoolOptions options) throws IOException {
        relay.close();
        relay = open(options);
    }

    private void run() {
        while (relay.attemptNext()) {}
    }

    private void submit(String from, String... to) throws IOException {
        submit(MESSAGE, envelope(from, to));
    }

    private void submit(String text, Envelope envelope) throws IOException {
        try (Delivery delivery = relay.begin(envelope)) {
            delivery.message().write(text.getBytes(UTF_8));
            delivery.commit();
        }
    }

    private static Envelope envelope(String from, String... to) {
        return new Envelope(
                new ReversePath(from), Stream.of(to).map(MailAddress::of).toList());
    }

    /** What is in the queue and in tmp, in order. */
    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve("spool"))) {
            return all.filter(file -> Files.isRegularFile(file) && !file.endsWith("lock"))
                    .sorted()
                    .toList();
        }
    }
}
