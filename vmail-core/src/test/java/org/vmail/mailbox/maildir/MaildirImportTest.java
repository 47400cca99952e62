package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.directory.Quota;
import org.vmail.internal.FaultyDisk;
import org.vmail.mailbox.BeginResult;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.QuotaLimits;
import org.vmail.mailbox.QuotaPolicy;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** Messages of another mailbox are taken over once. */
class MaildirImportTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final Instant TIME = Instant.parse("1998-01-03T01:05:34Z");
    private static final MaildirImport.Source TEXT =
            (item, out) -> out.write(("Subject: " + item.key() + "\r\n\r\nFrom \u00ff\r\n").getBytes(ISO_8859_1));

    @TempDir
    Path root;

    private static MaildirImport.Item item(String key, String flags) {
        return new MaildirImport.Item(key, TIME, flags, Optional.of(new UniqueId("old-" + key)));
    }

    private final List<MaildirImport.Item> items = List.of(
            item("b", ""),
            item("a", "S"),
            item("a-2", "FRS"),
            new MaildirImport.Item("c", TIME.plusSeconds(1), "", Optional.empty()));

    private MaildirStore store() {
        return MaildirStore.under(root);
    }

    private int importAll(List<MaildirImport.Item> chosen, MaildirImport.Steps steps) throws IOException {
        MaildirFolder folder = MaildirFolder.of(MailFolder.at(root), JOE);
        try (MaildirImport into = MaildirImport.begin(folder, new UniqueNames(Clock.systemUTC()), steps)
                .orElseThrow()) {
            return into.add(chosen, TEXT);
        }
    }

    private List<String> messages() throws IOException {
        List<String> found = new ArrayList<>();
        try (Maildrop maildrop = ((OpenResult.Opened) store().open(JOE)).maildrop()) {
            for (StoredMessage message : maildrop.messages()) {
                try (InputStream content = maildrop.content(message).orElseThrow()) {
                    String text = new String(content.readAllBytes(), ISO_8859_1);
                    assertThat(text).endsWith("\r\n\r\nFrom \u00ff\r\n").hasSize((int) message.octets());
                    found.add(message.uniqueId().value() + " " + text.substring(9, text.indexOf('\r')));
                }
            }
        }
        return found;
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        for (String part : List.of("new", "cur", "tmp")) {
            try (Stream<Path> files = Files.list(root.resolve("a.example/joe").resolve(part))) {
                files.forEach(file -> names.add(part + "/" + file.getFileName()));
            }
        }
        names.sort(null);
        return names;
    }

    private void assertAllThere() throws IOException {
        assertThat(names()).hasSize(4);
        assertThat(messages())
                .startsWith("old-b b", "old-a a", "old-a-2 a-2")
                .hasSize(4)
                .last()
                .asString()
                .endsWith(".import c");
        assertThat(names())
                .anyMatch(name -> name.matches("cur/.*Va\\.import,S=.*:2,S"))
                .anyMatch(name -> name.matches("cur/.*Va-2\\.import,S=.*:2,FRS"))
                .filteredOn(name -> name.startsWith("new/"))
                .hasSize(2);
        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.filter(file -> file.toString().contains("Va.import,")))
                    .singleElement()
                    .satisfies(
                            file -> assertThat(Files.getLastModifiedTime(file).toInstant())
                                    .isEqualTo(TIME));
        }
    }

    @Test
    void messagesKeepTheirOrderTimeFlagsAndUniqueIds() throws IOException {
        assertThat(importAll(items, step -> {})).isEqualTo(4);
        assertAllThere();
    }

    @Test
    void theSameAgainTakesOverOnlyWhatIsNew() throws IOException {
        assertThat(importAll(items.subList(0, 2), step -> {})).isEqualTo(2);
        assertThat(importAll(items, step -> {})).isEqualTo(2);
        assertThat(importAll(items, step -> {})).isZero();
        assertAllThere();
    }

    @Test
    void whatItsOwnerRemovedDoesNotComeBack() throws IOException {
        importAll(items, step -> {});
        try (Maildrop maildrop = ((OpenResult.Opened) store().open(JOE)).maildrop()) {
            maildrop.remove(Set.of(new UniqueId("old-a")));
        }
        assertThat(importAll(items, step -> {})).isZero();
        assertThat(messages()).hasSize(3);
    }

    @Test
    void aStopAnywhereIsMadeGood() throws IOException {
        int stop = 0;
        boolean completed = false;
        while (!completed) {
            int[] left = {stop++};
            try {
                importAll(items, step -> {
                    if (left[0]-- == 0) {
                        throw new IOException("stopped before: " + step);
                    }
                });
                completed = true;
            } catch (IOException stopped) {
                assertThat(stopped).hasMessageStartingWith("stopped before: ");
            }
            messages(); // somebody looks in between
            importAll(items, step -> {});
            assertAllThere();
            removeAll();
        }
        assertThat(stop).isGreaterThan(10);
    }

    @Test
    void uniqueIdsStayWhenTheMessagesBeforeWereRemovedSinceTheImportWasStopped() throws IOException {
        assertThatIOException()
                .isThrownBy(() -> importAll(items, step -> {
                    if (step.equals("write a")) {
                        throw new IOException("stopped");
                    }
                }));
        assertThat(importAll(items.subList(1, 4), step -> {})).isEqualTo(3);
        assertThat(messages()).hasSize(4).contains("old-b b", "old-a a", "old-a-2 a-2");
    }

    @Test
    void whatWasTakenOverIsToldWithoutTouchingAnything() throws IOException {
        assertThat(store().imported(JOE)).isEmpty();
        assertThat(root).isEmptyDirectory();

        importAll(items.subList(0, 3), step -> {});
        Files.delete(root.resolve("a.example/joe").resolve(MaildirImport.FILE));
        importAll(items.subList(3, 4), step -> {});
        List<String> before = names();
        try (Maildrop session = ((OpenResult.Opened) store().open(JOE)).maildrop()) {
            assertThat(session.messages()).hasSize(4);
            assertThat(store().imported(JOE)).containsExactlyInAnyOrder("b", "a", "a-2", "c");
        }
        assertThat(names()).isEqualTo(before);
    }

    @Test
    void aSourceThatFailsInTheMiddleLeavesNothingOfThatMessage() throws IOException {
        MaildirImport.Source broken = (item, out) -> {
            TEXT.write(item, out);
            if (item.key().equals("a-2")) {
                throw new IOException("broken");
            }
        };
        try (MaildirImport into = store().importMessages(JOE).orElseThrow()) {
            assertThatIOException().isThrownBy(() -> into.add(items, broken)).withMessage("broken");
        }
        assertThat(names()).hasSize(2).noneMatch(name -> name.startsWith("tmp/"));
        assertThat(importAll(items, step -> {})).isEqualTo(2);
        assertAllThere();
    }

    @Test
    void aDiskThatFailsAtAnyStepLosesAndDoublesNothing() throws IOException {
        for (FaultyDisk.Fault fault : List.of(FaultyDisk.Fault.BEFORE, FaultyDisk.Fault.AFTER)) {
            boolean hit = true;
            for (int step = 1; hit; step++) {
                int at = step;
                FaultyDisk disk = FaultyDisk.sound(root);
                disk.plan((number, called) -> number == at ? fault : FaultyDisk.Fault.NONE);
                boolean failed = importFails(disk);
                hit = disk.steps().size() >= step;
                String what = fault + " " + at + " of " + disk.steps();
                assertThat(disk.open()).as(what).isEmpty();
                disk.heal();
                if (failed) {
                    assertThat(importFails(disk)).as(what).isFalse();
                }
                assertAllThere();
                for (String name : names()) {
                    assertThat(disk.couldBeLost(root.resolve("a.example/joe").resolve(name)))
                            .as(what)
                            .isEmpty();
                }
                removeAll();
            }
        }
    }

    @Test
    void aDiskThatIsFullAtAnyOctetIsAnErrorAndTheNextRunGoesOn() throws IOException {
        boolean failed = true;
        for (int room = 0; failed; room += 23) {
            FaultyDisk disk = FaultyDisk.sound(root);
            disk.room(room);
            failed = importFails(disk);
            disk.heal();
            assertThat(disk.open()).as("%d octets", room).isEmpty();
            assertThat(failed && importFails(disk)).as("%d octets", room).isFalse();
            assertAllThere();
            removeAll();
            assertThat(room).isLessThan(1000);
        }
    }

    private boolean importFails(FaultyDisk disk) {
        try (MaildirImport into =
                MaildirStore.under(disk.path(root)).importMessages(JOE).orElseThrow()) {
            into.add(items, TEXT);
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private void removeAll() throws IOException {
        try (Stream<Path> all = Files.walk(root.resolve("a.example"))) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    @Test
    void aNoteThatWasCutShortDoesNoHarm() throws IOException {
        importAll(items.subList(0, 1), step -> {});
        Path notes = root.resolve("a.example/joe").resolve(MaildirImport.FILE);
        Files.writeString(notes, "a-", StandardOpenOption.APPEND);
        assertThat(importAll(items, step -> {})).isEqualTo(3);
        assertThat(importAll(items, step -> {})).isZero();
        assertAllThere();
    }

    @Test
    void whatAKilledImportLeftInTmpIsReplaced() throws IOException {
        MaildirFolder folder = MaildirFolder.of(MailFolder.at(root), JOE);
        Files.writeString(folder.tmp().resolve(TIME.getEpochSecond() + ".M000000Vb.import"), "half");
        importAll(items, step -> {});
        assertAllThere();
    }

    @Test
    void aSessionAndAnImportKeepEachOtherOutWhileMailIsDelivered() throws IOException {
        try (MaildirImport into = store().importMessages(JOE).orElseThrow()) {
            assertThat(store().open(JOE)).isInstanceOf(OpenResult.InUse.class);
            assertThat(store().importMessages(JOE)).isEmpty();
            try (Delivery delivery = store().begin(JOE)) {
                delivery.message().write("Subject: x\n\n".getBytes(ISO_8859_1));
                delivery.commit();
            }
            assertThat(into.add(items, TEXT)).isEqualTo(4);
        }
        assertThat(names()).hasSize(5);
    }

    @Test
    void importedMailCountsAndHasNoQuota() throws IOException {
        MaildirStore limited = store().withQuota(QuotaPolicy.of(QuotaLimits.forAll(new Quota(1000, 3))));
        try (Delivery delivery = ((BeginResult.Begun) limited.begin(JOE, 12)).delivery()) {
            delivery.message().write("Subject: x\n\n".getBytes(ISO_8859_1));
            delivery.commit();
        }
        importAll(items, step -> {});
        assertThat(limited.overQuota(JOE, 1)).isPresent();
        assertThat(limited.overQuota(JOE, 1).orElseThrow().usage().messages()).isEqualTo(5);
    }

    @Test
    void aKeyThatCouldLeaveItsFolderIsRefused() {
        for (String key : List.of("", "../x", "a/b", "a:b", "a,b", "x".repeat(41))) {
            assertThatIllegalArgumentException().isThrownBy(() -> item(key, ""));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> item("a", "/"));
    }
}
