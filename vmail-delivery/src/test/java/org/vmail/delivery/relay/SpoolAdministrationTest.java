package org.vmail.delivery.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.delivery.Envelope;
import org.vmail.delivery.Outcome;
import org.vmail.delivery.ReversePath;
import org.vmail.mailbox.Delivery;
import org.vmail.net.LogRecorder;

/** What an administrator sees of a spool and does with its messages, and what its listener hears. */
class SpoolAdministrationTest {
    private static final String MESSAGE = "Subject: x\r\n\r\nbody\r\n";
    private static final SpoolOptions OPTIONS = SpoolOptions.defaults().withHostName("us.example");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    private final SettableClock clock = new SettableClock();
    private final RecordingHop hop = new RecordingHop();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private SpoolAdministration administration;
    private LogRecorder log;
    private SpoolRelay relay;

    /** Writes down all that it hears. */
    private final class Heard implements SpoolListener {
        @Override
        public void queued(SpooledMessage message) {
            heard.add("queued " + message.reversePath() + " " + message.octets());
        }

        @Override
        public void tried(SpooledMessage message, ForwardPath recipient, Outcome outcome) {
            heard.add("tried " + message.recipients().size() + " " + recipient + " " + outcome.text());
        }

        @Override
        public void returned(SpooledMessage message) {
            heard.add("returned " + paths(message));
        }

        @Override
        public void ended(SpooledMessage message) {
            heard.add("ended " + message.reversePath() + " " + paths(message));
        }

        private static List<ForwardPath> paths(SpooledMessage message) {
            return message.recipients().stream()
                    .map(SpooledMessage.Recipient::path)
                    .toList();
        }
    }

    @BeforeEach
    void open() throws IOException {
        log = new LogRecorder();
        relay = open(hop);
        administration = SpoolAdministration.of(folder.resolve("spool"));
    }

    @AfterEach
    void close() throws IOException {
        relay.close();
        log.close();
    }

    @Test
    void bothSeeWhatWaitsForWhomAndWhy() throws IOException {
        hop.defer("ann@b.example");
        submit("joe@a.example", "ann@b.example", "bob@b.example");
        run();
        clock.advance(Duration.ofMinutes(1));
        submit("", "new@b.example");

        List<SpooledMessage> messages = administration.messages();

        assertThat(messages)
                .isEqualTo(relay.list())
                .satisfiesExactly(
                        older -> {
                            assertThat(older.reversePath().address()).isEqualTo("joe@a.example");
                            assertThat(older.octets()).isEqualTo(MESSAGE.length());
                            assertThat(older.attempts()).isEqualTo(1);
                            assertThat(older.next()).isEqualTo(older.arrived().plus(Duration.ofMinutes(5)));
                            assertThat(older.recipients())
                                    .containsExactly(new SpooledMessage.Recipient(
                                            new ForwardPath("ann@b.example"), Optional.of("4.2.1 450 4.2.1 not now")));
                            assertThat(text(older.id())).contains(MESSAGE);
                        },
                        newer -> {
                            assertThat(newer.attempts()).isZero();
                            assertThat(newer.recipients())
                                    .containsExactly(new SpooledMessage.Recipient(
                                            new ForwardPath("new@b.example"), Optional.empty()));
                        });
        assertThat(text("1.2.3.4")).isEmpty();
        assertThat(text("../lock")).isEmpty();
    }

    @Test
    void oneThatIsTriedAgainNowLeavesTheOthersWaiting() throws IOException {
        hop.defer("ann@b.example").defer("bob@b.example");
        submit("joe@a.example", "ann@b.example");
        submit("joe@a.example", "bob@b.example");
        run();
        hop.mend();

        ask(SpoolAction.RETRY, idOf("ann@b.example"));

        assertThat(hop.taken()).extracting(RecordingHop.Taken::to).containsExactly("ann@b.example");
        assertThat(administration.retryAll(Duration.ZERO)).isFalse();
        relay.handleRequests();
        assertThat(administration.retryAll(Duration.ZERO)).isFalse();
        run();
        assertThat(hop.taken()).hasSize(2);
    }

