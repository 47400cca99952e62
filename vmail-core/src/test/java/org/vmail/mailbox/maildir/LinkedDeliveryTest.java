package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.internal.FaultyDisk;
import org.vmail.internal.FaultyDisk.Fault;
import org.vmail.internal.FaultyDisk.Operation;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.DeliveryTarget;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.memory.InMemoryStore;

/** A message that is the same file in several mailboxes, and commits of two steps. */
class LinkedDeliveryTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final MailAddress ANN = MailAddress.of("ann@b.example");
    private static final MailAddress EVE = MailAddress.of("eve@b.example");
    private static final String TEXT = "Subject: x\r\n\r\nbody\r\n";
    private static final int MAX_STEPS = 200;

    @TempDir
    private Path root;

    private final FaultyDisk disk = FaultyDisk.sound(Path.of("/"));

    @Test
    void twoMailboxesShareAFileAndEachMayRemoveIt() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        try (Delivery first = written(store, JOE);
                Delivery second = linked(store, ANN, first)) {
            assertThat(visible(JOE)).isEmpty();
            assertThat(visible(ANN)).isEmpty();
            first.commit();
            assertThat(visible(ANN)).as("not committed yet").isEmpty();
            second.commit();
        }
        Path joes = visible(JOE).get(0);
        Path anns = visible(ANN).get(0);
        assertThat(Files.isSameFile(joes, anns)).isTrue();
        assertThat(joes.getFileName()).as("each has a unique name").isNotEqualTo(anns.getFileName());
        assertThat(anns.getFileName().toString()).endsWith(",S=17,W=20");

        Files.delete(joes);
        assertThat(read(store, ANN)).containsExactly(TEXT);
    }

    @Test
    void whatHasALinkMayBeLinkedFromThere() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        Delivery first = written(store, JOE);
        Delivery second = linked(store, ANN, first);
        first.close();
        Delivery third = linked(store, EVE, second);
        second.close();
        try (third) {
            third.commit();
        }
        assertThat(read(store, EVE)).containsExactly(TEXT);
        assertThat(read(store, JOE)).isEmpty();
        assertThat(read(store, ANN)).isEmpty();
        assertThat(files(JOE, "tmp")).isEmpty();
        assertThat(files(ANN, "tmp")).isEmpty();
    }

    @Test
    void nothingCanBeAddedToALinkedMessage() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        try (Delivery first = written(store, JOE);
                Delivery second = linked(store, ANN, first)) {
            assertThatIOException().isThrownBy(() -> second.message().write('x'));
            second.message().close();
            second.commit();
        }
        assertThat(read(store, ANN)).containsExactly(TEXT);
    }

    @Test
    void whatIsNotCompleteOrWithdrawnIsWrittenAgain() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        try (Delivery incomplete = store.begin(JOE)) {
            incomplete.message().write('x');
            assertThat(store.beginLinked(ANN, incomplete)).isEmpty();
        }
        Delivery closed = written(store, JOE);
        closed.close();
        assertThat(store.beginLinked(ANN, closed)).isEmpty();
        assertThat(files(ANN, "tmp")).isEmpty();
    }

    @Test
    void whatIsCommittedIsLinkedUntilItsOwnerRemovesIt() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        try (Delivery committed = written(store, JOE)) {
            committed.commit();
            try (Delivery second = linked(store, ANN, committed)) {
                second.commit();
            }
            assertThat(Files.isSameFile(visible(JOE).get(0), visible(ANN).get(0)))
                    .isTrue();
            Files.delete(visible(JOE).get(0));
            assertThat(store.beginLinked(EVE, committed)).isEmpty();
            assertThat(files(EVE, "tmp")).isEmpty();
        }
    }

    /** The count is what is there, or is made anew. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoMovesOrRemovesWhatIsWithdrawnLaterDoesNotChangeWhatTheMailboxMayHold(boolean removed) throws IOException {
        MaildirStore store = limited(Quota.ofMessages(2));
        try (Delivery kept = written(store, JOE)) {
            kept.commit();
        }
        List<Path> before = visible(JOE);
        try (Delivery withdrawn = written(store, JOE)) {
            withdrawn.reveal();
            try (Maildrop maildrop = ((OpenResult.Opened) store.open(JOE)).maildrop()) {
                Path cur = root.resolve("a.example/joe/cur");
                if (removed) {
                    maildrop.remove(Set.of(maildrop.messages().get(1).uniqueId()));
                } else {
                    Path file = visible(JOE).stream()
                            .filter(seen -> !before.contains(seen))
                            .findFirst()
                            .orElseThrow();
                    Files.move(file, cur.resolve(file.getFileName() + ":2,"));
                }
            }
        }
        int more = 0;
        for (int i = 0; i < 5; i++) {
            if (store.begin(JOE, 17) instanceof BeginResult.Begun begun) {
                try (Delivery delivery = begun.delivery()) {
                    delivery.message().write(TEXT.getBytes(US_ASCII));
                    delivery.commit();
                    more++;
                }
            }
        }
        assertThat(more).isEqualTo(removed ? 1 : 0);
    }

    @Test
    void whatAnotherStoreHasIsWrittenAgain() throws IOException {
        InMemoryStore memory = new InMemoryStore();
        MaildirStore store = MaildirStore.under(root);
        try (Delivery inMemory = written(memory, JOE);
                Delivery inFile = written(store, JOE)) {
            assertThat(store.beginLinked(ANN, inMemory)).isEmpty();
            assertThat(memory.beginLinked(ANN, inFile)).isEmpty();
        }
    }

    @Test
    void aFileSystemThatHasNoLinksHasItWrittenAgainAndKeepsNoRoom() throws IOException {
        MaildirStore store = limited(Quota.ofMessages(1));
        try (Delivery first = written(store, JOE)) {
            disk.plan((number, step) -> step.operation() == Operation.LINK ? Fault.AFTER : Fault.NONE);
            assertThat(store.beginLinked(ANN, first)).isEmpty();
            disk.heal();
            assertThat(files(ANN, "tmp")).isEmpty();
            assertThat(store.begin(ANN, 1))
                    .as("the only room")
                    .isInstanceOfSatisfying(BeginResult.Begun.class, begun -> {
                        try (Delivery delivery = begun.delivery()) {
                            assertThat(delivery).isNotNull();
                        } catch (IOException e) {
                            throw new AssertionError(e);
                        }
                    });
        }
    }

    @Test
    void aLinkCountsAgainstTheQuotaOfItsMailbox() throws IOException {
        MaildirStore store = limited(Quota.ofOctets(30));
        for (int i = 0; i < 2; i++) {
            try (Delivery first = written(store, i == 0 ? JOE : EVE)) {
                Optional<BeginResult> second = store.beginLinked(ANN, first);
                if (i == 0) {
                    assertThat(second).get().isInstanceOf(BeginResult.Begun.class);
                    try (Delivery delivery = ((BeginResult.Begun) second.orElseThrow()).delivery()) {
                        delivery.commit();
                    }
                } else {
                    assertThat(second).get().isInstanceOfSatisfying(BeginResult.OverQuota.class, full -> {
                        assertThat(full.usage().octets()).isEqualTo(17);
                        assertThat(full.permanent()).isFalse();
                    });
                }
                first.commit();
            }
        }
        assertThat(read(store, ANN)).hasSize(1);
        assertThat(root.resolve("b.example/ann/maildirsize")).content().contains("17 1");
    }

    @Test
    void whatIsRevealedIsVisibleAndACommitMakesItDurable() throws IOException {
        MaildirStore store = MaildirStore.under(disk.path(root));
        try (Delivery delivery = written(store, JOE)) {
            delivery.reveal();
            Path file = visible(JOE).get(0);
            assertThat(disk.couldBeLost(file)).as("its name only").containsExactly(file);
            delivery.reveal();
            delivery.commit();
            assertThat(disk.couldBeLost(file)).isEmpty();
            assertThatIllegalStateException().isThrownBy(delivery::reveal);
        }
        assertThat(read(store, JOE)).containsExactly(TEXT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsRevealedAndNotCommittedGoesAway(boolean limited) throws IOException {
        MaildirStore store = limited ? limited(Quota.ofMessages(1)) : MaildirStore.under(root);
        try (Delivery delivery = written(store, JOE)) {
            delivery.reveal();
            assertThat(visible(JOE)).hasSize(1);
        }
        assertThat(visible(JOE)).isEmpty();
        assertThat(files(JOE, "tmp")).isEmpty();
        assertThat(store.begin(JOE, 1)).isInstanceOfSatisfying(BeginResult.Begun.class, begun -> {
            try (Delivery next = begun.delivery()) {
                next.message().write('x');
                next.commit();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** As for a single mailbox; a step that fails for one must not harm the other. */
    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"BEFORE", "AFTER"})
    void eachStepThatFailsLeavesOneTheOtherOrBothAndNoTrace(Fault fault) throws IOException {
        int step = 1;
        int both = 0;
        for (boolean hit = true; hit; step++) {
            Path mail = Files.createDirectory(root.resolve("step" + step));
            MaildirStore store = MaildirStore.under(disk.path(mail))
                    .withQuota(QuotaPolicy.of(QuotaLimits.forAll(Quota.ofMessages(1))));
            int failing = step;
            disk.plan((number, called) -> number == failing ? fault : Fault.NONE);
            List<MailAddress> delivered = deliverToBoth(store);
            hit = disk.steps().size() >= step;
            String what = fault + " at " + step + " of " + disk.steps();
            disk.heal();
            both += delivered.size() == 2 ? 1 : 0;
            assertThat(disk.open()).as(what).isEmpty();
            for (MailAddress account : List.of(JOE, ANN)) {
                List<Path> files = files(mail, account, "new");
                assertThat(files)
                        .as(what)
                        .hasSize(delivered.contains(account) ? 1 : 0)
                        .allSatisfy(file -> {
                            assertThat(file).hasContent(TEXT.replace("\r\n", "\n"));
                            assertThat(disk.couldBeLost(file)).isEmpty();
                        });
                assertThat(store.overQuota(account, 1).isPresent())
                        .as("room of %s, %s", account, what)
                        .isEqualTo(delivered.contains(account));
            }
            assertThat(step).isLessThan(MAX_STEPS);
        }
        assertThat(both).as("steps whose failure harms nobody").isLessThan(step / 2);
    }

    private static List<MailAddress> deliverToBoth(MaildirStore store) {
        List<MailAddress> delivered = new ArrayList<>();
        try (Delivery first = written(store, JOE)) {
            try (Delivery second = linked(store, ANN, first)) {
                second.reveal();
                first.reveal();
                first.commit();
                delivered.add(JOE);
                second.commit();
                delivered.add(ANN);
            }
        } catch (IOException failed) {
            // What was committed before is in the list.
        }
        return delivered;
    }

    private MaildirStore limited(Quota quota) {
        return MaildirStore.under(disk.path(root)).withQuota(QuotaPolicy.of(QuotaLimits.forAll(quota)));
    }

    private static Delivery written(DeliveryTarget store, MailAddress account) throws IOException {
        Delivery delivery = ((BeginResult.Begun) store.begin(account, TEXT.length())).delivery();
        try (OutputStream out = delivery.message()) {
            out.write(TEXT.getBytes(US_ASCII));
        } catch (IOException e) {
            delivery.close();
            throw e;
        }
        return delivery;
    }

    private static Delivery linked(MaildirStore store, MailAddress account, Delivery written) throws IOException {
        return store.beginLinked(account, written)
                .map(result -> ((BeginResult.Begun) result).delivery())
                .orElseThrow(() -> new IOException("no link"));
    }

    private static List<String> read(MaildirStore store, MailAddress account) throws IOException {
        List<String> texts = new ArrayList<>();
        try (Maildrop maildrop = ((OpenResult.Opened) store.open(account)).maildrop()) {
            for (var message : maildrop.messages()) {
                try (var content = maildrop.content(message).orElseThrow()) {
                    texts.add(new String(content.readAllBytes(), US_ASCII));
                }
            }
        }
        return texts;
    }

    private List<Path> visible(MailAddress account) throws IOException {
        return files(account, "new");
    }

    private List<Path> files(MailAddress account, String part) throws IOException {
        return files(root, account, part);
    }

    private static List<Path> files(Path mail, MailAddress account, String part) throws IOException {
        Path folder = mail.resolve(account.domain().toString())
                .resolve(account.localPart())
                .resolve(part);
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
