package org.vmail.delivery;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.delivery.RecordingTarget.Step;
import org.vmail.directory.Quota;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.maildir.MaildirStore;

/** Recipients of one message whose copies are written and committed at the same time. */
@Timeout(60)
class ParallelCopiesTest {
    private static final MessageSource MESSAGE = MessageSource.of("Subject: x\r\n\r\nbody\r\n".getBytes(ISO_8859_1));
    private static final Outcome ACCEPTED = new Outcome.Accepted();
    private static final int PATIENCE_SECONDS = 20;

    private final RecordingTarget target = new RecordingTarget();

    @TempDir
    private Path folder;

    /** Calls somebody before each step of each delivery, and behind it closes. */
    private final class Watched implements DeliveryTarget {
        private final Map<Step, Consumer<String>> watchers;
        private final List<String> closed = new CopyOnWriteArrayList<>();

        Watched(Map<Step, Consumer<String>> watchers) {
            this.watchers = watchers;
        }

        @Override
        public Delivery begin(MailAddress account) throws IOException {
            watch(Step.BEGIN, account);
            Delivery delivery = target.begin(account);
            return new Delivery() {
                @Override
                public OutputStream message() {
                    watch(Step.WRITE, account);
                    return delivery.message();
                }

                @Override
                public void commit() throws IOException {
                    watch(Step.COMMIT, account);
                    delivery.commit();
                }

                @Override
                public void close() throws IOException {
                    delivery.close();
                    closed.add(account.toString());
                    if (account.localPart().startsWith("bad")) {
                        throw new IllegalStateException("cause-1234567");
                    }
                }
            };
        }

        private void watch(Step step, MailAddress account) {
            watchers.getOrDefault(step, ignored -> {}).accept(account.localPart());
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"WRITE", "COMMIT"})
    void asManyAsAllowedAreAtTheSameStepAndNoMore(Step step) {
        CyclicBarrier together = new CyclicBarrier(4);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Watched watched = new Watched(Map.of(step, mailbox -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            pass(together);
            now.decrementAndGet();
        }));

        List<String> recipients = numbered(12);
        List<DeliveryResult> results = deliver(deliverer(watched).withParallelCopies(4, 64), recipients);

