package org.vmail.mailbox.mbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.Domain;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.MaildropStore;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.maildir.MaildirStore;

/** The mailboxes of the system's users. */
class MboxSpoolTest {
    private static final MailAddress JOE = MailAddress.of("joe@main.example");

    @TempDir
    Path folder;

    private Path spool;
    private Path aside;
    private MaildropStore store;

    @BeforeEach
    void makeFolders() throws IOException {
        spool = Files.createDirectory(folder.resolve("mail"));
        aside = Files.createDirectory(folder.resolve("vmail"));
        store = MboxStore.spool(spool, aside, MboxLocks.DEBIAN);
        Files.writeString(
                spool.resolve("joe"), Mbox.FROM + "Subject: 1\n\none\n\n" + Mbox.FROM + "Subject: 2\n\ntwo\n");
    }

    private static Maildrop open(MaildropStore store, MailAddress account) throws IOException {
        return ((OpenResult.Opened) store.open(account)).maildrop();
    }

    @Test
    void aUserHasAFileAndNothingOfOursIsPutBesideIt() throws IOException {
        try (Maildrop maildrop = open(store, JOE)) {
            assertThat(maildrop.messages()).hasSize(2);
            maildrop.remove(Set.of(maildrop.messages().get(0).uniqueId()));
        }
        assertThat(spool.resolve("joe")).hasContent(Mbox.FROM + "Subject: 2\n\ntwo\n");
        try (Stream<Path> files = Files.list(spool)) {
            assertThat(files).containsExactly(spool.resolve("joe"));
        }
        try (Maildrop maildrop = open(store, JOE)) {
            assertThat(maildrop.messages()).hasSize(1);
        }
    }

    @Test
    void ownerAndModeStayWhenMessagesAreRemoved() throws IOException {
        Path mbox = spool.resolve("joe");
        assumeTrue(System.getProperty("user.name").equals("root"), "only root can give files away");
        Files.setAttribute(mbox, "unix:uid", 12_345);
        Files.setPosixFilePermissions(mbox, PosixFilePermissions.fromString("rw-rw----"));
        try (Maildrop maildrop = open(store, JOE)) {
            maildrop.remove(Set.of(
                    maildrop.messages().get(0).uniqueId(),
                    maildrop.messages().get(1).uniqueId()));
        }
        assertThat(Files.size(mbox)).isZero();
        assertThat(Files.getAttribute(mbox, "unix:uid")).isEqualTo(12_345);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(mbox)))
                .isEqualTo("rw-rw----");
    }

    @Test
    void aUserWithoutAFileHasNoMailAndGetsNoFile() throws IOException {
        try (Maildrop maildrop = open(store, MailAddress.of("ann@main.example"))) {
            assertThat(maildrop.messages()).isEmpty();
        }
        assertThat(spool.resolve("ann")).doesNotExist();
    }

    @Test
    void aMissingFolderIsAFailure() throws IOException {
        Files.delete(spool.resolve("joe"));
        Files.delete(spool);
        assertThatIOException().isThrownBy(() -> store.open(JOE));
    }

    @Test
    void aLinkIsNotFollowed() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), Mbox.FROM + "\nsecret\n");
        Files.createSymbolicLink(spool.resolve("eve"), secret);
        assertThatIOException().isThrownBy(() -> store.open(MailAddress.of("eve@main.example")));
    }

    @Test
    void itServesOneDomainBesideAStoreOfOthers() throws IOException {
        Path virtual = Files.createDirectory(folder.resolve("virtual"));
        MaildropStore both = MaildirStore.under(virtual).exceptFor(Domain.of("main.example"), store);
        try (Maildrop maildrop = open(both, JOE)) {
            assertThat(maildrop.messages()).hasSize(2);
        }
        try (Maildrop maildrop = open(both, MailAddress.of("joe@a.example"))) {
            assertThat(maildrop.messages()).isEmpty();
        }
        assertThat(virtual.resolve("a.example/joe")).isDirectory();
        assertThat(virtual.resolve("main.example")).doesNotExist();
    }
}
