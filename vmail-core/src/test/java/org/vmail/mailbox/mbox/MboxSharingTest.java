package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.vmail.mailbox.mbox.Mbox.FROM;
import static org.vmail.mailbox.mbox.Mbox.JOE;
import static org.vmail.mailbox.mbox.Mbox.content;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.StoredMessage;
import org.vmail.mailbox.UniqueId;

/** Other programs use the file during a session, and other accounts are near. */
class MboxSharingTest {
    private static final String ONE = FROM + "Subject: one\n\none\n\n";
    private static final String TWO = FROM + "Subject: two\n\ntwo\n\n";
    private static final String THREE = FROM + "Subject: three\n\nthree\n\n";

    @TempDir
    Path root;

    private Mbox mbox;

    @BeforeEach
    void makeMbox() throws IOException {
        mbox = new Mbox(root);
    }

    @Test
    void aMessageThatAnotherProgramRemovedIsGoneAndTheOthersAreNotMixedUp() throws IOException {
        mbox.write(ONE + TWO + THREE);
        try (Maildrop maildrop = mbox.open()) {
            List<StoredMessage> messages = maildrop.messages();
            mbox.write(ONE + THREE);
            assertThat(maildrop.content(messages.get(1))).isEmpty();
            assertThat(content(maildrop, messages.get(2))).contains("Subject: three");
            maildrop.remove(Set.of(messages.get(1).uniqueId(), messages.get(0).uniqueId()));
        }
        assertThat(mbox.text()).isEqualTo(THREE);
    }

    @Test
    void aMessageThatAnotherProgramChangedIsGoneAndIsNotRemoved() throws IOException {
        mbox.write(ONE + TWO);
        try (Maildrop maildrop = mbox.open()) {
            mbox.replace("\ntwo\n", "\nTWO\n");
            assertThat(maildrop.content(maildrop.messages().get(1))).isEmpty();
            maildrop.remove(Set.of(maildrop.messages().get(1).uniqueId()));
        }
        assertThat(mbox.text()).contains("TWO");
    }

    @Test
    void flagsThatAnotherProgramSetChangeNothing() throws IOException {
        mbox.write(ONE + TWO);
        try (Maildrop maildrop = mbox.open()) {
            mbox.replace("Subject:", "Status: RO\nX-UID: 1\nSubject:");
            for (StoredMessage message : maildrop.messages()) {
                assertThat(content(maildrop, message)).hasSize((int) message.octets());
            }
            maildrop.remove(Set.of(maildrop.messages().get(0).uniqueId()));
        }
        assertThat(mbox.contents()).containsExactly("Subject: two\r\n\r\ntwo\r\n");
    }

    @Test
    void anMboxThatIsRemovedDuringASessionIsEmpty() throws IOException {
        mbox.write(ONE);
        try (Maildrop maildrop = mbox.open()) {
            Files.delete(mbox.file);
            assertThat(maildrop.content(maildrop.messages().get(0))).isEmpty();
            maildrop.remove(Set.of(maildrop.messages().get(0).uniqueId()));
        }
        assertThat(mbox.file).doesNotExist();
    }

    @Test
    void mailThatIsAppendedAfterTheLastLookIsKeptWhateverItsFirstLine() throws IOException {
        mbox.write(ONE + FROM + "\ntwo\n");
        try (Maildrop maildrop = mbox.open()) {
            mbox.append("\n" + THREE);
            maildrop.remove(Set.of(maildrop.messages().get(1).uniqueId()));
        }
        assertThat(mbox.text()).isEqualTo(ONE + THREE);
    }

    @Test
    void aLongMessageThatIsChangedWhileItIsReadIsNotTakenForWhole() throws IOException {
        mbox.write(FROM + "\n" + "0123456789\n".repeat(100_000) + "\n");
        try (Maildrop maildrop = mbox.open();
                InputStream in = maildrop.content(maildrop.messages().get(0)).orElseThrow()) {
            assertThat(in.readNBytes(10)).hasSize(10);
            byte[] changed = Files.readAllBytes(mbox.file);
            changed[changed.length - 10] = 'x';
            Files.write(mbox.file, changed);
            assertThatIOException().isThrownBy(() -> in.transferTo(OutputStream.nullOutputStream()));
        }
    }

    @Test
    void aLongMessageThatMovedIsFound() throws IOException {
        String longer = FROM + "\n" + "0123456789\n".repeat(100_000) + "\n";
        mbox.write(ONE + longer);
        try (Maildrop maildrop = mbox.open()) {
            mbox.write(longer);
            assertThat(content(maildrop, maildrop.messages().get(1))).hasSize(1_200_002);
            assertThat(maildrop.content(maildrop.messages().get(0))).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"1, true", "3, false"})
    void anUnchangedFileIsReadAgainOnlyIfItWasReadTooSoonAfterAChange(int secondsAfter, boolean again)
            throws IOException {
        mbox.write(ONE);
        Instant changed = Files.getLastModifiedTime(mbox.file).toInstant();
        Clock clock = Clock.fixed(changed.plusSeconds(secondsAfter), ZoneOffset.UTC);
        MboxStore store = MboxStore.at(account -> MboxPaths.of(MailFolder.at(root), account), clock, step -> {})
                .withLocks(Mbox.IMPATIENT);
        Mbox.open(store).close();
        Files.createFile(root.resolve("a.example/joe.lock"));
        OpenResult result = store.open(JOE);
        assertThat(result instanceof OpenResult.InUse)
                .as("whoever reads the file needs its locks")
                .isEqualTo(again);
        if (result instanceof OpenResult.Opened opened) {
            assertThat(opened.maildrop().messages()).hasSize(1);
            opened.maildrop().close();
        }
    }

