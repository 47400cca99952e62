package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.directory.Quota;
import org.vmail.internal.FaultyDisk;
import org.vmail.internal.FaultyDisk.Fault;
import org.vmail.internal.FaultyDisk.Operation;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;

/**
 * A disk of which each step around an append fails, one after the other: the mbox itself is written past it, see {@link
 * MboxCrashTest}. A delivery that fails leaves the mbox as it was, nothing open and no room taken; one that succeeds survives a
 * crash of the machine.
 */
class MboxFaultyDiskTest {
    private static final String BEFORE = Mbox.FROM + "Subject: before\n\nbefore\n\n";
    /** Too much for the memory of a delivery. */
    private static final String TEXT = "Subject: x\r\n\r\n" + "0123456789abcdef\r\n".repeat(8000);

    private static final int MAX_STEPS = 200;

    @TempDir
    Path folder;

    private final FaultyDisk disk = FaultyDisk.sound(Path.of("/"));
    private Path root = Path.of("");
    private Path mbox = Path.of("");
    private int roots;

    private MboxStore store(boolean there) throws IOException {
        root = Files.createDirectory(folder.resolve("root" + roots++)).toRealPath();
        mbox = root.resolve("a.example/joe");
        if (there) {
            Files.createDirectory(mbox.getParent());
            Files.writeString(mbox, BEFORE);
        }
        return MboxStore.under(disk.path(root))
                .withLocks(Mbox.IMPATIENT)
                .withQuota(QuotaPolicy.of(QuotaLimits.forAll(Quota.ofMessages(there ? 2 : 1))));
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void eachStepThatFailsOnceLeavesNoTrace(Fault fault) throws IOException {
        failAtEachStep(true, 1, fault);
        failAtEachStep(false, 1, fault);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aDiskThatFailsFromSomeStepOnLeavesNoTrace(Fault fault) throws IOException {
        failAtEachStep(true, MAX_STEPS, fault);
        failAtEachStep(false, MAX_STEPS, fault);
    }

    private void failAtEachStep(boolean there, int failures, Fault fault) throws IOException {
        int step = 1;
        boolean hit = true;
        while (hit) {
            MboxStore store = store(there);
            int from = step;
            disk.plan((number, called) -> from <= number && number < from + failures ? fault : Fault.NONE);
            boolean delivered = deliver(store, TEXT);
            List<FaultyDisk.Step> steps = disk.steps();
            disk.heal();
            hit = steps.size() >= step;
            check(store, there, delivered, fault + " " + step + " of " + steps);
            assertThat(step++).isLessThan(MAX_STEPS);
        }
        assertThat(step).isGreaterThan(10);
    }

    private void check(MboxStore store, boolean there, boolean delivered, String what) throws IOException {
        assertThat(disk.open()).as(what).isEmpty();
        assertThat(Files.exists(mbox) ? Files.readString(mbox, ISO_8859_1).length() : 0)
                .as(what)
                .matches(length -> delivered ? length > TEXT.length() / 2 : length == (there ? BEFORE.length() : 0));
        if (what.contains(Operation.CREATE + " " + mbox + ".lock")) {
            Files.deleteIfExists(mbox.resolveSibling("joe.lock")); // it could not be removed, and is stale some time
        }
        if (delivered) {
            assertThat(disk.couldBeLost(mbox)).as(what).isEmpty();
        }
        assertThat(deliver(store, "x\r\n")).as("another one: %s", what).isEqualTo(!delivered);
        assertThat(disk.couldBeLost(mbox)).as(what).isEmpty();
        assertThat(disk.open()).as(what).isEmpty();
        try (Maildrop maildrop = Mbox.open(store)) {
            assertThat(maildrop.messages()).as(what).hasSize(there ? 2 : 1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptAtAnyStepLeavesNoTraceAndIsKept(boolean there) throws IOException {
        int step = 1;
        boolean hit = true;
        while (hit) {
            MboxStore store = store(there);
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
            String what = "interrupted at " + step + " of " + steps;
            assertThat(interrupted).as(what).isEqualTo(hit);
            check(store, there, delivered, what);
            step++;
        }
        assertThat(step).isGreaterThan(10);
    }

    private static boolean deliver(MboxStore store, String text) {
        try {
            if (store.begin(Mbox.JOE, text.length()) instanceof BeginResult.Begun begun) {
                try (Delivery delivery = begun.delivery()) {
                    delivery.message().write(text.getBytes(ISO_8859_1));
                    delivery.commit();
                    return true;
                }
            }
            return false;
        } catch (IOException e) {
            return false;
        }
    }
}