    @Test
    void aPauseEndsForOneThatIsTriedNow() throws IOException {
        hop.breakDown();
        submit("joe@a.example", "ann@b.example");
        run();
        hop.mend();

        ask(SpoolAction.RETRY, idOf("ann@b.example"));

        assertThat(hop.taken("ann@b.example")).hasSize(1);
    }

    @Test
    void whatIsReturnedIsReportedWithTheLastReply() throws IOException {
        hop.defer("ann@b.example");
        submit("joe@a.example", "ann@b.example");
        run();
        submit("joe@a.example", "bob@b.example");
        hop.mend();

        ask(SpoolAction.RETURN, idOf("ann@b.example"));
        ask(SpoolAction.RETURN, idOf("joe@a.example")); // nobody has it any more

        assertThat(hop.taken("joe@a.example"))
                .singleElement()
                .satisfies(report -> assertThat(report.text())
                        .contains(
                                "\r\nFinal-Recipient: rfc822; ann@b.example\r\nAction: failed\r\nStatus: 5.0.0\r\n",
                                "x-vmail; given up by the administrator; the last time: 450 4.2.1 not now\r\n"));
        assertThat(hop.taken("ann@b.example")).isEmpty();
        assertThat(hop.taken("bob@b.example")).hasSize(1);
        assertThat(relay.messages()).isZero();
    }

    /** A crash behind the request that was dealt with must not make it wait for the next host again. */
    @Test
    void whatIsReturnedStaysReturnedAfterARestart() throws IOException {
        hop.defer("ann@b.example");
        submit("joe@a.example", "ann@b.example");
        run();
        hop.mend();
        assertThat(relay.apply(SpoolAction.RETURN, idOf("ann@b.example"))).isTrue();

        relay.close();
        relay = open(hop);
        run();

        assertThat(hop.taken("ann@b.example")).isEmpty();
        assertThat(hop.taken("joe@a.example")).hasSize(1);
    }

    @Test
    void whatIsDroppedIsGoneAndNobodyIsTold() throws IOException {
        hop.defer("ann@b.example");
        submit("joe@a.example", "ann@b.example");
        run();

        ask(SpoolAction.DROP, idOf("ann@b.example"));

        assertThat(administration.messages()).isEmpty();
        assertThat(relay.messages()).isZero();
        assertThat(hop.taken()).isEmpty();
        assertThat(files("queue")).isEmpty();
        assertThat(heard)
                .containsExactly(
                        "queued <joe@a.example> 20",
                        "tried 1 <ann@b.example> 450 4.2.1 not now",
                        "ended <joe@a.example> [<ann@b.example>]");
    }

    @Test
    void whatIsAskedForWhileNobodyRunsIsDoneBeforeAnythingIsSent() throws IOException {
        submit("joe@a.example", "ann@b.example");
        submit("joe@a.example", "bob@b.example");
        relay.close();

        assertThat(administration.request(SpoolAction.DROP, List.of(idOf("ann@b.example")), Duration.ZERO))
                .isFalse();
        assertThat(administration.messages()).hasSize(2);
        relay = open(hop);
        relay.start();

        Awaitility.await().until(() -> relay.messages() == 0);
        assertThat(hop.calls()).containsExactly(List.of("bob@b.example"));
        assertThat(files("requests")).isEmpty();
    }

    @Test
    void aServerThatRunsDoesItWithinItsPatience() throws IOException {
        hop.defer("ann@b.example");
        relay.start();
        submit("joe@a.example", "ann@b.example");
        Awaitility.await().until(() -> relay.list().get(0).attempts() == 1);

        assertThat(administration.request(SpoolAction.DROP, List.of(idOf("ann@b.example")), PATIENCE))
                .isTrue();

        assertThat(administration.messages()).isEmpty();
    }

