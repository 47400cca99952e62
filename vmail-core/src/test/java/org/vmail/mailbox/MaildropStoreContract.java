package org.vmail.mailbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;

/**
 * What every store has to do, whatever it stores mail in.
 *
 * <p>To test a store of your own, depend on the tests jar of vmail-core, extend this class, and return a new, empty store
 * from {@link #newStore}. Nothing else is needed; JUnit finds the tests. A store that knows which accounts exist has to know
 * {@link #JOE} and {@link #OTHER_JOE}.
 *
 * @param <S> a store that both serves mail and takes it in
 */
public abstract class MaildropStoreContract<S extends MaildropStore & DeliveryTarget> {
    /** An account that the store must know. */
    protected static final MailAddress JOE = MailAddress.of("joe@a.example");

    /** Another one: the same local part in another domain. */
    protected static final MailAddress OTHER_JOE = MailAddress.of("joe@b.example");

    private static final Duration NOT_FOR_EVER = Duration.ofSeconds(60);

    private S store;

    /**
     * Makes the store of one test.
     *
     * @return an empty store
     * @throws Exception if that fails
     */
    protected abstract S newStore() throws Exception;

    /**
     * The store of this test.
     *
     * @return what {@link #newStore} returned
     */
    protected final S store() {
        return store;
    }

    @BeforeEach
    final void makeStore() throws Exception {
        store = newStore();
    }

    @Test
    void anAccountThatNeverHadMailHasAnEmptyMaildrop() throws IOException {
        try (Maildrop maildrop = open(JOE)) {
            assertThat(maildrop.messages()).isEmpty();
        }
    }

    @Test
    void messagesAreListedOldestFirst() throws IOException {
        for (int i = 0; i < 20; i++) {
            deliver(JOE, "number " + i);
        }
        try (Maildrop maildrop = open(JOE)) {
            for (int i = 0; i < 20; i++) {
                assertThat(content(maildrop, i)).asString(US_ASCII).isEqualTo("number " + i);
            }
        }
    }

    @Test
    void theListIsAlwaysTheSame() throws IOException {
        deliver(JOE, "one\r\n");
        try (Maildrop maildrop = open(JOE)) {
            List<StoredMessage> before = List.copyOf(maildrop.messages());
            maildrop.remove(ids(maildrop));
            assertThat(maildrop.messages())
                    .as("RFC 1939, section 8: numbers do not change in a session")
                    .isEqualTo(before);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "\r",
                "\r\n",
                "\n\r",
                "\r\r\n",
                "\r\n\n",
                "\n\r\n",
                "no line end",
                "Subject: x\n\nLF\n",
                "Subject: x\r\n\r\nCRLF\r\n",
                "mixed\r\nand\nmixed\r\r\nand\r",
                ".",
                ".\r\n",
                "..\r\n.\r\n.\n.",
                "NUL \0 and 8-bit \u00e9\u00ff",
                "From here\nto there\n",
                "a: b\n\nFrom x@c.example Sun Nov 22 16:16:01 2026\nc: d\n\n",
                ">From here\n>>From there\n> From\n",
                " folded\n\n\n",
            })
    void contentDiffersFromWhatWasDeliveredInItsBareLineFeedsOnly(String text) throws IOException {
        assertKeeps(text.getBytes(ISO_8859_1), new Random(0), "literal");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyContentDiffersFromWhatWasDeliveredInItsBareLineFeedsOnly(long seed) throws IOException {
        Random random = new Random(seed);
        for (int i = 0; i < 5; i++) {
            assertKeeps(anyMessage(random), random, "seed " + seed + ", message " + i);
        }
    }

    @Test
    void aMessageOfSomeMegabytesIsKept() throws Exception {
        byte[] line = ("0123456789".repeat(7) + "\n").getBytes(US_ASCII);
        byte[] wireLine = ("0123456789".repeat(7) + "\r\n").getBytes(US_ASCII);
        int lines = 60_000;
        MessageDigest expected = MessageDigest.getInstance("SHA-256");
        try (Delivery delivery = store.begin(JOE)) {
            for (int i = 0; i < lines; i++) {
                delivery.message().write(line);
                expected.update(wireLine);
            }
            delivery.commit();
        }
        MessageDigest actual = MessageDigest.getInstance("SHA-256");
        try (Maildrop maildrop = open(JOE)) {
            assertThat(maildrop.messages().get(0).octets()).isEqualTo((long) lines * wireLine.length);
            try (InputStream content =
                    maildrop.content(maildrop.messages().get(0)).orElseThrow()) {
                byte[] buffer = new byte[5000];
                for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
                    actual.update(buffer, 0, count);
                }
            }
        }
        assertThat(actual.digest()).isEqualTo(expected.digest());
    }

