package org.vmail.mailbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;

/**
 * What every store with quotas has to do.
 *
 * @param <S> a store that both serves mail and takes it in
 */
public abstract class QuotaContract<S extends MaildropStore & DeliveryTarget> {
    /** An account that the store must know. */
    protected static final MailAddress JOE = MailAddress.of("joe@a.example");

    /** Another one. */
    protected static final MailAddress ANN = MailAddress.of("ann@a.example");

    private static final int LARGE = 10_000;
    private static final String TEXT = "Subject: x\r\n\r\n" + "0123456789abcdef\r\n".repeat(600);

    private final List<String> warnings = new ArrayList<>();

    /**
     * Makes a store whose mailboxes are empty when the first is made.
     *
     * @param policy its quotas
     * @return the store
     * @throws Exception if that fails
     */
    protected abstract S store(QuotaPolicy policy) throws Exception;

    @Test
    void thereIsRoomUpToTheNumberOfMessages() throws Exception {
        S store = store(Quota.ofMessages(3));
        for (int i = 0; i < 3; i++) {
            assertThat(store.overQuota(JOE, 0)).isEmpty();
            assertThat(deliver(store, JOE, "x\r\n")).isTrue();
        }
        assertThat(deliver(store, JOE, "x\r\n")).isFalse();
        assertThat(store.overQuota(JOE, 0)).isPresent();
        assertThat(messages(store, JOE)).hasSize(3);
        assertThat(deliver(store, ANN, "x\r\n")).as("another account").isTrue();
    }

    @Test
    void thereIsRoomUpToTheNumberOfOctets() throws Exception {
        S store = store(Quota.ofOctets(3L * TEXT.length() + LARGE / 2));
        for (int i = 0; i < 3; i++) {
            assertThat(store.overQuota(JOE, TEXT.length())).isEmpty();
            assertThat(deliver(store, JOE, TEXT)).isTrue();
        }
        assertThat(store.overQuota(JOE, TEXT.length())).isPresent();
        assertThat(deliver(store, JOE, TEXT)).isFalse();
        assertThat(store.overQuota(JOE, 100)).as("a small one fits").isEmpty();
        assertThat(deliver(store, JOE, "small\r\n")).isTrue();
    }

    @Test
    void aRefusalSaysWhatThereIsAndWhatMayBe() throws Exception {
        Quota quota = Quota.ofMessages(1);
        S store = store(quota);
        deliver(store, JOE, TEXT);
        BeginResult.OverQuota why = store.overQuota(JOE, 5).orElseThrow();
        assertThat(why.quota()).isEqualTo(quota);
        assertThat(why.usage().messages()).isEqualTo(1);
        assertThat(why.permanent()).isFalse();
        assertThat(store.begin(JOE, 5)).isEqualTo(why);
    }

    @ParameterizedTest
    @CsvSource({"0,100,1", "0,100,0", "100,0,1", "99,100,100"})
    void whatNeverFitsIsRefusedForGood(long octets, long messages, long size) throws Exception {
        S store = store(new Quota(octets, messages));
        assertThat(store.overQuota(JOE, size))
                .get()
                .extracting(BeginResult.OverQuota::permanent)
                .isEqualTo(true);
        assertThat(store.begin(JOE, size)).isInstanceOf(BeginResult.OverQuota.class);
        assertThat(messages(store, JOE)).isEmpty();
    }

    @Test
    void withoutAQuotaEverythingFits() throws Exception {
        for (S store : List.of(store(Quota.UNLIMITED), store(QuotaPolicy.NONE))) {
            assertThat(store.overQuota(JOE, Long.MAX_VALUE)).isEmpty();
            assertThat(deliver(store, JOE, TEXT)).isTrue();
        }
    }

    @Test
    void aDeliveryUnderWayHasItsRoom() throws Exception {
        S store = store(Quota.ofMessages(1));
        try (Delivery first = begin(store, JOE, 1).orElseThrow()) {
            assertThat(begin(store, JOE, 1)).isEmpty();
            first.message().write(1);
        }
        try (Delivery second = begin(store, JOE, 1).orElseThrow()) {
            second.message().write(1);
            second.commit();
        }
        assertThat(begin(store, JOE, 1)).isEmpty();
    }

    @Test
    void theOctetsOfADeliveryUnderWayAreItsOwn() throws Exception {
        S store = store(Quota.ofOctets(2L * LARGE));
        try (Delivery first = begin(store, JOE, LARGE + 1).orElseThrow()) {
            assertThat(store.overQuota(JOE, LARGE)).isPresent();
            assertThat(begin(store, JOE, LARGE)).isEmpty();
            first.message().write(1);
            first.commit();
        }
        assertThat(begin(store, JOE, LARGE))
                .as("what was not written is free again")
                .isPresent()
                .get()
                .satisfies(Delivery::close);
    }

