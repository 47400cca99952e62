package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.vmail.mailbox.mbox.Mbox.FROM;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.mbox.Settings.Step;

/** A crash, or a disk that is full, at every step: no message that stays is lost or changed. */
class MboxCrashTest {
    private static final String BIG = "0123456789abcde\n".repeat(10_000);
    private static final String FIRST = message("first", "x\n");
    private static final String SECOND = message("second", BIG);
    private static final String THIRD = message("third", BIG.toUpperCase(Locale.ROOT));
    private static final String FOURTH = message("fourth", "From here\n".replace("From", ">From"));
    private static final String APPENDED = message("appended", "later\n");

    @TempDir
    Path folder;

    private Path root;
    private int copies;

    @BeforeEach
    void makeRoot() throws IOException {
        root = Files.createDirectory(folder.resolve("root"));
    }

    @Test
    void aCrashAnywhereWhileMessagesAreRemovedLosesNothing() throws IOException {
        List<Path> crashes = new ArrayList<>();
        EnumSet<Step> seen = EnumSet.noneOf(Step.class);
        Mbox mbox = Mbox.watched(root, step -> {
            seen.add(step);
            crashes.add(copy(root, "crash" + crashes.size() + "-" + step));
        });
        mbox.write(FIRST + SECOND + THIRD + FOURTH);
        mbox.remove(1);

        assertThat(seen)
                .containsExactly(
                        Step.PART_OF_JOURNAL_WRITTEN,
                        Step.JOURNAL_WRITTEN,
                        Step.JOURNAL_NAMED,
                        Step.PART_OVERWRITTEN,
                        Step.OVERWRITTEN,
                        Step.TRUNCATED,
                        Step.JOURNAL_DELETED);
        assertThat(mbox.text()).isEqualTo(FIRST + THIRD + FOURTH);
        for (Path crash : crashes) {
            boolean removed = !crash.toString().endsWith(Step.PART_OF_JOURNAL_WRITTEN.name())
                    && !crash.toString().endsWith(Step.JOURNAL_WRITTEN.name());
            String expected = removed ? FIRST + THIRD + FOURTH : FIRST + SECOND + THIRD + FOURTH;
            assertFoundAs(copy(crash, "plain"), expected);
            assertFoundAs(appended(copy(crash, "appended")), expected + APPENDED);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void blocksThatReachedTheDiskInAnyOrderLoseNothing(long seed) throws IOException {
        List<Path> crashes = new ArrayList<>();
        Mbox mbox = Mbox.watched(root, step -> {
            if (step == Step.OVERWRITTEN) {
                crashes.add(copy(root, "torn"));
            }
        });
        String before = FIRST + SECOND + THIRD + FOURTH;
        mbox.write(before);
        mbox.remove(1);
        Random random = new Random(seed);
        Mbox torn = new Mbox(crashes.get(0));
        StringBuilder text = new StringBuilder(torn.text());
        for (int at = 0; at + 512 < text.length(); at += 512) {
            if (random.nextBoolean()) {
                text.replace(at, at + 512, before.substring(at, at + 512));
            }
        }
        torn.write(text.toString());
        assertFoundAs(crashes.get(0), FIRST + THIRD + FOURTH);
    }

    @Test
    void aCrashDuringTheRecoveryFromACrashLosesNothing() throws IOException {
        List<Path> crashes = new ArrayList<>();
        Mbox mbox = Mbox.watched(root, step -> {
            if (step == Step.PART_OVERWRITTEN || step == Step.OVERWRITTEN) {
                crashes.add(appended(copy(root, "first" + crashes.size())));
            }
        });
        mbox.write(FIRST + SECOND + THIRD + FOURTH);
        mbox.remove(1);
        for (Path first : crashes) {
            List<Path> again = new ArrayList<>();
            Mbox recovering = Mbox.watched(first, step -> again.add(copy(first, "again" + again.size())));
            recovering.open().close();
            for (Path second : again) {
                assertFoundAs(second, FIRST + THIRD + FOURTH + APPENDED);
            }
        }
    }

    @Test
    void anMboxThatAnotherProgramRewroteAfterTheCrashIsLeftAloneAndTheJournalIsKept() throws IOException {
        List<Path> crashes = new ArrayList<>();
        Mbox mbox = Mbox.watched(root, step -> {
            if (step == Step.PART_OVERWRITTEN) {
                crashes.add(copy(root, "rewritten"));
            }
        });
        mbox.write(FIRST + SECOND + THIRD + FOURTH);
        mbox.remove(1);
        Mbox rewritten = new Mbox(crashes.get(0)).write(FOURTH);
        assertFoundAs(crashes.get(0), FOURTH);
        assertThat(rewritten.filesBeside()).contains(".joe.unfinished-1").doesNotContain(".joe.journal");
        assertThat(Files.readString(rewritten.file.resolveSibling(".joe.unfinished-1"), ISO_8859_1))
                .endsWith(THIRD + FOURTH);
    }

    @ParameterizedTest
    @EnumSource(names = {"PART_OF_JOURNAL_WRITTEN", "JOURNAL_WRITTEN"})
    void aFullDiskLeavesAllAsItWas(Step full) throws IOException {
        Mbox mbox = Mbox.watched(root, step -> {
            if (step == full) {
                throw new IOException("No space left on device");
            }
        });
        mbox.write(FIRST + SECOND + THIRD + FOURTH);
        var before = mbox.messages();
        try (Maildrop maildrop = mbox.open()) {
            assertThatIOException()
                    .isThrownBy(() ->
                            maildrop.remove(Set.of(maildrop.messages().get(1).uniqueId())));
            assertThat(Mbox.content(maildrop, maildrop.messages().get(3))).contains("fourth");
        }
        assertThat(mbox.text()).isEqualTo(FIRST + SECOND + THIRD + FOURTH);
        assertThat(mbox.messages()).isEqualTo(before);
        assertThat(mbox.filesBeside()).doesNotContain("joe.lock", ".joe.journal", ".joe.journal-new");
    }

    @ParameterizedTest
    @EnumSource(names = {"PART_APPENDED", "APPENDED", "SYNCED"})
    void aDeliveryThatFailsLeavesTheMboxAsItWas(Step full) throws IOException {
        Mbox mbox = Mbox.watched(root, step -> {
            if (step == full) {
                throw new IOException("No space left on device");
            }
        });
        mbox.write(FIRST);
        assertThatIOException().isThrownBy(() -> mbox.deliver(BIG));
        assertThat(mbox.text()).isEqualTo(FIRST);
        assertThat(mbox.filesBeside()).isEmpty();
    }

    @Test
    void anInterruptDoesNotTearADelivery() throws IOException {
        Mbox mbox = Mbox.watched(root, step -> {
            if (step == Step.PART_APPENDED) {
                Thread.currentThread().interrupt();
            }
        });
        mbox.write(FIRST);
        mbox.deliver("x".repeat(1_000));
        assertThat(Thread.interrupted()).isTrue();
        assertThat(mbox.text()).startsWith(FIRST).endsWith("xxx\n\n");
    }

    @Test
    void removingKeepsModeAndFile() throws IOException {
        Mbox mbox = new Mbox(root).write(FIRST + SECOND + THIRD);
        Files.setPosixFilePermissions(mbox.file, PosixFilePermissions.fromString("rw-rw----"));
        Object key = Files.getAttribute(mbox.file, "unix:ino");
        mbox.remove(0);
        assertThat(mbox.text()).isEqualTo(SECOND + THIRD);
        mbox.remove(0, 1);
        assertThat(mbox.text()).isEmpty();
        assertThat(Files.getAttribute(mbox.file, "unix:ino"))
                .as("a program that waits for a lock on the file writes to this one")
                .isEqualTo(key);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(mbox.file)))
                .isEqualTo("rw-rw----");
    }

    private static void assertFoundAs(Path folder, String expected) throws IOException {
        Mbox mbox = new Mbox(folder);
        mbox.open().close();
        assertThat(mbox.text().equals(expected)).as(folder.toString()).isTrue();
        mbox.deliver("and on\n");
        assertThat(mbox.text()).startsWith(expected);
        assertThat(mbox.filesBeside()).doesNotContain(".joe.journal");
    }

    private static Path appended(Path folder) throws IOException {
        new Mbox(folder).append(APPENDED);
        return folder;
    }

    private Path copy(Path from, String name) throws IOException {
        Path to = folder.resolve(++copies + "-" + name);
        Files.createDirectories(to.resolve("a.example"));
        try (Stream<Path> files = Files.list(from.resolve("a.example"))) {
            for (Path file : (Iterable<Path>) files::iterator) {
                if (!file.getFileName().toString().equals("joe.lock")) {
                    Files.copy(file, to.resolve("a.example").resolve(file.getFileName()));
                }
            }
        }
        return to;
    }

    private static String message(String subject, String body) {
        return FROM + "Subject: " + subject + "\n\n" + body + "\n";
    }
}