    @Test
    void aFileThatChangedWithinTheResolutionOfItsTimesIsReadAgain() throws IOException {
        mbox.write(ONE);
        FileTime time = Files.getLastModifiedTime(mbox.file);
        UniqueId before = mbox.ids().get(0);
        mbox.write(ONE.replace("one", "ONE"));
        Files.setLastModifiedTime(mbox.file, time);
        assertThat(mbox.ids()).doesNotContain(before).hasSize(1);
    }

    @Test
    void accountsDoNotShareFilesWithTheLocksOfOthers() throws IOException {
        String[] names = {
            "joe", "joe.lock", "joe.lock_", "joe.lock.lock", "joe.LOCK", "joe.quota", "joe.session", "joe.numbers"
        };
        for (String name : names) {
            deliver(name, name + "\n");
        }
        for (String name : names) {
            deliver(name, name + " again\n");
        }
        for (String name : names) {
            try (Maildrop maildrop = open(name)) {
                assertThat(maildrop.messages()).hasSize(2);
                assertThat(content(maildrop, maildrop.messages().get(0))).isEqualTo(name + "\r\n");
                maildrop.remove(Set.of(maildrop.messages().get(0).uniqueId()));
                assertThat(content(maildrop, maildrop.messages().get(1))).isEqualTo(name + " again\r\n");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.example", "a.example/joe"})
    void aSymbolicLinkIsRefused(String name, @TempDir Path outside) throws IOException {
        Path link = root.resolve(name);
        Files.delete(root.resolve("a.example"));
        Files.createDirectories(link.getParent());
        Path target = name.endsWith("joe") ? Files.writeString(outside.resolve("joe"), ONE) : outside;
        Files.createSymbolicLink(link, target);
        MboxStore store = MboxStore.under(root);
        assertThatIOException().isThrownBy(() -> store.open(JOE)).withMessageContaining(link.toString());
        assertThatIOException().isThrownBy(() -> store.begin(JOE)).withMessageContaining(link.toString());
    }

    @Test
    void aMissingRootIsAnErrorAndIsNotMade() {
        Path missing = root.resolve("not-mounted");
        MboxStore store = MboxStore.under(missing);
        assertThatIOException().isThrownBy(() -> store.open(JOE)).withMessageContaining(missing.toString());
        assertThatIOException().isThrownBy(() -> store.begin(JOE)).withMessageContaining(missing.toString());
        assertThat(missing).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void nothingIsLostWhoeverWritesInWhichOrder(long seed) throws IOException {
        Random random = new Random(seed);
        List<String> expected = new ArrayList<>();
        for (int step = 0; step < 40; step++) {
            String text = "message " + step + "\n";
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    mbox.deliver(text);
                    expected.add(text);
                }
                case 2 -> {
                    mbox.append(FROM + text + "\n");
                    expected.add(text);
                }
                case 3 ->
                    mbox.write(mbox.file.toFile().exists() ? mbox.text().replace("message", "Status: R\nmessage") : "");
                default -> removeSome(random, expected, step);
            }
            assertThat(String.join("", mbox.contents()).replace("\r", ""))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(String.join("", expected));
        }
    }

    private void removeSome(Random random, List<String> expected, int step) throws IOException {
        try (Maildrop maildrop = mbox.open()) {
            Set<UniqueId> ids = new HashSet<>();
            for (int i = expected.size() - 1; i >= 0; i--) {
                if (random.nextInt(3) == 0) {
                    ids.add(maildrop.messages().get(i).uniqueId());
                    expected.remove(i);
                }
            }
            if (random.nextBoolean()) {
                mbox.append(FROM + "meanwhile " + step + "\n\n");
                expected.add("meanwhile " + step + "\n");
            }
            if (random.nextBoolean()) {
                mbox.deliver("delivered " + step + "\n");
                expected.add("delivered " + step + "\n");
            }
            maildrop.remove(ids);
        }
    }

    private void deliver(String local, String text) throws IOException {
        try (Delivery delivery = mbox.store().begin(new MailAddress(local, JOE.domain()))) {
            delivery.message().write(text.getBytes(US_ASCII));
            delivery.commit();
        }
    }

    private Maildrop open(String local) throws IOException {
        return ((OpenResult.Opened) mbox.store().open(new MailAddress(local, JOE.domain()))).maildrop();
    }
}