    @Test
    void closingTwiceGivesRoomBackOnce() throws Exception {
        S store = store(Quota.ofMessages(2));
        deliver(store, JOE, "x\r\n");
        Delivery delivery = begin(store, JOE, 1).orElseThrow();
        delivery.close();
        delivery.close();
        assertThat(deliver(store, JOE, "x\r\n")).isTrue();
        assertThat(deliver(store, JOE, "x\r\n")).isFalse();
    }

    @Test
    void aCommittedDeliveryThatIsClosedStillCounts() throws Exception {
        S store = store(Quota.ofMessages(1));
        Delivery delivery = begin(store, JOE, 1).orElseThrow();
        delivery.commit();
        delivery.close();
        assertThat(begin(store, JOE, 1)).isEmpty();
    }

    @Test
    void aMessageLargerThanAnnouncedNeedsRoomToo() throws Exception {
        S store = store(Quota.ofOctets(TEXT.length() + LARGE / 2));
        try (Delivery large = begin(store, JOE, 1).orElseThrow()) {
            large.message().write(TEXT.repeat(3).getBytes(US_ASCII));
            assertThatIOException().isThrownBy(large::commit);
        }
        assertThat(messages(store, JOE)).isEmpty();
        try (Delivery fits = begin(store, JOE, 1).orElseThrow()) {
            fits.message().write(TEXT.getBytes(US_ASCII));
            fits.commit();
        }
        assertThat(store.overQuota(JOE, TEXT.length() + 1)).isPresent();
    }

    @Test
    void whatIsRemovedMakesRoom() throws Exception {
        S store = store(new Quota(3L * TEXT.length() + LARGE / 2, 3));
        for (int i = 0; i < 3; i++) {
            deliver(store, JOE, TEXT);
        }
        assertThat(deliver(store, JOE, TEXT)).isFalse();
        removeFirst(store, JOE);
        assertThat(store.overQuota(JOE, TEXT.length())).isEmpty();
        assertThat(deliver(store, JOE, TEXT)).isTrue();
        assertThat(deliver(store, JOE, TEXT)).isFalse();
    }

    @Test
    void aNoticeIsDeliveredWhateverTheQuotaSaysAndCounts() throws Exception {
        S store = store(Quota.ofMessages(2));
        deliver(store, JOE, "x\r\n");
        for (int i = 0; i < 2; i++) {
            try (Delivery notice = store.begin(JOE)) {
                notice.message().write(1);
                notice.commit();
            }
        }
        assertThat(messages(store, JOE)).hasSize(3);
        assertThat(deliver(store, JOE, "x\r\n")).isFalse();
        removeFirst(store, JOE);
        assertThat(deliver(store, JOE, "x\r\n")).isFalse();
        removeFirst(store, JOE);
        assertThat(deliver(store, JOE, "x\r\n")).isTrue();
    }

    @Test
    void theQuotaIsAskedForEachDelivery() throws Exception {
        List<Quota> quota = new ArrayList<>(List.of(Quota.ofMessages(1)));
        S store = store(QuotaPolicy.of(account -> quota.get(0)));
        deliver(store, JOE, "x\r\n");
        assertThat(deliver(store, JOE, "x\r\n")).isFalse();
        quota.set(0, Quota.ofMessages(2));
        assertThat(deliver(store, JOE, "x\r\n")).isTrue();
        quota.set(0, Quota.UNLIMITED);
        assertThat(deliver(store, JOE, "x\r\n")).isTrue();
        quota.set(0, Quota.ofMessages(3));
        assertThat(deliver(store, JOE, "x\r\n")).isFalse();
    }

    @Test
    void aQuotaThatCannotBeToldIsAnError() throws Exception {
        S store = store(QuotaPolicy.of(account -> {
            throw new IOException("the directory is down");
        }));
        assertThatIOException().isThrownBy(() -> store.begin(JOE, 1)).withMessage("the directory is down");
        assertThatIOException().isThrownBy(() -> store.overQuota(JOE, 1));
    }

    @Test
    void whatCrossesAThresholdIsToldOnce() throws Exception {
        S store = store(warning(Quota.ofMessages(10)));
        for (int i = 0; i < 10; i++) {
            assertThat(deliver(store, JOE, "x\r\n")).isTrue();
            assertThat(warnings).as("%s messages", i + 1).hasSize(i < 7 ? 0 : i < 9 ? 1 : 2);
        }
        assertThat(warnings).containsExactly("joe@a.example 80 8", "joe@a.example 95 10");
        for (int i = 0; i < 3; i++) {
            removeFirst(store, JOE);
        }
        deliver(store, JOE, "x\r\n");
        assertThat(warnings).hasSize(3).last().isEqualTo("joe@a.example 80 8");
    }

