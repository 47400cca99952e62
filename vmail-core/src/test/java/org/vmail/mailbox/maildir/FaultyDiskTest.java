package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import org.vmail.internal.FaultyDisk.Plan;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;

/**
 * A disk of which each step fails, one after the other, while a message is delivered. A delivery that fails fails with an
 * IOException, leaves nothing that can be seen, nothing open and no room taken, and the next one works; one that succeeds
 * survives a crash of the machine.
 */
class FaultyDiskTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final String TEXT = "Subject: x\r\n\r\n" + "0123456789abcdef\r\n".repeat(5000);
    private static final String STORED = TEXT.replace("\r\n", "\n");
    private static final int MAX_STEPS = 200;

    @TempDir
    Path folder;

    private final FaultyDisk disk = FaultyDisk.sound(Path.of("/"));
    private Path root = Path.of("");
    private int roots;

    /** How often it fails. */
    enum Trouble {
        ONCE(1),
        TWICE(2),
        /** The cleaning up fails as well. */
        UNTIL_IT_IS_HEALED(MAX_STEPS);

        private final int failures;

        Trouble(int failures) {
            this.failures = failures;
        }

        Plan from(int step, Fault fault) {
            return (number, called) -> step <= number && number < step + failures ? fault : Fault.NONE;
        }
    }

    /** What there is before. */
    enum Mailbox {
        MISSING,
        THERE,
        WITH_QUOTA,
        MISSING_WITH_QUOTA;

        boolean isMissing() {
            return this == MISSING || this == MISSING_WITH_QUOTA;
        }

        boolean hasQuota() {
            return this == WITH_QUOTA || this == MISSING_WITH_QUOTA;
        }
    }

    private MaildirStore store(Mailbox mailbox) throws IOException {
        root = Files.createDirectory(folder.resolve("root" + roots++));
        MaildirStore plain = MaildirStore.under(disk.path(root));
        MaildirStore store =
                mailbox.hasQuota() ? plain.withQuota(QuotaPolicy.of(QuotaLimits.forAll(Quota.ofMessages(1)))) : plain;
        if (!mailbox.isMissing()) {
            store.begin(JOE).close();
        }
        return store;
    }

    @ParameterizedTest
    @EnumSource
    void eachStepThatFailsOnceLeavesNoTrace(Mailbox mailbox) throws IOException {
        failAtEachStep(mailbox, Trouble.ONCE, Fault.BEFORE);
    }

    @ParameterizedTest
    @EnumSource
    void eachStepThatWasDoneAndSaysThatItFailedLeavesNoTrace(Mailbox mailbox) throws IOException {
        failAtEachStep(mailbox, Trouble.ONCE, Fault.AFTER);
    }

    @ParameterizedTest
    @EnumSource
    void eachTwoStepsThatFailLeaveNothingOpen(Mailbox mailbox) throws IOException {
        failAtEachStep(mailbox, Trouble.TWICE, Fault.BEFORE);
        failAtEachStep(mailbox, Trouble.TWICE, Fault.AFTER);
    }

    @ParameterizedTest
    @EnumSource
    void aDiskThatFailsFromSomeStepOnLeavesNothingOpen(Mailbox mailbox) throws IOException {
        failAtEachStep(mailbox, Trouble.UNTIL_IT_IS_HEALED, Fault.BEFORE);
        failAtEachStep(mailbox, Trouble.UNTIL_IT_IS_HEALED, Fault.AFTER);
    }

    private void failAtEachStep(Mailbox mailbox, Trouble trouble, Fault fault) throws IOException {
        int step = 1;
        boolean hit = true;
        while (hit) {
            MaildirStore store = store(mailbox);
            disk.plan(trouble.from(step, fault));
            boolean delivered = deliver(store, TEXT);
            List<FaultyDisk.Step> steps = disk.steps();
            disk.heal();
            hit = steps.size() >= step;
            check(
                    store,
                    mailbox,
                    trouble,
                    delivered,
                    mailbox + ", " + trouble + ", " + fault + " " + step + " of "
                            + String.join(
                                    "\n",
                                    steps.stream()
                                            .map(FaultyDisk.Step::toString)
                                            .toList()));
            assertThat(step++).isLessThan(MAX_STEPS);
        }
        assertThat(step).as("steps that failed").isGreaterThan(8);
    }

    private void check(MaildirStore store, Mailbox mailbox, Trouble trouble, boolean delivered, String what)
            throws IOException {
        assertThat(disk.open()).as(what).isEmpty();
        List<Path> visible = visible();
        if (delivered) {
            assertThat(visible).as(what).singleElement().satisfies(file -> {
                assertThat(file).as(what).hasContent(STORED);
                assertThat(disk.couldBeLost(file)).as(what).isEmpty();
            });
        } else if (!visible.isEmpty()) {
            // It could not be removed either: it is there twice when it is sent again.
            assertThat(trouble).isNotEqualTo(Trouble.ONCE);
            assertThat(what).contains("DELETE " + visible.get(0));
            assertThat(visible)
                    .as(what)
                    .singleElement()
                    .satisfies(file -> assertThat(file).hasContent(STORED));
            Files.delete(visible.get(0));
        }
        if (mailbox.hasQuota() && delivered) {
            assertThat(deliver(store, TEXT))
                    .as("what is there counts: %s", what)
                    .isFalse();
        } else {
            assertThat(deliver(store, "x\r\n"))
                    .as("the next delivery: %s", what)
                    .isTrue();
            assertThat(visible())
                    .hasSize(delivered ? 2 : 1)
                    .allSatisfy(
                            file -> assertThat(disk.couldBeLost(file)).as(what).isEmpty());
        }
        try (Maildrop maildrop = ((OpenResult.Opened) store.open(JOE)).maildrop()) {
            assertThat(maildrop.messages()).as(what).hasSize(visible().size());
        }
        assertThat(disk.open()).as(what).isEmpty();
    }

    /** As an LMTP server does; false if it would be sent again. */
    private static boolean deliver(MaildirStore store, String text) {
        try {
            if (store.begin(JOE, text.length()) instanceof BeginResult.Begun begun) {
                try (Delivery delivery = begun.delivery()) {
                    delivery.message().write(text.getBytes(US_ASCII));
                    delivery.commit();
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aDiskThatIsFullAtAnyOctetLeavesNoTrace() throws IOException {
        byte[] text = TEXT.getBytes(US_ASCII);
        List<Integer> rooms = new ArrayList<>();
        for (int block = 0; block <= STORED.length(); block += 4096) {
            for (int room = block - 2; room <= block + 2; room++) {
                rooms.add(room);
            }
        }
        for (int room = STORED.length() - 3; room < STORED.length(); room++) {
            rooms.add(room);
        }
        MaildirStore store = store(Mailbox.THERE);
        for (int room : rooms) {
            if (room < 0 || room >= STORED.length()) {
                continue;
            }
            disk.room(room);
            boolean failed = false;
            Delivery delivery = store.begin(JOE);
            try (delivery) {
                delivery.message().write(text);
                delivery.commit();
            } catch (IOException e) {
                failed = true;
            }
            disk.heal();
            assertThat(failed).as("full at %d", room).isTrue();
            assertThat(visible()).as("full at %d", room).isEmpty();
            assertThat(files("tmp")).as("full at %d", room).isEmpty();
            assertThat(disk.open()).as("full at %d", room).isEmpty();
        }
        disk.room(STORED.length());
        assertThat(deliver(store, TEXT)).as("as much room as it takes").isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 4096})
    void writesThatTakeAPartAreContinued(int longest) throws IOException {
        MaildirStore store = store(Mailbox.THERE);
        disk.longestWrite(longest);
        assertThat(deliver(store, "Subject: x\r\n\r\n" + "0123456789\r\n".repeat(400)))
                .isTrue();
        assertThat(visible())
                .singleElement()
                .satisfies(file -> assertThat(file).hasContent("Subject: x\n\n" + "0123456789\n".repeat(400)));
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptAtAnyStepLeavesNoTraceAndIsKept(Mailbox mailbox) throws IOException {
        int step = 1;
        boolean hit = true;
        while (hit) {
            MaildirStore store = store(mailbox);
            int at = step;
            disk.plan((number, called) -> {
                if (number == at) {
                    Thread.currentThread().interrupt();
                }
                return Fault.NONE;
            });
            boolean delivered = deliver(store, TEXT);
            boolean interrupted = Thread.interrupted();
            List<FaultyDisk.Step> steps = disk.steps();
            disk.heal();
            hit = steps.size() >= step;
            String what = mailbox + ", interrupted at " + step + " of " + steps;
            assertThat(interrupted).as(what).isEqualTo(hit);
            check(store, mailbox, Trouble.ONCE, delivered, what);
            step++;
        }
        assertThat(step).isGreaterThan(8);
    }

    @Test
    void theStepsOfADeliveryAreKnown() throws IOException {
        MaildirStore store = store(Mailbox.THERE);
        disk.plan((number, called) -> Fault.NONE);
        assertThat(deliver(store, "x\r\n")).isTrue();
        assertThat(disk.steps().stream()
                        .map(FaultyDisk.Step::operation)
                        .filter(operation -> operation != Operation.LOOK && operation != Operation.OPEN))
                .containsExactly(
                        Operation.CREATE,
                        Operation.WRITE,
                        Operation.SYNC,
                        Operation.CLOSE,
                        Operation.RENAME,
                        Operation.SYNC,
                        Operation.CLOSE);
    }

    private List<Path> visible() throws IOException {
        return Stream.concat(files("new").stream(), files("cur").stream()).toList();
    }

    private List<Path> files(String name) throws IOException {
        Path inside = root.resolve("a.example/joe").resolve(name);
        if (!Files.exists(inside)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(inside)) {
            return files.toList();
        }
    }
}
