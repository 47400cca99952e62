package org.vmail.mailbox.maildir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Delivery;
import org.vmail.mailbox.MailFolder;
import org.vmail.mailbox.OpenResult;

/** ROOT/DOMAIN/LOCAL-PART: what is made, for whom, and what is refused. */
class MaildirFolderTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");

    @TempDir
    Path root;

    @Test
    void aMissingRootIsAnErrorAndIsNotMade() {
        Path missing = root.resolve("not-mounted");
        MaildirStore store = MaildirStore.under(missing);
        assertThatIOException().isThrownBy(() -> store.open(JOE)).withMessageContaining(missing.toString());
        assertThatIOException().isThrownBy(() -> store.begin(JOE)).withMessageContaining(missing.toString());
        assertThat(missing).doesNotExist();
    }

    @Test
    void aRootThatIsAFileIsAnError() throws IOException {
        MaildirStore store = MaildirStore.under(Files.createFile(root.resolve("file")));
        assertThatIOException().isThrownBy(() -> store.open(JOE));
        assertThatIOException().isThrownBy(() -> store.begin(JOE));
    }

    @Test
    void missingFoldersAreMadeForTheOwnerOnly() throws IOException {
        deliver(MaildirStore.under(root));
        for (String folder : new String[] {"a.example", "a.example/joe", "a.example/joe/tmp", "a.example/joe/new"}) {
            assertThat(mode(root.resolve(folder))).as(folder).isEqualTo("rwx------");
        }
        assertThat(mode(root.resolve("a.example/joe/cur"))).isEqualTo("rwx------");
    }

    @Test
    void messagesAndTheLockAreForTheOwnerOnly() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        deliver(store);
        open(store);
        try (Stream<Path> files = Files.walk(root)) {
            assertThat(files.filter(Files::isRegularFile).toList())
                    .hasSize(2)
                    .allSatisfy(
                            file -> assertThat(mode(file)).as(file.toString()).isEqualTo("rw-------"));
        }
    }

    @Test
    void foldersThatAreThereKeepTheirPermissions() throws IOException {
        Path mailbox = Files.createDirectories(root.resolve("a.example/joe"));
        Files.setPosixFilePermissions(mailbox, PosixFilePermissions.fromString("rwxr-x---"));
        deliver(MaildirStore.under(root));
        assertThat(mode(mailbox)).isEqualTo("rwxr-x---");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a.example", "a.example/joe", "a.example/joe/tmp", "a.example/joe/new", "a.example/joe/cur"})
    void aFolderThatIsASymbolicLinkIsRefused(String folder, @TempDir Path outside) throws IOException {
        Path link = root.resolve(folder);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, outside);
        MaildirStore store = MaildirStore.under(root);
        assertThatIOException().isThrownBy(() -> store.open(JOE)).withMessageContaining(link.toString());
        assertThatIOException().isThrownBy(() -> store.begin(JOE)).withMessageContaining(link.toString());
        assertThat(outside).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a.example", "a.example/joe", "a.example/joe/tmp", "a.example/joe/new", "a.example/joe/cur"})
    void aFileInAFoldersPlaceIsRefused(String folder) throws IOException {
        Path file = root.resolve(folder);
        Files.createDirectories(file.getParent());
        Files.createFile(file);
        MaildirStore store = MaildirStore.under(root);
        assertThatIOException().isThrownBy(() -> store.open(JOE)).withMessageContaining(file.toString());
        assertThatIOException().isThrownBy(() -> store.begin(JOE)).withMessageContaining(file.toString());
    }

    @Test
    void aLockThatIsASymbolicLinkIsRefused(@TempDir Path outside) throws IOException {
        MaildirStore store = MaildirStore.under(root);
        deliver(store);
        Path target = outside.resolve("made by a link");
        Files.createSymbolicLink(root.resolve("a.example/joe/vmail.lock"), target);
        assertThatIOException().isThrownBy(() -> store.open(JOE));
        assertThat(target).doesNotExist();
    }

    @Test
    void theRootItselfMayBeASymbolicLink(@TempDir Path elsewhere) throws IOException {
        Path link = Files.createSymbolicLink(root.resolve("link"), elsewhere);
        deliver(MaildirStore.under(link));
        assertThat(elsewhere.resolve("a.example/joe/new")).isNotEmptyDirectory();
    }

    @Test
    void localPartsStayInTheFolderOfTheirDomain() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        for (String local :
                new String[] {"new", "cur", "tmp", "a..", "$HOME", "a*b", "-rf", "joe who", "~", "%2e%2e"}) {
            String address = '"' + local + "\"@a.example";
            MailAddress.parse(address).ifPresent(account -> {
                deliver(store, account);
                assertThat(root.resolve("a.example").resolve(local).resolve("new"))
                        .isNotEmptyDirectory();
            });
        }
        try (Stream<Path> domains = Files.list(root)) {
            assertThat(domains).containsExactly(root.resolve("a.example"));
        }
    }

    @Test
    void aDeliveryIsInTmpUntilItIsCommittedAndThenInNew() throws IOException {
        Path mailbox = root.resolve("a.example/joe");
        try (Delivery delivery = MaildirStore.under(root).begin(JOE)) {
            assertThat(mailbox.resolve("tmp")).isNotEmptyDirectory();
            assertThat(mailbox.resolve("new")).isEmptyDirectory();
            delivery.commit();
            assertThat(mailbox.resolve("tmp")).isEmptyDirectory();
            assertThat(mailbox.resolve("new")).isNotEmptyDirectory();
        }
    }

    @Test
    void anAbandonedDeliveryLeavesNothingInTmp() throws IOException {
        try (Delivery delivery = MaildirStore.under(root).begin(JOE)) {
            delivery.message().write(new byte[100_000]);
        }
        assertThat(root.resolve("a.example/joe/tmp")).isEmptyDirectory();
        assertThat(root.resolve("a.example/joe/new")).isEmptyDirectory();
    }

    @Test
    void aMailboxThatIsRemovedMeanwhileMakesTheCommitFail() throws IOException {
        Path fresh = root.resolve("a.example/joe/new");
        try (Delivery delivery = MaildirStore.under(root).begin(JOE)) {
            delivery.message().write('x');
            Files.delete(fresh);
            assertThatIOException().isThrownBy(delivery::commit);
        }
        assertThat(root.resolve("a.example/joe/tmp")).isEmptyDirectory();
    }

    private static void deliver(MaildirStore store) throws IOException {
        try (Delivery delivery = store.begin(JOE)) {
            delivery.message().write('x');
            delivery.commit();
        }
    }

    private static void deliver(MaildirStore store, MailAddress account) {
        try (Delivery delivery = store.begin(account)) {
            delivery.commit();
        } catch (IOException e) {
            throw new UncheckedIOException(account.toString(), e);
        }
    }

    private static void open(MaildirStore store) throws IOException {
        ((OpenResult.Opened) store.open(JOE)).maildrop().close();
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void whatACrashLeftIsRemovedAfter36Hours() throws IOException {
        MaildirFolder folder = MaildirFolder.of(MailFolder.at(root), JOE);
        Path leftover = Files.writeString(folder.tmp().resolve("1.2.host"), "half a mess");
        Instant written = Files.getLastModifiedTime(leftover).toInstant();

        folder.removeLeftovers(written.plus(Duration.ofHours(35)));
        assertThat(leftover).exists();
        folder.removeLeftovers(written.plus(Duration.ofHours(37)));
        assertThat(leftover).doesNotExist();
    }

    @Test
    void whatCannotBeRemovedKeepsNothingElse() throws IOException {
        MaildirFolder folder = MaildirFolder.of(MailFolder.at(root), JOE);
        for (String name : new String[] {"a", "b", "c"}) {
            Files.createFile(Files.createDirectory(folder.tmp().resolve(name)).resolve("inside"));
            Files.createFile(folder.tmp().resolve(name + ".host"));
        }
        folder.removeLeftovers(Instant.now().plus(Duration.ofHours(37)));
        try (Stream<Path> files = Files.list(folder.tmp())) {
            assertThat(files).hasSize(3).allMatch(Files::isDirectory);
        }
    }
}