        assertThat(results)
                .as("in the order of the recipients")
                .extracting(result -> result.recipient().toString())
                .isEqualTo(recipients);
        assertThat(results).extracting(DeliveryResult::outcome).containsOnly(ACCEPTED);
        assertThat(most).hasValue(4);
        assertThat(target.mailboxes()).containsExactlyInAnyOrderElementsOf(recipients);
        assertThat(target.open()).isZero();
    }

    @Test
    void aResultIsToldWhileTheNextMailboxIsBeingCommitted() {
        CountDownLatch firstTold = new CountDownLatch(1);
        Watched watched = new Watched(Map.of(Step.COMMIT, mailbox -> {
            if (mailbox.equals("r1")) {
                pass(firstTold);
            }
        }));
        List<Outcome> outcomes = new ArrayList<>();
        deliverer(watched).withParallelCopies(2, 64).deliver(envelope(numbered(2)), MESSAGE, result -> {
            firstTold.countDown();
            outcomes.add(result.outcome());
        });

        assertThat(outcomes).containsExactly(ACCEPTED, ACCEPTED);
    }

    @Test
    void nobodyIsToldBeforeTheirMailboxIsCommitted() {
        Deliverer deliverer = deliverer(target).withParallelCopies(4, 64);
        for (int i = 1; i <= 200; i++) {
            int copies = i;
            deliverer.deliver(
                    envelope(numbered(8)),
                    MESSAGE,
                    result -> assertThat(target.messages(result.recipient().toString()))
                            .hasSize(copies));
        }
    }

    @Test
    void aMailboxOfSeveralRecipientsIsCommittedOnceAndByTheCallingThread() {
        Map<String, Thread> committers = new ConcurrentHashMap<>();
        Watched watched = new Watched(Map.of(
                Step.COMMIT,
                mailbox -> assertThat(committers.put(mailbox, Thread.currentThread()))
                        .as(mailbox)
                        .isNull()));
        RecipientRouter router = recipient -> recipient.localPart().equals("both")
                ? new Routing.Alias(Set.of(), List.of(MailAddress.of("joe@a.example"), MailAddress.of("ann@a.example")))
                : new Routing.Mailbox(recipient);

        assertThat(deliver(
                        Deliverer.over(router, watched).withParallelCopies(8, 64),
                        List.of(
                                "x@a.example",
                                "joe@a.example",
                                "both@a.example",
                                "joe@a.example",
                                "ann@a.example",
                                "both@a.example")))
                .extracting(DeliveryResult::outcome)
                .containsOnly(ACCEPTED);
        assertThat(committers).containsOnlyKeys("x", "joe", "ann");
        assertThat(committers.get("joe")).isEqualTo(Thread.currentThread());
        assertThat(committers.get("ann")).isEqualTo(Thread.currentThread());
        assertThat(target.messages("joe@a.example")).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void aMailboxThatThrowsWhatNobodyExpectsIsItsRecipientsFailureOnly(Step step) {
        Watched watched = new Watched(Map.of(step, mailbox -> {
            if (mailbox.equals("r1") || mailbox.equals("r2")) {
                throw new IllegalStateException("cause-1234567");
            }
        }));

        List<DeliveryResult> results = deliver(deliverer(watched).withParallelCopies(4, 64), numbered(5));
        assertThat(results)
                .extracting(result -> result.outcome().status())
                .containsExactly(
                        EnhancedStatus.RECIPIENT_VALID,
                        EnhancedStatus.MAILBOX_UNAVAILABLE,
                        EnhancedStatus.MAILBOX_UNAVAILABLE,
                        EnhancedStatus.RECIPIENT_VALID,
                        EnhancedStatus.RECIPIENT_VALID);
        assertThat(target.mailboxes()).containsExactlyInAnyOrder("r0@a.example", "r3@a.example", "r4@a.example");
        assertThat(target.open()).as("deliveries left open").isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aCopyThatCannotBeClosedKeepsNoOtherOneOpen(int copies) {
        Watched watched = new Watched(Map.of());
        Deliverer deliverer = deliverer(watched).withParallelCopies(copies, 64);

        assertThat(deliver(deliverer, List.of("bad1@a.example", "joe@a.example", "bad2@a.example", "ann@a.example")))
                .as("it is committed all the same, and would come a second time")
                .extracting(DeliveryResult::outcome)
                .containsOnly(ACCEPTED);
        assertThat(target.open()).isZero();

        List<String> mailboxes = List.of("joe@a.example", "bad1@a.example", "bad2@a.example", "ann@a.example");
        RecipientRouter list = recipient -> recipient.localPart().equals("list")
                ? new Routing.Alias(
                        Set.of(), mailboxes.stream().map(MailAddress::of).toList())
                : new Routing.Mailbox(recipient);
        mailboxes.forEach(mailbox -> target.failAt(Step.COMMIT, mailbox));
        assertThat(deliver(Deliverer.over(list, watched).withParallelCopies(copies, 64), List.of("list@a.example")))
                .as("the first commit fails, and what is not committed is closed by the batch")
                .extracting(DeliveryResult::outcome)
                .hasOnlyElementsOfType(Outcome.Deferred.class);
        assertThat(watched.closed.subList(4, watched.closed.size())).containsExactlyInAnyOrderElementsOf(mailboxes);
        assertThat(target.open()).isZero();
    }

    @Test
    void anInterruptEndsCommitsOfOtherThreadsWhichFailOrAreTold() throws IOException {
        MaildirStore store = MaildirStore.under(folder);
        Deliverer deliverer = deliverer(store).withParallelCopies(4, 64);
        List<String> recipients = numbered(8);
        List<DeliveryResult> results = new ArrayList<>();
        deliverer.deliver(envelope(recipients), MESSAGE, result -> {
            results.add(result);
            if (results.size() == 2) {
                Thread.currentThread().interrupt();
            }
        });

        assertThat(Thread.interrupted()).isTrue();
        assertThat(results).extracting(result -> result.recipient().toString()).isEqualTo(recipients);
        for (DeliveryResult result : results) {
            assertThat(stored(result.recipient().localPart()))
                    .as("%s", result)
                    .isEqualTo(result.outcome().equals(ACCEPTED) ? 1 : 0);
        }
    }

    @Test
    void theLastRoomOfAMailboxIsGivenOnce() throws Exception {
        int room = 7;
        MaildirStore store =
                MaildirStore.under(folder).withQuota(QuotaPolicy.of(QuotaLimits.forAll(Quota.ofMessages(room))));
        Deliverer deliverer = deliverer(store).withParallelCopies(4, 64);
        Map<String, AtomicInteger> accepted = new ConcurrentHashMap<>();
        CyclicBarrier begin = new CyclicBarrier(3);
        List<Thread> senders = IntStream.range(0, 3)
                .mapToObj(sender -> new Thread(() -> {
                    pass(begin);
                    for (int i = 0; i < 4; i++) {
                        for (DeliveryResult result : deliver(deliverer, numbered(6))) {
                            if (result.outcome().equals(ACCEPTED)) {
                                accepted.computeIfAbsent(result.recipient().localPart(), name -> new AtomicInteger())
                                        .incrementAndGet();
                            }
                        }
                    }
                }))
                .toList();
        senders.forEach(Thread::start);
        for (Thread sender : senders) {
            sender.join();
        }

        for (int i = 0; i < 6; i++) {
            assertThat(stored("r" + i)).as("r" + i).isEqualTo(room);
            assertThat(accepted.get("r" + i)).as("r" + i).hasValue(room);
        }
    }

    private int stored(String mailbox) throws IOException {
        int count = 0;
        for (String part : List.of("new", "tmp")) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(
                    folder.resolve("a.example").resolve(mailbox).resolve(part))) {
                for (Path ignored : files) {
                    count++;
                }
            }
        }
        return count;
    }

    private static Deliverer deliverer(DeliveryTarget target) {
        return Deliverer.over((RecipientRouter) Routing.Mailbox::new, target);
    }

    private static List<String> numbered(int count) {
        return IntStream.range(0, count).mapToObj(i -> "r" + i + "@a.example").toList();
    }

    private static List<DeliveryResult> deliver(Deliverer deliverer, List<String> recipients) {
        return deliverer.deliver(envelope(recipients), MESSAGE);
    }

    private static Envelope envelope(List<String> recipients) {
        return new Envelope(
                new ReversePath("sender@x.example"),
                recipients.stream().map(MailAddress::of).toList());
    }

    private static void pass(CyclicBarrier barrier) {
        try {
            barrier.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static void pass(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