    @Test
    void oneDeliveryThatCrossesSeveralThresholdsIsToldByTheHighest() throws Exception {
        S store = store(warning(Quota.ofMessages(1)));
        deliver(store, JOE, "x\r\n");
        assertThat(warnings).containsExactly("joe@a.example 95 1");
    }

    @Test
    void whatIsNotDeliveredIsNotTold() throws Exception {
        S store = store(warning(Quota.ofMessages(1)));
        try (Delivery delivery = begin(store, JOE, 1).orElseThrow()) {
            delivery.message().write(1);
        }
        assertThat(warnings).isEmpty();
    }

    @Test
    void aListenerThatFailsChangesNothing() throws Exception {
        S store = store(QuotaPolicy.of(QuotaLimits.forAll(Quota.ofMessages(1)))
                .withWarnings((account, percent, quota, usage) -> {
                    throw new NoClassDefFoundError("a bug");
                }));
        assertThat(deliver(store, JOE, "x\r\n")).isTrue();
        assertThat(messages(store, JOE)).hasSize(1);
    }

    @Test
    void deliveriesAtTheSameTimeFillItExactly() throws Exception {
        int room = 40;
        S store = store(warning(Quota.ofMessages(room)));
        assertThat(deliverAtOnce(store, 8, 12, "Subject: x\r\n\r\nbody\r\n")).isEqualTo(room);
        assertThat(messages(store, JOE)).hasSize(room);
        assertThat(warnings).as("each threshold once").hasSize(2);
    }

    @Test
    void deliveriesAtTheSameTimeDoNotExceedTheOctets() throws Exception {
        int room = 20;
        S store = store(Quota.ofOctets(room * (TEXT.length() + 200L)));
        int delivered = deliverAtOnce(store, 8, 6, TEXT);
        long octets =
                messages(store, JOE).stream().mapToLong(StoredMessage::octets).sum();
        assertThat(delivered).isBetween(room, room + 1);
        assertThat(octets).isEqualTo((long) delivered * TEXT.length());
    }

    private int deliverAtOnce(S store, int threads, int each, String text) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        CountDownLatch start = new CountDownLatch(threads);
        List<Future<Integer>> counts = new ArrayList<>();
        try {
            for (int i = 0; i < threads; i++) {
                counts.add(pool.submit(() -> {
                    start.countDown();
                    start.await();
                    int delivered = 0;
                    for (int j = 0; j < each; j++) {
                        delivered += deliver(store, JOE, text) ? 1 : 0;
                    }
                    return delivered;
                }));
            }
            int delivered = 0;
            for (Future<Integer> count : counts) {
                delivered += count.get();
            }
            return delivered;
        } finally {
            pool.shutdownNow();
        }
    }

    private S store(Quota quota) throws Exception {
        return store(QuotaPolicy.of(QuotaLimits.forAll(quota)));
    }

    private QuotaPolicy warning(Quota quota) {
        return QuotaPolicy.of(QuotaLimits.forAll(quota)).withWarnings((account, percent, limits, usage) -> {
            synchronized (warnings) {
                warnings.add(account + " " + percent + " " + usage.messages());
            }
        });
    }

    /**
     * Delivers a message, if there is room.
     *
     * @return whether there was
     */
    protected static boolean deliver(DeliveryTarget store, MailAddress account, String text) throws IOException {
        Optional<Delivery> begun = begin(store, account, text.length());
        if (begun.isEmpty()) {
            return false;
        }
        try (Delivery delivery = begun.get()) {
            delivery.message().write(text.getBytes(US_ASCII));
            delivery.commit();
        }
        return true;
    }

    /** Begins a delivery, if there is room. */
    protected static Optional<Delivery> begin(DeliveryTarget store, MailAddress account, long octets)
            throws IOException {
        BeginResult result = store.begin(account, octets);
        return result instanceof BeginResult.Begun begun ? Optional.of(begun.delivery()) : Optional.empty();
    }

    /** What a new session finds. */
    protected static List<StoredMessage> messages(MaildropStore store, MailAddress account) throws IOException {
        try (Maildrop maildrop = ((OpenResult.Opened) store.open(account)).maildrop()) {
            return maildrop.messages();
        }
    }

    /** Removes the oldest message. */
    protected static void removeFirst(MaildropStore store, MailAddress account) throws IOException {
        try (Maildrop maildrop = ((OpenResult.Opened) store.open(account)).maildrop()) {
            maildrop.remove(Set.of(maildrop.messages().get(0).uniqueId()));
        }
    }
}
