package org.vmail.mailbox.maildir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;

/** One session at a time, in this process and in all others. */
class MaildropLockTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");

    @TempDir
    Path root;

    @Test
    void aMaildropThatAnotherProcessHasOpenIsInUseUntilThatProcessDies() throws Exception {
        MaildirStore store = MaildirStore.under(root);
        try (ChildProcess other = ChildProcess.start(Holder.class, root.toString())) {
            assertThat(other.readLine()).isEqualTo("open");
            assertThat(store.open(JOE)).isInstanceOf(OpenResult.InUse.class);
            assertThat(store.open(JOE)).isInstanceOf(OpenResult.InUse.class);
        }
        open(store).close();
    }

    @Test
    void whoIsRefusedInOurProcessDoesNotFreeTheLockForOthers() throws Exception {
        MaildirStore store = MaildirStore.under(root);
        try (Maildrop held = open(store)) {
            assertThat(store.open(JOE)).isInstanceOf(OpenResult.InUse.class);
            try (ChildProcess other = ChildProcess.start(Holder.class, root.toString())) {
                assertThat(other.readLine())
                        .as("a process loses its lock when it closes any channel to the file")
                        .isEqualTo("in use");
            }
            assertThat(held.messages()).isEmpty();
        }
    }

    @Test
    void twoStoresOfOneProcessShareTheLock(@TempDir Path elsewhere) throws IOException {
        Path link = Files.createSymbolicLink(elsewhere.resolve("link"), root);
        try (Maildrop held = open(MaildirStore.under(root))) {
            assertThat(MaildirStore.under(root).open(JOE)).isInstanceOf(OpenResult.InUse.class);
            assertThat(MaildirStore.under(link).open(JOE)).isInstanceOf(OpenResult.InUse.class);
            assertThat(held.messages()).isEmpty();
        }
        open(MaildirStore.under(link)).close();
    }

    @Test
    void aLockThatOtherCodeInThisProcessHoldsIsRespected() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        open(store).close();
        try (FileChannel channel =
                        FileChannel.open(root.resolve("a.example/joe/vmail.lock"), StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            assertThat(lock.isValid()).isTrue();
            assertThat(store.open(JOE))
                    .as("such as a second copy of the library, in another class loader")
                    .isInstanceOf(OpenResult.InUse.class);
        }
        open(store).close();
    }

    @Test
    void anInterruptedLoginLeavesNoLock() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        Thread.currentThread().interrupt();
        try {
            assertThatIOException().isThrownBy(() -> store.open(JOE));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        open(store).close();
    }

    @Test
    void aMaildropThatCannotBeListedIsNotKeptLocked() throws IOException {
        MaildirStore store = MaildirStore.under(root);
        open(store).close();
        FolderReader broken = (folder, names) -> {
            throw new IOException("broken");
        };
        MaildirStore cannotList = new MaildirStore(
                root, 0, new MaildirStore.Surroundings(Clock.systemUTC(), broken, MaildropLock::fileSystemTime));
        assertThatIOException().isThrownBy(() -> cannotList.open(JOE)).withMessage("broken");
        open(store).close();
    }

    private static Maildrop open(MaildirStore store) throws IOException {
        OpenResult result = store.open(JOE);
        assertThat(result).isInstanceOf(OpenResult.Opened.class);
        return ((OpenResult.Opened) result).maildrop();
    }

    /** The other process: opens the maildrop and stays until it is killed, or until nobody reads what it says. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            boolean opened = MaildirStore.under(Path.of(args[0])).open(JOE) instanceof OpenResult.Opened;
            System.out.println(opened ? "open" : "in use");
            int end = System.in.read();
            System.exit(end < 0 ? 0 : 1);
        }
    }
}