    @Test
    void theSameMessageCanBeReadAgainAndAtTheSameTime() throws IOException {
        deliver(JOE, "one\n");
        deliver(JOE, "two\n");
        try (Maildrop maildrop = open(JOE);
                InputStream first = maildrop.content(maildrop.messages().get(0)).orElseThrow();
                InputStream second =
                        maildrop.content(maildrop.messages().get(1)).orElseThrow()) {
            assertThat(first.read()).isEqualTo('o');
            assertThat(second.readAllBytes()).asString(US_ASCII).isEqualTo("two\r\n");
            assertThat(content(maildrop, 0)).asString(US_ASCII).isEqualTo("one\r\n");
            assertThat(first.readAllBytes()).asString(US_ASCII).isEqualTo("ne\r\n");
        }
    }

    @Test
    void uniqueIdsAreDistinct() throws IOException {
        for (int i = 0; i < 20; i++) {
            deliver(JOE, "the same text\n");
        }
        try (Maildrop maildrop = open(JOE)) {
            assertThat(maildrop.messages())
                    .extracting(StoredMessage::uniqueId)
                    .doesNotHaveDuplicates()
                    .hasSize(20);
        }
    }

    @Test
    void uniqueIdsAreTheSameInTheNextSession() throws IOException {
        deliver(JOE, "one\n");
        deliver(JOE, "two\n");
        List<StoredMessage> before = messages(JOE);
        deliver(JOE, "three\n");
        assertThat(messages(JOE))
                .as("RFC 1939, section 7: UIDL persists across sessions")
                .startsWith(before.toArray(StoredMessage[]::new))
                .hasSize(3);
    }

    @Test
    void uniqueIdsAreNeverUsedAgain() throws IOException {
        Set<UniqueId> seen = new HashSet<>();
        for (int i = 0; i < 10; i++) {
            deliver(JOE, "the same text\n");
            try (Maildrop maildrop = open(JOE)) {
                UniqueId id = maildrop.messages().get(0).uniqueId();
                assertThat(seen.add(id))
                        .as("RFC 1939, section 7: %s is not reused", id)
                        .isTrue();
                maildrop.remove(Set.of(id));
            }
        }
    }

    @Test
    void onlyOneSessionHasTheMaildrop() throws IOException {
        try (Maildrop first = open(JOE)) {
            assertThat(store.open(JOE))
                    .as("RFC 1939, section 4: exclusive-access lock")
                    .isInstanceOf(OpenResult.InUse.class);
            assertThat(store.open(JOE)).as("refusing changes nothing").isInstanceOf(OpenResult.InUse.class);
            assertThat(first.messages()).isEmpty();
        }
        open(JOE).close();
    }

    @Test
    void otherMaildropsAreFree() throws IOException {
        try (Maildrop joes = open(JOE);
                Maildrop others = open(OTHER_JOE)) {
            assertThat(joes.messages()).isEmpty();
            assertThat(others.messages()).isEmpty();
        }
    }

    @Test
    void closingTwiceDoesNotTakeTheLockFromTheNextSession() throws IOException {
        Maildrop first = open(JOE);
        first.close();
        try (Maildrop second = open(JOE)) {
            first.close();
            assertThat(store.open(JOE)).isInstanceOf(OpenResult.InUse.class);
            assertThat(second.messages()).isEmpty();
        }
    }

    @Test
    void manySessionsAtOnceGetOneMaildrop() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<OpenResult>> results = threads.invokeAll(Collections.nCopies(32, () -> store.open(JOE)));
            int opened = 0;
            for (Future<OpenResult> result : results) {
                if (result.get() instanceof OpenResult.Opened open) {
                    opened++;
                    open.maildrop().close();
                }
            }
            assertThat(opened).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void closingRemovesNothing() throws IOException {
        deliver(JOE, "stays\n");
        List<StoredMessage> before = messages(JOE);
        assertThat(messages(JOE)).isEqualTo(before).hasSize(1);
    }

