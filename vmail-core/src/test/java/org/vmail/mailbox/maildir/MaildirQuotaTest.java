package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.internal.FaultyDisk;
import org.vmail.internal.FaultyDisk.Fault;
import org.vmail.internal.FaultyDisk.Operation;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.QuotaContract;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;

/** The file maildirsize: who wrote it, what became of it, and what is counted when it cannot be used. */
class MaildirQuotaTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final Quota TEN = new Quota(1000, 10);
    private static final String TEN_OCTETS = "123456789\n";

    @TempDir
    Path root;

    private Path mailbox;
    private Path sizes;
    private final FaultyDisk disk = FaultyDisk.sound(Path.of("/"));
    private int readings;
    private MaildirStore store;

    @BeforeEach
    void makeMailbox() throws IOException {
        mailbox = root.resolve("a.example/joe");
        sizes = mailbox.resolve("maildirsize");
        for (String folder : List.of("tmp", "new", "cur")) {
            Files.createDirectories(mailbox.resolve(folder));
        }
        store = limited(TEN, Clock.systemUTC());
    }

    @Test
    void theFirstDeliveryWritesLimitsAndSum() throws IOException {
        deliver();
        assertThat(sizes).hasContent("1000S,10C\n0 0\n10 1\n");
        deliver();
        assertThat(sizes).hasContent("1000S,10C\n0 0\n10 1\n10 1\n");
        assertThat(mailbox.resolve("tmp")).isEmptyDirectory();
    }

    @Test
    void onlyWhatIsLimitedIsNamed() throws IOException {
        store = limited(Quota.ofOctets(77), Clock.systemUTC());
        deliver();
        assertThat(sizes).content().startsWith("77S\n");
        store = limited(Quota.ofMessages(7), Clock.systemUTC());
        deliver();
        assertThat(sizes).content().startsWith("7C\n10 1\n");
    }

    @Test
    void whatIsStoredCountsAndNotWhatWasAnnounced() throws IOException {
        try (Delivery delivery = begin(100)) {
            assertThat(sizes).hasContent("1000S,10C\n0 0\n100 1\n");
            delivery.message().write("123456789\r\n".getBytes(US_ASCII));
            delivery.commit();
        }
        assertThat(sizes).hasContent("1000S,10C\n0 0\n100 1\n-90 0\n");
    }

    @Test
    void anAbandonedDeliveryIsTakenBack() throws IOException {
        begin(100).close();
        assertThat(sizes).hasContent("1000S,10C\n0 0\n100 1\n-100 -1\n");
    }

    @Test
    void theMailboxIsNotReadForEachDelivery() throws IOException {
        for (int i = 0; i < 5; i++) {
            deliver();
        }
        assertThat(readings).as("new and cur, once").isEqualTo(2);
    }

    @Test
    void withoutAQuotaNothingIsReadOrWritten() throws IOException {
        store = limited(Quota.UNLIMITED, Clock.systemUTC());
        deliver();
        assertThat(readings).isZero();
        assertThat(sizes).doesNotExist();
    }

    @Test
    void theFileOfAnotherProgramIsKeptUpWithoutAQuota() throws IOException {
        store = limited(Quota.UNLIMITED, Clock.systemUTC());
        Files.writeString(sizes, "5S\n0 0\n");
        deliver();
        assertThat(sizes).hasContent("5S\n0 0\n10 1\n");
        Files.writeString(sizes, "5S\n" + "0 0\n".repeat(2000));
        deliver();
        assertThat(sizes).as("too long for its readers").doesNotExist();
    }

    @Test
    void aStoreWithoutAPolicyLeavesTheFileAlone() throws IOException {
        store = MaildirStore.under(root);
        Files.writeString(sizes, "5S\n0 0\n");
        deliver();
        assertThat(sizes).hasContent("5S\n0 0\n");
    }

    @Test
    void allFoldersCount() throws IOException {
        message("new", "1.2.host,S=100");
        message("cur", "1.3.host,S=20,W=30:2,ST");
        message(".Sent/cur", "1.4.host:2,S");
        message(".Trash/new", "1.5.host,S=x");
        message("cur", "1.6.host:2,S=7");
        message(".Sent/tmp", "1.7.host,S=500");
        Files.createDirectories(mailbox.resolve("notes/cur"));
        message("notes/cur", "1.8.host,S=500");
        Files.createSymbolicLink(mailbox.resolve(".link"), mailbox.resolve("notes"));
        assertThat(usage()).isEqualTo("1000S,10C\n" + (100 + 20 + 3 * 3) + " 5\n");
    }

    @Test
    void linesOfOtherProgramsAreAdded() throws IOException {
        Files.writeString(sizes, "1000S,10C\n           0           7\n        0  3\n    -5   -1 \n9 0\n");
        deliver();
        assertThat(delivers())
                .as("7 + 3 - 1 + 1 is 10, but nothing is in the mailbox")
                .isTrue();
        assertThat(readings).isEqualTo(2);
    }

    @Test
    void aSumThatLeavesNoRoomIsBelievedForFifteenMinutes() throws IOException {
        Instant written = Instant.parse("2026-11-22T12:00:00Z");
        store = limited(TEN, Clock.fixed(written.plus(Duration.ofMinutes(15)), ZoneOffset.UTC));
        Files.writeString(sizes, "1000S,10C\n1000 10\n");
        Files.setLastModifiedTime(sizes, FileTime.from(written));
        assertThat(delivers()).isFalse();
        assertThat(readings).isZero();
        assertThat(sizes).hasContent("1000S,10C\n1000 10\n");
        store = limited(TEN, Clock.fixed(written.plus(Duration.ofMinutes(15)).plusSeconds(1), ZoneOffset.UTC));
        assertThat(delivers()).isTrue();
    }

    @Test
    void otherLimitsAreCountedAnew() throws IOException {
        Files.writeString(sizes, "1001S,10C\n0 5\n");
        deliver();
        assertThat(sizes).hasContent("1000S,10C\n0 0\n10 1\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "1000S,10C",
                "1000S,10C\n",
                "1000S,10C\n1 1",
                "1000S,10C\n\n",
                "1000S,10C\n1\n",
                "1000S,10C\n1 1 1\n",
                "1000S,10C\nx y\n",
                "1000S,10C\n1 -1\n",
                "1000S,10C\n-1 1\n",
                "1000S,10C\n999999999999999999999 1\n",
                "1000S,10C\n0 0\n\0\0\0\0",
                "\0\0\0\0\0\0\0\n",
                "nonsense\n0 0\n",
            })
    void aDamagedFileIsCountedAnew(String text) throws IOException {
        message("cur", "1.2.host,S=100");
        Files.writeString(sizes, text);
        deliver();
        assertThat(sizes).hasContent("1000S,10C\n100 1\n10 1\n");
    }

    @Test
    void aLongFileIsCountedAnew() throws IOException {
        Files.writeString(sizes, "1000S,10C\n" + " ".repeat(SizeFile.MAX_OCTETS - 14) + "0 0\n");
        assertThat(sizes).hasSize(SizeFile.MAX_OCTETS);
        deliver();
        assertThat(sizes).hasContent("1000S,10C\n0 0\n10 1\n");
        Files.write(sizes, new byte[50_000_000]);
        deliver();
        assertThat(sizes).hasContent("1000S,10C\n10 1\n10 1\n");
    }

    @Test
    void itStaysShort() throws IOException {
        store = limited(Quota.ofMessages(100_000), Clock.systemUTC());
        for (int i = 0; i < 600; i++) {
            begin(1_000_000).close();
            assertThat(Files.size(sizes)).isLessThan(SizeFile.MAX_OCTETS + 40);
        }
        assertThat(usage()).startsWith("100000C\n0 0\n");
    }

    @Test
    void aSymbolicLinkIsReplacedAndNotFollowed() throws IOException {
        Path elsewhere = Files.writeString(root.resolve("elsewhere"), "1000S,10C\n0 0\n");
        Files.createSymbolicLink(sizes, elsewhere);
        deliver();
        assertThat(sizes).isRegularFile().hasContent("1000S,10C\n0 0\n10 1\n");
        assertThat(Files.isSymbolicLink(sizes)).isFalse();
        assertThat(elsewhere).hasContent("1000S,10C\n0 0\n");
    }

    @Test
    void aFolderInItsPlaceRefusesNoMailAndEnforcesTheQuota() throws IOException {
        Files.createDirectories(sizes.resolve("x"));
        for (int i = 0; i < 10; i++) {
            deliver();
        }
        assertThat(delivers()).isFalse();
        try (Stream<Path> left = Files.list(mailbox.resolve("tmp"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aMailboxThatIsCountedForEachDeliveryHoldsRoomForThoseUnderWay() throws IOException {
        Files.createDirectories(sizes.resolve("x"));
        store = limited(Quota.ofMessages(1), Clock.systemUTC());
        try (Delivery delivery = begin(1)) {
            assertThat(delivers()).isFalse();
            delivery.message().write(1);
        }
        assertThat(delivers()).isTrue();
        assertThat(delivers()).isFalse();
    }

    @Test
    void whatIsUnderWayIsAddedToAFileThatAnotherProgramWrote() throws IOException {
        try (Delivery delivery = begin(10)) {
            delivery.message().write(TEN_OCTETS.getBytes(US_ASCII));
            countAsAnotherProgram("1000S,10C\n0 0\n");
            assertThat(store.overQuota(JOE, 990)).isEmpty();
            assertThat(sizes).hasContent("1000S,10C\n0 0\n10 1\n");
            assertThat(store.overQuota(JOE, 991)).isPresent();
            assertThat(sizes).as("counted anew before it is refused").hasContent("1000S,10C\n10 1\n");
            delivery.commit();
        }
        assertThat(sizes).hasContent("1000S,10C\n10 1\n");
    }

    @Test
    void whatIsAbandonedIsNotTakenFromAFileThatNeverHadIt() throws IOException {
        try (Delivery delivery = begin(10)) {
            countAsAnotherProgram("1000S,10C\n20 2\n");
            delivery.message().write(1);
        }
        assertThat(sizes).hasContent("1000S,10C\n20 2\n");
    }

    @Test
    void roomThatAnotherProgramGaveAwayIsNotUsedTwice() throws IOException {
        try (Delivery delivery = begin(10)) {
            delivery.message().write(TEN_OCTETS.getBytes(US_ASCII));
            countAsAnotherProgram("1000S,10C\n1000 10\n");
            assertThatIOException().isThrownBy(delivery::commit);
        }
        assertThat(mailbox.resolve("new")).isEmptyDirectory();
        assertThat(sizes).as("given back").hasContent("1000S,10C\n1000 10\n10 1\n-10 -1\n");
    }

    @Test
    void aFileThatDisappearsDuringADeliveryIsCountedAnew() throws IOException {
        try (Delivery delivery = begin(10)) {
            delivery.message().write(TEN_OCTETS.getBytes(US_ASCII));
            Files.delete(sizes);
            delivery.commit();
        }
        assertThat(sizes).hasContent("1000S,10C\n10 1\n");
        begin(10).close();
        assertThat(usage()).isEqualTo("1000S,10C\n10 1\n");
    }

    @Test
    void whatASessionRemovesIsSubtracted() throws IOException {
        deliver();
        message("cur", "1.2.host,S=5");
        Files.writeString(sizes, "5 1\n", StandardOpenOption.APPEND);
        QuotaContractAccess.removeFirst(store, JOE);
        assertThat(sizes).hasContent("1000S,10C\n0 0\n10 1\n5 1\n-5 -1\n");
    }

    @Test
    void aSumThatMayHaveSeenPartOfARemovalIsDropped() throws IOException {
        message("cur", "1.2.host,S=5");
        deliver();
        MailboxQuota quota = MailboxQuota.of(new MaildirFolder(mailbox));
        MailboxQuota.Removal removal = quota.removal();
        removal.add(5);
        countAsAnotherProgram("1000S,10C\n10 1\n");
        removal.end();
        assertThat(sizes).doesNotExist();
    }

    @Test
    void anInterruptedThreadGivesItsRoomBack() throws IOException {
        Delivery delivery = begin(10);
        Thread.currentThread().interrupt();
        try {
            delivery.close();
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(sizes).hasContent("1000S,10C\n0 0\n10 1\n-10 -1\n");
    }

    @Test
    void askingMakesNoMailbox() throws IOException {
        MailAddress nobody = MailAddress.of("nobody@b.example");
        assertThat(store.overQuota(nobody, 1)).isEmpty();
        assertThat(store.overQuota(nobody, 1001)).isPresent();
        assertThat(root.resolve("b.example")).doesNotExist();
    }

    @Test
    void severalProcessesFillItAndGoNotBeyond() throws Exception {
        int room = 60;
        try (ChildProcess one = ChildProcess.start(Deliverer.class, root.toString(), Integer.toString(room));
                ChildProcess two = ChildProcess.start(Deliverer.class, root.toString(), Integer.toString(room))) {
            int delivered = Integer.parseInt(one.readLine()) + Integer.parseInt(two.readLine());
            try (Stream<Path> files = Files.list(mailbox.resolve("new"))) {
                assertThat(files).hasSize(delivered);
            }
            assertThat(delivered).isBetween(room - 2, room);
        }
    }

    /** What was removed makes way for another file with the same number. */
    @Test
    void aFileIsNotTakenForTheOneWhosePlaceItHas() throws IOException {
        store = limited(Quota.ofMessages(2), Clock.systemUTC());
        try (Delivery first = begin(10)) {
            Files.createFile(mailbox.resolve("cur/20.other,S=10"));
            Object counted =
                    Files.readAttributes(sizes, BasicFileAttributes.class).fileKey();
            for (int i = 0; i < 100; i++) {
                countAnew("2C\n0 0\n10 1\n0 0\n");
                if (Files.readAttributes(sizes, BasicFileAttributes.class)
                        .fileKey()
                        .equals(counted)) {
                    break;
                }
            }
            assertThat(store.begin(JOE, 10))
                    .as("one is there and one under way")
                    .isInstanceOf(BeginResult.OverQuota.class);
            assertThat(first).isNotNull();
        }
    }

    @Test
    void whoIsOvertakenWhileTakingRoomIsRefused() throws IOException {
        store = onDisk(Quota.ofMessages(1));
        begin(10).close();
        AtomicInteger lines = new AtomicInteger();
        disk.plan((number, step) -> {
            if (step.operation() == Operation.WRITE && step.file().equals(sizes) && lines.getAndIncrement() == 0) {
                unchecked(() -> Files.writeString(sizes, "10 1\n", StandardOpenOption.APPEND));
            }
            return Fault.NONE;
        });
        assertThat(store.begin(JOE, 10)).isInstanceOf(BeginResult.OverQuota.class);
        assertThat(lines).as("taken, and given back").hasValue(2);
    }

    @Test
    void aMessageThatBecomesVisibleWhileOthersCountIsCounted() throws IOException {
        store = onDisk(Quota.ofMessages(2));
        try (Delivery delivery = begin(10)) {
            delivery.message().write(TEN_OCTETS.getBytes(US_ASCII));
            disk.plan((number, step) -> {
                if (step.operation() == Operation.RENAME) {
                    unchecked(() -> countAnew("2C\n0 0\n"));
                }
                return Fault.NONE;
            });
            delivery.commit();
        }
        assertThat(sizes).hasContent("2C\n0 0\n10 1\n");
    }

    @Test
    void aLineThatCouldNotBeWrittenWholeLeavesNoFile() throws IOException {
        store = onDisk(Quota.ofMessages(2));
        begin(10).close();
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().write(TEN_OCTETS.getBytes(US_ASCII));
            disk.longestWrite(1);
            delivery.commit();
        }
        assertThat(sizes).doesNotExist();
    }

    private MaildirStore onDisk(Quota quota) {
        return MaildirStore.under(disk.path(root)).withQuota(QuotaPolicy.of(QuotaLimits.forAll(quota)));
    }

    /** What another program does. */
    private interface Change {
        Object make() throws IOException;
    }

    private static void unchecked(Change change) {
        try {
            Object unused = change.make();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As another program does. */
    private Path countAnew(String text) throws IOException {
        Path counted = Files.writeString(mailbox.resolve("tmp/sizes"), text);
        return Files.move(counted, sizes, StandardCopyOption.ATOMIC_MOVE);
    }

    /** A process that delivers until there is no room, with four threads. */
    static final class Deliverer {
        private Deliverer() {}

        public static void main(String[] args) throws Exception {
            int room = Integer.parseInt(args[1]);
            MaildirStore store = MaildirStore.under(Path.of(args[0]))
                    .withQuota(QuotaPolicy.of(QuotaLimits.forAll(Quota.ofMessages(room))));
            AtomicInteger delivered = new AtomicInteger();
            List<Thread> threads = Stream.<Runnable>generate(() -> () -> {
                        for (int i = 0; i < room; i++) {
                            try (Delivery delivery =
                                    QuotaContractAccess.begin(store, JOE, 10).orElse(null)) {
                                if (delivery != null) {
                                    delivery.message().write(TEN_OCTETS.getBytes(US_ASCII));
                                    delivery.commit();
                                    delivered.incrementAndGet();
                                }
                            } catch (IOException e) {
                                // to be tried again
                            }
                        }
                    })
                    .limit(4)
                    .map(Thread::new)
                    .toList();
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            System.out.println(delivered);
        }
    }

    /** What the contract has for its heirs. */
    private abstract static class QuotaContractAccess extends QuotaContract<MaildirStore> {
        static void removeFirst(MaildirStore store, MailAddress account) throws IOException {
            QuotaContract.removeFirst(store, account);
        }

        static Optional<Delivery> begin(MaildirStore store, MailAddress account, long octets) throws IOException {
            return QuotaContract.begin(store, account, octets);
        }
    }

    private MaildirStore limited(Quota quota, Clock clock) {
        FolderReader counting = (folder, names) -> {
            readings++;
            FolderReader.SYSTEM.read(folder, names);
        };
        MaildirStore.Surroundings surroundings =
                new MaildirStore.Surroundings(clock, counting, MaildirStore.Surroundings.SYSTEM.fileSystemClock());
        return new MaildirStore(root, 0, surroundings).withQuota(QuotaPolicy.of(QuotaLimits.forAll(quota)));
    }

    private void countAsAnotherProgram(String text) throws IOException {
        Path other = Files.writeString(mailbox.resolve("tmp/other"), text);
        Files.move(other, sizes, StandardCopyOption.ATOMIC_MOVE);
    }

    private String usage() throws IOException {
        Files.deleteIfExists(sizes);
        assertThat(store.overQuota(JOE, 0)).isEmpty();
        return Files.readString(sizes);
    }

    private void message(String folder, String name) throws IOException {
        Files.writeString(Files.createDirectories(mailbox.resolve(folder)).resolve(name), "a b");
    }

    private void deliver() throws IOException {
        assertThat(delivers()).isTrue();
    }

    private boolean delivers() throws IOException {
        Optional<Delivery> begun = QuotaContractAccess.begin(store, JOE, TEN_OCTETS.length());
        if (begun.isEmpty()) {
            return false;
        }
        try (Delivery delivery = begun.get()) {
            delivery.message().write(TEN_OCTETS.getBytes(US_ASCII));
            delivery.commit();
        }
        return true;
    }

    private Delivery begin(long octets) throws IOException {
        return ((BeginResult.Begun) store.begin(JOE, octets)).delivery();
    }
}
