package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** What is kept across logins, when it is used, and that nothing another program does is overlooked. */
class KeptListingTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final long MEMORY = 1 << 20;

    @TempDir
    Path root;

    private final List<Path> readings = new ArrayList<>();
    private final SettableClock clock = new SettableClock();
    private MaildirStore.FileSystemClock fileSystemClock = MaildropLock::fileSystemTime;
    /** Reads folders in place of the system, if not null. */
    private @Nullable FolderReader instead;

    private MaildirStore store;
    private Path fresh;
    private Path cur;

    @BeforeEach
    void makeFolders() throws IOException {
        store = store(MEMORY);
        open().close();
        readings.clear();
        fresh = root.resolve("a.example/joe/new");
        cur = root.resolve("a.example/joe/cur");
    }

    @Test
    void anUnchangedMaildropIsNotListedAgain() throws IOException {
        Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        Files.writeString(cur.resolve("1.2.host,S=3,W=4:2,S"), "two");
        settle();
        List<StoredMessage> first = messages();
        readings.clear();
        assertThat(messages()).isSameAs(first).hasSize(2);
        assertThat(readings).isEmpty();
        try (Maildrop maildrop = open()) {
            assertThat(text(maildrop, 1)).isEqualTo("two");
        }
    }

    @Test
    void whatAnotherProgramDoesIsSeenByTheNextSession() throws IOException {
        settle();
        assertThat(messages()).isEmpty();
        Path file = Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        settleTo(Instant.now().minusSeconds(500));
        assertThat(messages()).hasSize(1);
        file = Files.move(file, cur.resolve("1.1.host,S=3,W=4:2,"));
        settleTo(Instant.now().minusSeconds(400));
        assertThat(messages()).hasSize(1);
        Path flagged = Files.move(file, cur.resolve("1.1.host,S=3,W=4:2,S"));
        try (Maildrop maildrop = open()) {
            readings.clear();
            assertThat(text(maildrop, 0)).isEqualTo("one");
            assertThat(readings)
                    .as("found at once, because the listing is the latest")
                    .isEmpty();
        }
        Files.delete(flagged);
        assertThat(messages()).isEmpty();
    }

    @Test
    void aListingMadeSoonAfterTheLastChangeIsNotTrusted() throws IOException {
        FileTime time = FileTime.from(Instant.now().minusSeconds(1));
        setTimes(time);
        assertThat(messages()).isEmpty();
        Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        setTimes(time); // as a coarse clock has it
        assertThat(messages()).hasSize(1);
        Files.writeString(cur.resolve("1.2.host,S=3,W=4:2,S"), "two");
        setTimes(time);
        assertThat(messages()).hasSize(2);
    }

    @Test
    void itIsTheFileServersClockThatCounts() throws IOException {
        Instant anHourAgo = Instant.now().minusSeconds(3600);
        fileSystemClock = lock -> Optional.of(FileTime.from(anHourAgo.plusSeconds(1)));
        setTimes(FileTime.from(anHourAgo));
        assertThat(messages()).isEmpty();
        Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        setTimes(FileTime.from(anHourAgo));
        assertThat(messages()).hasSize(1);
    }

    @Test
    void aFolderFromTheFutureIsListedEachTime() throws IOException {
        FileTime tomorrow = FileTime.from(Instant.now().plus(Duration.ofDays(1)));
        setTimes(tomorrow);
        assertThat(messages()).isEmpty();
        Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        setTimes(tomorrow);
        assertThat(messages()).hasSize(1);
    }

    @Test
    void ifTheFileSystemsTimeIsNotKnownTheMaildropIsListedEachTime() throws IOException {
        fileSystemClock = lock -> Optional.empty();
        settle();
        messages();
        readings.clear();
        messages();
        assertThat(readings).contains(fresh, cur);
    }

    @Test
    void theLockFileTellsTheFileSystemsTime() throws IOException {
        MaildirFolder folder = MaildirFolder.of(MailFolder.at(root), JOE);
        Path file = root.resolve("a.example/joe/vmail.lock");
        Files.setLastModifiedTime(file, FileTime.fromMillis(0));
        try (MaildropLock lock =
                MaildropLock.tryLock(folder, FolderStamp.of(folder.path())).orElseThrow()) {
            Instant now = lock.fileSystemTime().orElseThrow().toInstant();
            assertThat(now)
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
        }
        assertThat(Files.size(file)).as("written over and over").isEqualTo(1);
    }

    @Test
    void aReplacedFolderOfTheSameTimeIsNoticed() throws IOException {
        for (Path folder : List.of(fresh, cur, root.resolve("a.example/joe"))) {
            settle();
            int before = messages().size();
            Files.move(folder, folder.resolveSibling(folder.getFileName() + ".old"));
            MaildirFolder.of(MailFolder.at(root), JOE);
            Path file = Files.writeString(
                    (folder.equals(cur) ? cur : fresh).resolve("1." + before + ".host,S=3,W=4"), "one");
            settle();
            assertThat(ids()).as(folder.toString()).contains("1." + before + ".host");
            assertThat(file).exists();
        }
    }

    @Test
    void aFolderThatIsMissingIsMadeAgain() throws IOException {
        settle();
        messages();
        Files.delete(cur);
        assertThat(messages()).isEmpty();
        assertThat(cur).isEmptyDirectory();
    }

    @Test
    void onlyTheFolderThatChangedIsListed() throws IOException {
        Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        Files.writeString(cur.resolve("1.2.host,S=3,W=4:2,S"), "two");
        settle();
        messages();
        readings.clear();
        Files.writeString(fresh.resolve("1.3.host,S=3,W=4"), "new");
        assertThat(ids()).containsExactly("1.1.host", "1.2.host", "1.3.host");
        assertThat(readings).containsExactly(fresh);
        settle();
        messages();
        readings.clear();
        Files.move(cur.resolve("1.2.host,S=3,W=4:2,S"), cur.resolve("1.2.host,S=3,W=4:2,RS"));
        try (Maildrop maildrop = open()) {
            assertThat(readings).isNotEmpty().doesNotContain(fresh);
            assertThat(text(maildrop, 1)).isEqualTo("two");
        }
    }

    @Test
    void aMessageThatLosesOneOfItsTwoFilesIsStillThere() throws IOException {
        Path first = Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        Path second = Files.createLink(cur.resolve("1.1.host,S=3,W=4:2,S"), first);
        settle();
        assertThat(messages()).hasSize(1);
        Files.delete(second);
        assertThat(messages()).hasSize(1);
    }

    @Test
    void aSizeIsCountedOnce() throws IOException {
        Path file = Files.writeString(cur.resolve("1.1.host:2,"), "a\n");
        assertThat(messages()).extracting(StoredMessage::octets).containsExactly(3L);
        // What nobody may do, and tells whether the file was read again.
        Files.writeString(file, "longer\n");
        Files.move(file, cur.resolve("1.1.host:2,S"));
        Files.writeString(fresh.resolve("1.2.host"), "b\n");
        assertThat(messages()).extracting(StoredMessage::octets).containsExactly(3L, 3L);
    }

    @Test
    void withoutMemoryNothingIsKept() throws IOException {
        store = store(0);
        settle();
        messages();
        readings.clear();
        messages();
        assertThat(readings).containsExactly(fresh, cur);
        assertThatIllegalArgumentException().isThrownBy(() -> store.withListingMemory(-1));
    }

    @Test
    void whatASessionRemovesIsGoneForTheNext() throws IOException {
        Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        Files.writeString(fresh.resolve("1.2.host,S=3,W=4"), "two");
        settle();
        messages();
        try (Maildrop maildrop = open()) {
            maildrop.remove(Set.of(new UniqueId("1.1.host")));
            assertThat(maildrop.messages()).hasSize(2);
            assertThat(maildrop.content(maildrop.messages().get(0))).isEmpty();
        }
        assertThat(ids()).containsExactly("1.2.host");
    }

    @Test
    void aMoveThatASessionNoticesIsFoundByTheNextToo() throws IOException {
        Path file = Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        settle();
        messages();
        for (int session = 0; session < 3; session++) {
            try (Maildrop maildrop = open()) {
                file = Files.move(file, cur.resolve("1.1.host,S=3,W=4:2," + "ABC".charAt(session)));
                settle();
                assertThat(text(maildrop, 0)).isEqualTo("one");
            }
        }
    }

    @Test
    void theListThatSessionsShareCannotBeChanged() throws IOException {
        Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        List<StoredMessage> list = messages();
        StoredMessage other = new StoredMessage(new UniqueId("x"), 1);
        assertThatThrownBy(() -> list.set(0, other)).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(list::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void removingManyThatMovedListsOnce() throws IOException {
        for (int i = 0; i < 300; i++) {
            Files.createFile(fresh.resolve(i + ".1.host,S=0,W=0"));
        }
        Files.createFile(fresh.resolve("999.1.host,S=0,W=0"));
        Set<UniqueId> ids = new HashSet<>();
        try (Maildrop maildrop = open()) {
            for (int i = 0; i < 300; i++) {
                ids.add(new UniqueId(i + ".1.host"));
                Path file = fresh.resolve(i + ".1.host,S=0,W=0");
                if (i % 3 == 0) {
                    Files.delete(file);
                } else {
                    Files.move(file, cur.resolve(file.getFileName() + ":2,S"));
                }
            }
            readings.clear();
            maildrop.remove(ids);
            assertThat(readings).containsOnlyOnce(fresh);
            maildrop.remove(ids);
            assertThat(readings).containsOnlyOnce(fresh);
        }
        assertThat(ids()).containsExactly("999.1.host");
    }

    @Test
    void aNameThatARenameHidIsFoundByReadingAgain() throws IOException {
        Path first = Files.writeString(cur.resolve("1.1.host,S=3,W=4:2,"), "one");
        Files.writeString(cur.resolve("1.2.host,S=3,W=4:2,"), "two");
        settle();
        Path renamed = cur.resolve("1.1.host,S=3,W=4:2,S");
        instead = (folder, names) -> FolderReader.SYSTEM.read(folder, (name, path) -> {
            if (!name.startsWith("1.1.") || Files.exists(renamed)) {
                names.add(name, path);
            } else {
                move(first, renamed);
            }
        });
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).hasSize(2);
            assertThat(text(maildrop, 0)).isEqualTo("one");
        }
    }

    @Test
    void aNameThatARenameHidInTheSameClockTickIsFoundByReadingAgain() throws IOException {
        Files.writeString(cur.resolve("1.1.host,S=3,W=4:2,"), "one");
        instead = (folder, names) -> FolderReader.SYSTEM.read(folder, (name, path) -> {
            if (readings.stream().filter(cur::equals).count() > 1) {
                names.add(name, path);
            }
        });
        assertThat(messages()).hasSize(1);
    }

    @Test
    void whatOneOfManyReadingsSawIsListedThoughTheFolderNeverRests() throws IOException {
        Files.writeString(cur.resolve("1.1.host,S=3,W=4:2,"), "one");
        Files.writeString(cur.resolve("1.2.host,S=3,W=4:2,"), "two");
        settle();
        instead = (folder, names) -> {
            int reading = (int) readings.stream().filter(cur::equals).count();
            FolderReader.SYSTEM.read(folder, (name, path) -> {
                if (!name.startsWith("1." + reading + '.')) {
                    names.add(name, path);
                }
            });
            setTimes(FileTime.fromMillis(1000L * reading));
        };
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).hasSize(2);
            assertThat(readings.stream().filter(cur::equals)).hasSize(3);
            assertThat(text(maildrop, 0)).isEqualTo("one");
            assertThat(text(maildrop, 1)).isEqualTo("two");
        }
    }

    @Test
    void aMessageThatIsRenamedBeforeItsSizeIsCountedIsFoundAgain() throws IOException {
        Files.writeString(cur.resolve("1.1.host:2,"), "one");
        Files.writeString(fresh.resolve("1.2.host"), "two");
        Files.writeString(cur.resolve("1.3.host:2,"), "three");
        settle();
        instead = (folder, names) -> {
            FolderReader.SYSTEM.read(folder, names);
            if (Files.exists(cur.resolve("1.1.host:2,")) && folder.equals(cur)) {
                move(cur.resolve("1.1.host:2,"), cur.resolve("1.1.host:2,S"));
                move(fresh.resolve("1.2.host"), cur.resolve("1.2.host:2,"));
                Files.delete(cur.resolve("1.3.host:2,"));
                settle();
            }
        };
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).hasSize(2);
            assertThat(text(maildrop, 0)).isEqualTo("one");
            assertThat(text(maildrop, 1)).isEqualTo("two");
        }
        instead = null;
        assertThat(ids()).as("and it is not missed later").containsExactly("1.1.host", "1.2.host");
    }

    @Test
    void aMailboxThatIsChangedAllTheTimeCannotBeOpenedNow() throws IOException {
        Files.writeString(cur.resolve("1.1.host:2,"), "one");
        instead = (folder, names) -> {
            FolderReader.SYSTEM.read(folder, names);
            if (folder.equals(cur)) {
                try (Stream<Path> files = Files.list(cur)) {
                    Path file = files.findFirst().orElseThrow();
                    move(file, file.resolveSibling(file.getFileName() + "S"));
                }
            }
        };
        assertThatIOException().isThrownBy(this::open).withMessageContaining("changed all the time");
        instead = null;
        assertThat(ids()).hasSize(1);
    }

    @Test
    void aMessageWithTwoFilesIsRemovedWhole() throws IOException {
        Files.writeString(fresh.resolve("1.1.host,S=3,W=4"), "one");
        Files.writeString(cur.resolve("1.1.host,S=3,W=4:2,S"), "one");
        Files.writeString(cur.resolve("1.2.host,S=3,W=4:2,S"), "two");
        settle();
        try (Maildrop maildrop = open()) {
            assertThat(maildrop.messages()).hasSize(2);
            maildrop.remove(Set.of(new UniqueId("1.1.host")));
        }
        assertThat(ids()).containsExactly("1.2.host");
        assertThat(fresh).isEmptyDirectory();
    }

    @Test
    void leftoversAreLookedForOnceAnHour() throws IOException {
        leftover();
        messages();
        assertThat(leftover()).as("the hour of the first opening is not over").exists();
        messages();
        assertThat(leftover()).exists();
        clock.now = clock.now.plus(Duration.ofMinutes(61));
        messages();
        assertThat(root.resolve("a.example/joe/tmp")).isEmptyDirectory();
        Path next = leftover();
        messages();
        assertThat(next).exists();
    }

    private Path leftover() throws IOException {
        Path file = root.resolve("a.example/joe/tmp/1.1.host");
        Files.writeString(file, "half a mess");
        return Files.setLastModifiedTime(file, FileTime.from(clock.now.minus(Duration.ofDays(3))));
    }

    private MaildirStore store(long memory) {
        FolderReader reader = (folder, names) -> {
            readings.add(folder);
            (instead == null ? FolderReader.SYSTEM : instead).read(folder, names);
        };
        return new MaildirStore(
                root, memory, new MaildirStore.Surroundings(clock, reader, lock -> fileSystemClock.time(lock)));
    }

    /** Makes it long ago that the folders changed, at a time that is always the same. */
    private void settle() throws IOException {
        settleTo(Instant.ofEpochSecond(1_700_000_000));
    }

    private void settleTo(Instant time) throws IOException {
        setTimes(FileTime.from(time));
    }

    private void setTimes(FileTime time) throws IOException {
        Files.setLastModifiedTime(fresh, time);
        Files.setLastModifiedTime(cur, time);
        assertThat(Files.getLastModifiedTime(cur, LinkOption.NOFOLLOW_LINKS).toMillis())
                .isEqualTo(time.toMillis());
    }

    private Maildrop open() throws IOException {
        OpenResult result = store.open(JOE);
        assertThat(result).isInstanceOf(OpenResult.Opened.class);
        return ((OpenResult.Opened) result).maildrop();
    }

    private List<StoredMessage> messages() throws IOException {
        try (Maildrop maildrop = open()) {
            return maildrop.messages();
        }
    }

    private List<String> ids() throws IOException {
        return messages().stream().map(message -> message.uniqueId().value()).toList();
    }

    private static void move(Path from, Path to) {
        assertThat(from.toFile().renameTo(to.toFile())).isTrue();
    }

    private static String text(Maildrop maildrop, int index) throws IOException {
        try (InputStream content =
                maildrop.content(maildrop.messages().get(index)).orElseThrow()) {
            return new String(content.readAllBytes(), US_ASCII);
        }
    }

    private static final class SettableClock extends Clock {
        private Instant now = Instant.now();

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