    @Test
    void whatIsDeliveredWhileASessionIsOpenIsSeenByTheNext() throws IOException {
        deliver(JOE, "before\n");
        try (Maildrop maildrop = open(JOE)) {
            deliver(JOE, "meanwhile\n");
            assertThat(maildrop.messages()).hasSize(1);
            assertThat(content(maildrop, 0)).asString(US_ASCII).isEqualTo("before\r\n");
            maildrop.remove(ids(maildrop));
        }
        try (Maildrop maildrop = open(JOE)) {
            assertThat(maildrop.messages()).hasSize(1);
            assertThat(content(maildrop, 0)).asString(US_ASCII).isEqualTo("meanwhile\r\n");
        }
    }

    @Test
    void nothingIsVisibleBeforeItIsCommitted() throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            OutputStream message = delivery.message();
            assertThat(messages(JOE)).isEmpty();
            message.write("begun".getBytes(US_ASCII));
            message.flush();
            assertThat(messages(JOE)).isEmpty();
            message.close();
            assertThat(messages(JOE)).isEmpty();
            delivery.commit();
            assertThat(messages(JOE)).hasSize(1);
        }
        assertThat(messages(JOE)).as("closing takes nothing back").hasSize(1);
    }

    @Test
    void aDeliveryThatIsNotCommittedLeavesNothing() throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().write(new byte[100_000]);
        }
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().close();
        }
        assertThat(messages(JOE)).isEmpty();
    }

    @Test
    void aDeliveryIsCommittedOnce() throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().write("once\n".getBytes(US_ASCII));
            delivery.commit();
            assertThatIllegalStateException().isThrownBy(delivery::commit);
        }
        assertThat(messages(JOE)).hasSize(1);
    }

    @Test
    void aClosedDeliveryCannotBeCommitted() throws IOException {
        Delivery delivery = store.begin(JOE);
        delivery.message().write("too late\n".getBytes(US_ASCII));
        delivery.close();
        delivery.close();
        assertThatIllegalStateException().isThrownBy(delivery::commit);
        assertThat(messages(JOE)).isEmpty();
    }

    @Test
    void aMessageThatWasClosedIsComplete() throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().write("complete".getBytes(US_ASCII));
            delivery.message().close();
            assertThatIOException().isThrownBy(() -> delivery.message().write("more".getBytes(US_ASCII)));
            delivery.commit();
        }
        try (Maildrop maildrop = open(JOE)) {
            assertThat(content(maildrop, 0)).asString(US_ASCII).isEqualTo("complete");
            assertThat(maildrop.messages().get(0).octets()).isEqualTo(8);
        }
    }

    @Test
    void nothingCanBeWrittenToADeliveryThatHasEnded() throws IOException {
        Delivery committed = store.begin(JOE);
        committed.commit();
        assertThatIOException().isThrownBy(() -> committed.message().write(1));
        committed.close();
        Delivery abandoned = store.begin(JOE);
        abandoned.close();
        assertThatIOException().isThrownBy(() -> abandoned.message().write(1));
        assertThat(messages(JOE)).extracting(StoredMessage::octets).containsExactly(0L);
    }

    @Test
    void theStreamOfADeliveryIsAlwaysTheSame() throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().write('a');
            delivery.message().write('b');
            assertThat(delivery.message()).isSameAs(delivery.message());
            delivery.commit();
        }
        try (Maildrop maildrop = open(JOE)) {
            assertThat(content(maildrop, 0)).asString(US_ASCII).isEqualTo("ab");
        }
    }

    @Test
    void removingIsFinal() throws IOException {
        deliver(JOE, "one\n");
        deliver(JOE, "two\n");
        deliver(JOE, "three\n");
        List<StoredMessage> before = messages(JOE);
        try (Maildrop maildrop = open(JOE)) {
            maildrop.remove(Set.of(before.get(0).uniqueId(), before.get(2).uniqueId()));
            assertThat(maildrop.content(before.get(0))).isEmpty();
            assertThat(content(maildrop, 1)).asString(US_ASCII).isEqualTo("two\r\n");
        }
        assertThat(messages(JOE)).as("what was not named stays").containsExactly(before.get(1));
    }

    @Test
    void whatIsGoneCountsAsRemoved() throws IOException {
        deliver(JOE, "one\n");
        deliver(JOE, "two\n");
        try (Maildrop maildrop = open(JOE)) {
            UniqueId first = maildrop.messages().get(0).uniqueId();
            maildrop.remove(Set.of(first));
            maildrop.remove(Set.of(first));
            maildrop.remove(Set.of());
            maildrop.remove(ids(maildrop));
        }
        assertThat(messages(JOE)).isEmpty();
    }

    @Test
    void theSameLocalPartInTwoDomainsIsTwoAccounts() throws IOException {
        deliver(JOE, "for a.example\n");
        assertThat(messages(OTHER_JOE)).isEmpty();
        deliver(OTHER_JOE, "for b.example\n");
        try (Maildrop maildrop = open(JOE)) {
            assertThat(content(maildrop, 0)).asString(US_ASCII).isEqualTo("for a.example\r\n");
            maildrop.remove(ids(maildrop));
        }
        try (Maildrop maildrop = open(OTHER_JOE)) {
            assertThat(content(maildrop, 0)).asString(US_ASCII).isEqualTo("for b.example\r\n");
        }
    }

    @Test
    void whatIsDeliveredAtTheSameTimeArrivesOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<?>> deliveries = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        try {
            for (int i = 0; i < 64; i++) {
                String text = "message " + i + "\r\n";
                expected.add(text);
                deliveries.add(threads.submit(() -> {
                    deliver(JOE, text);
                    return null;
                }));
            }
            for (Future<?> delivery : deliveries) {
                delivery.get();
            }
        } finally {
            threads.shutdownNow();
        }
        List<String> arrived = new ArrayList<>();
        try (Maildrop maildrop = open(JOE)) {
            for (int i = 0; i < maildrop.messages().size(); i++) {
                arrived.add(new String(content(maildrop, i), US_ASCII));
            }
        }
        assertThat(arrived).containsExactlyInAnyOrderElementsOf(expected);
    }

    /** Delivers a message with octets as they are. */
    protected final void deliver(MailAddress account, byte[] message) throws IOException {
        try (Delivery delivery = store.begin(account)) {
            delivery.message().write(message);
            delivery.commit();
        }
    }

    /** Delivers an ASCII message. */
    protected final void deliver(MailAddress account, String message) throws IOException {
        deliver(account, message.getBytes(US_ASCII));
    }

    /** Opens a maildrop that nobody has open. */
    protected final Maildrop open(MailAddress account) throws IOException {
        OpenResult result = store.open(account);
        assertThat(result).isInstanceOf(OpenResult.Opened.class);
        return ((OpenResult.Opened) result).maildrop();
    }

    /** What a new session finds. */
    protected final List<StoredMessage> messages(MailAddress account) throws IOException {
        try (Maildrop maildrop = open(account)) {
            return maildrop.messages();
        }
    }

    /** All of a message that must be there. */
    protected static byte[] content(Maildrop maildrop, int index) throws IOException {
        try (InputStream content =
                maildrop.content(maildrop.messages().get(index)).orElseThrow()) {
            return content.readAllBytes();
        }
    }

    private static Set<UniqueId> ids(Maildrop maildrop) {
        Set<UniqueId> ids = new HashSet<>();
        maildrop.messages().forEach(message -> ids.add(message.uniqueId()));
        return ids;
    }

    private void assertKeeps(byte[] message, Random random, String description) throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            writeInPieces(delivery.message(), message, random);
            delivery.commit();
        }
        try (Maildrop maildrop = open(JOE)) {
            int last = maildrop.messages().size() - 1;
            byte[] expected = withCrlf(message);
            assertTimeoutPreemptively(
                    NOT_FOR_EVER,
                    () -> assertThat(content(maildrop, last)).as(description).isEqualTo(expected));
            assertThat(maildrop.messages().get(last).octets())
                    .as("%s: RFC 1939, section 11", description)
                    .isEqualTo(expected.length);
        }
    }

    private static void writeInPieces(OutputStream target, byte[] message, Random random) throws IOException {
        for (int done = 0; done < message.length; ) {
            int count = Math.min(1 + random.nextInt(random.nextBoolean() ? 3 : 40_000), message.length - done);
            if (count == 1) {
                target.write(message[done]);
            } else {
                target.write(message, done, count);
            }
            done += count;
        }
    }

    private static byte[] anyMessage(Random random) {
        byte[] alphabet = {'\r', '\n', '\r', '\n', '.', 0, 'a', 'F', (byte) 0x80, (byte) 0xff};
        byte[] message = new byte[random.nextInt(random.nextBoolean() ? 50 : 50_000)];
        for (int i = 0; i < message.length; i++) {
            message[i] =
                    random.nextInt(4) == 0 ? (byte) random.nextInt(256) : alphabet[random.nextInt(alphabet.length)];
        }
        return message;
    }

    private static byte[] withCrlf(byte[] message) {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        byte previous = 0;
        for (byte octet : message) {
            if (octet == '\n' && previous != '\r') {
                wire.write('\r');
            }
            wire.write(octet);
            previous = octet;
        }
        return wire.toByteArray();
    }
}