    @Test
    void whatIsBeingSentIsDroppedBehindThatUnlessItWasTaken() throws Exception {
        CountDownLatch sending = new CountDownLatch(1);
        CountDownLatch answered = new CountDownLatch(1);
        relay.close();
        relay = open(message -> {
            sending.countDown();
            try {
                answered.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            throw new IOException("no answer");
        });
        submit("joe@a.example", "ann@b.example");
        String id = idOf("ann@b.example");
        relay.start();
        assertThat(sending.await(20, TimeUnit.SECONDS)).isTrue();

        assertThat(relay.list()).hasSize(1);
        assertThat(relay.apply(SpoolAction.DROP, id)).isFalse();
        assertThat(administration.request(SpoolAction.DROP, List.of(id), Duration.ZERO))
                .isFalse();
        relay.handleRequests();
        assertThat(administration.messages()).hasSize(1);
        answered.countDown();

        assertThat(administration.request(SpoolAction.DROP, List.of(id), PATIENCE))
                .isTrue();
        assertThat(administration.messages()).isEmpty();
    }

    @Test
    void whatCannotBeDroppedWaitsAsBeforeAndIsDroppedLater() throws IOException {
        hop.defer("ann@b.example");
        submit("joe@a.example", "ann@b.example");
        run();
        String id = idOf("ann@b.example");
        Path queue = folder.resolve("spool/queue");
        Path aside = folder.resolve("aside");

        // A folder in the place of the envelope cannot be deleted while there is something in it.
        Path envelope = queue.resolve(id + ".env");
        Files.move(envelope, aside);
        Files.createDirectory(envelope);
        Files.createFile(envelope.resolve("x"));
        ask(SpoolAction.DROP, id);
        ask(SpoolAction.DROP, id);
        assertThat(relay.messages()).isEqualTo(1);
        assertThat(log.texts("What an administrator asks for")).hasSize(1);

        Files.delete(envelope.resolve("x"));
        Files.delete(envelope);
        Files.move(aside, envelope);
        ask(SpoolAction.DROP, id);
        assertThat(relay.messages()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "1.2.3", "../../1.2.3.4", "1.2.3.4/", "1.2.3.4.5", "all"})
    void whatIsNoIdIsRefused(String id) throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> administration.request(SpoolAction.DROP, List.of("1.2.3.4", id), Duration.ZERO));
        assertThat(files("requests")).isEmpty();
    }

    @Test
    void whereNoSpoolIsNothingIsListedOrAsked() throws IOException {
        SpoolAdministration nowhere = SpoolAdministration.of(folder.resolve("nowhere"));

        assertThatIOException().isThrownBy(nowhere::messages).withMessageContaining("no spool");
        assertThatIOException()
                .isThrownBy(() -> nowhere.retryAll(Duration.ZERO))
                .withMessageContaining("no spool");
        assertThat(folder.resolve("nowhere")).doesNotExist();
    }

    @Test
    void aFileThatIsNoRequestIsLeftAloneAndToldOnce() throws IOException {
        Path file = Files.createFile(folder.resolve("spool/requests/all.drop"));

        relay.handleRequests();
        relay.handleRequests();

        assertThat(file).exists();
        assertThat(log.texts("no request of an administrator")).hasSize(1);
    }

    @Test
    void aFolderOfRequestsThatCannotBeReadIsToldOnceEachTimeThatItGoes() throws IOException {
        Path requests = folder.resolve("spool/requests");
        for (int i = 0; i < 2; i++) {
            Files.delete(requests);
            relay.handleRequests();
            relay.handleRequests();
            Files.createDirectory(requests);
            relay.handleRequests();
        }

        assertThat(log.texts("What an administrator asks for")).hasSize(2);
    }

    @Test
    void anEnvelopeThatCannotBeUnderstoodIsLeftOut() throws IOException {
        submit("joe@a.example", "ann@b.example");
        submit("joe@a.example", "bob@b.example");
        Path envelope = folder.resolve("spool/queue").resolve(idOf("ann@b.example") + ".env");
        Files.writeString(envelope, "half");

        assertThat(administration.messages()).hasSize(1);
        assertThat(log.texts("left alone")).hasSize(1);
    }

    @Test
    void aClosedSpoolLeavesTheFolderToTheNextOne() throws IOException {
        submit("joe@a.example", "ann@b.example");
        String id = idOf("ann@b.example");
        relay.close();

        assertThatIOException()
                .isThrownBy(() -> relay.apply(SpoolAction.DROP, id))
                .withMessageContaining("closed");
        administration.request(SpoolAction.DROP, List.of(id), Duration.ZERO);
        relay.handleRequests();

        assertThat(administration.messages()).hasSize(1);
        assertThat(files("requests")).hasSize(1);
    }

    @Test
    void theListenerHearsOfEachRecipientOfReportsAndOfTheEnd() throws IOException {
        hop.refuse("ann@b.example").defer("late@b.example");
        submit("joe@a.example", "ann@b.example", "bob@b.example", "late@b.example");
        run();
        hop.mend();
        clock.advance(Duration.ofMinutes(5));
        run();

        assertThat(heard)
                .satisfiesExactly(
                        one -> assertThat(one).isEqualTo("queued <joe@a.example> 20"),
                        one -> assertThat(one).isEqualTo("tried 3 <ann@b.example> 550 5.1.1 no such user"),
                        one -> assertThat(one).startsWith("tried 3 <bob@b.example> "),
                        one -> assertThat(one).isEqualTo("tried 3 <late@b.example> 450 4.2.1 not now"),
                        one -> assertThat(one).startsWith("queued <> "),
                        one -> assertThat(one).isEqualTo("returned [<ann@b.example>]"),
                        one -> assertThat(one).startsWith("tried 1 <joe@a.example> "),
                        one -> assertThat(one).isEqualTo("ended <> []"),
                        one -> assertThat(one).startsWith("tried 1 <late@b.example> "),
                        one -> assertThat(one).isEqualTo("ended <joe@a.example> []"));
    }

    @Test
    void whatAListenerThrowsHarmsNobody() throws IOException {
        relay.close();
        relay = new SpoolRelay(
                folder.resolve("spool"),
                hop.refuse("ann@b.example"),
                OPTIONS,
                new SpoolListener() {
                    @Override
                    public void queued(SpooledMessage message) {
                        throw new NoClassDefFoundError("queued");
                    }

                    @Override
                    public void tried(SpooledMessage message, ForwardPath recipient, Outcome outcome) {
                        throw new IllegalStateException("tried");
                    }

                    @Override
                    public void returned(SpooledMessage message) {
                        throw new IllegalStateException("returned");
                    }

                    @Override
                    public void ended(SpooledMessage message) {
                        throw new IllegalStateException("ended");
                    }
                },
                clock,
                new SpoolFiles());
        submit("joe@a.example", "ann@b.example", "bob@b.example");
        run();

        assertThat(hop.taken()).extracting(RecordingHop.Taken::to).containsExactly("bob@b.example", "joe@a.example");
        assertThat(relay.messages()).isZero();
        assertThat(log.texts("A listener of the spool failed")).hasSizeGreaterThanOrEqualTo(4);
    }

    private SpoolRelay open(NextHop next) throws IOException {
        return new SpoolRelay(folder.resolve("spool"), next, OPTIONS, new Heard(), clock, new SpoolFiles());
    }

    /** Asks, and lets the spool do it and what is due then. */
    private void ask(SpoolAction action, String id) throws IOException {
        administration.request(action, List.of(id), Duration.ZERO);
        relay.handleRequests();
        run();
    }

    private void run() {
        while (relay.attemptNext()) {}
    }

    private void submit(String from, String... to) throws IOException {
        Envelope envelope = new Envelope(
                new ReversePath(from), Stream.of(to).map(MailAddress::of).toList());
        try (Delivery delivery = relay.begin(envelope)) {
            delivery.message().write(MESSAGE.getBytes(UTF_8));
            delivery.commit();
        }
    }

    /** The id of the message that waits for somebody, or of none. */
    private String idOf(String recipient) throws IOException {
        return administration.messages().stream()
                .filter(message -> message.recipients().stream()
                        .anyMatch(waiting -> waiting.path().address().equals(recipient)))
                .map(SpooledMessage::id)
                .findFirst()
                .orElse("1.2.3.4");
    }

    private Optional<String> text(String id) throws IOException {
        Optional<InputStream> content = administration.content(id);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = content.get()) {
            return Optional.of(new String(in.readAllBytes(), UTF_8));
        }
    }

    private List<Path> files(String part) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.list(folder.resolve("spool").resolve(part))) {
            all.forEach(files::add);
        }
        return files;
    }
}
