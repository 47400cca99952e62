package org.vmail.mailbox.mbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.vmail.mailbox.mbox.Mbox.FROM;
import static org.vmail.mailbox.mbox.Mbox.IMPATIENT;
import static org.vmail.mailbox.mbox.Mbox.JOE;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.Maildrop;
import org.vmail.mailbox.OpenResult;
import org.vmail.mailbox.mbox.MboxLocks.Method;
import org.vmail.mailbox.mbox.Settings.Step;

/** What other programs see while vmail uses an mbox, and what vmail does while they do. */
class MboxLockTest {
    @TempDir
    Path root;

    @Test
    void anMboxWithADotlockIsInUseAndTakesNoDelivery() throws IOException {
        Mbox mbox = new Mbox(root, MboxStore.under(root).withLocks(IMPATIENT)).write(FROM + "\none\n\n");
        Path lock = Files.createFile(root.resolve("a.example/joe.lock"));
        assertThat(mbox.store().open(JOE)).isInstanceOf(OpenResult.InUse.class);
        assertThatIOException().isThrownBy(() -> mbox.deliver("x\n")).withMessageContaining("locked");
        assertThat(lock).exists();
        Files.delete(lock);
        assertThat(mbox.contents()).hasSize(1);
    }

    @Test
    void withoutDotlocksTheyAreNotLookedAt() throws IOException {
        Mbox mbox = new Mbox(root, MboxStore.under(root).withLocks(IMPATIENT.withMethods(Method.FCNTL)));
        Files.createFile(root.resolve("a.example/joe.lock"));
        mbox.deliver("x\n");
        assertThat(mbox.contents()).containsExactly("x\r\n");
    }

    @Test
    void aDotlockThatCannotBeReadIsALock() throws IOException {
        Mbox mbox = new Mbox(root, MboxStore.under(root).withLocks(IMPATIENT)).write(FROM + "\none\n\n");
        // Those of Postfix and mutt have no permissions at all, which a test that runs as root would not notice.
        Path lock = root.resolve("a.example/joe.lock");
        Files.createSymbolicLink(lock, lock.getFileName());
        assertThat(mbox.store().open(JOE)).isInstanceOf(OpenResult.InUse.class);
        assertThatIOException().isThrownBy(() -> mbox.deliver("x\n")).withMessageContaining("locked");
    }

    @Test
    void aStaleDotlockIsRemoved() throws IOException {
        Mbox mbox = new Mbox(root, MboxStore.under(root).withLocks(IMPATIENT));
        Path lock = Files.createFile(root.resolve("a.example/joe.lock"));
        Files.setLastModifiedTime(lock, FileTime.from(Instant.now().minusSeconds(290)));
        assertThatIOException().isThrownBy(() -> mbox.deliver("x\n"));
        Files.setLastModifiedTime(lock, FileTime.from(Instant.now().minusSeconds(310)));
        mbox.deliver("y\n");
        assertThat(mbox.contents()).containsExactly("y\r\n");
        assertThat(lock).doesNotExist();
    }

    @Test
    void theDotlockOfAKilledServerIsRemovedAtOnce() throws Exception {
        Mbox mbox = new Mbox(root, MboxStore.under(root).withLocks(IMPATIENT));
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Path lock = root.resolve("a.example/joe.lock");
        Files.writeString(lock, DotLock.mark(dead.pid()));
        mbox.deliver("x\n");
        assertThat(mbox.contents()).containsExactly("x\r\n");
    }

    @Test
    void theDotlockOfALivingProcessOrOfAnotherHostIsBelieved() throws Exception {
        Mbox mbox = new Mbox(root, MboxStore.under(root).withLocks(IMPATIENT));
        Path lock = Files.writeString(
                root.resolve("a.example/joe.lock"),
                DotLock.mark(ProcessHandle.current().pid()));
        assertThatIOException().isThrownBy(() -> mbox.deliver("x\n"));
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        for (String mark : List.of(dead.pid() + "\n", dead.pid() + "\nvmail another-host\n", "", "x".repeat(1000))) {
            Files.writeString(lock, mark);
            assertThatIOException().isThrownBy(() -> mbox.deliver("x\n"));
        }
    }

    @Test
    void bothLocksAreHeldWhileAMessageIsAppendedAndNoneAfterwards() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "needs python3");
        Path lock = root.resolve("a.example/joe.lock");
        Mbox mbox = Mbox.watched(root, step -> {
            if (step == Step.APPENDED) {
                assertThat(lock).content().startsWith(ProcessHandle.current().pid() + "\n");
                assertThat(canLock()).isFalse();
            }
        });
        mbox.deliver("x\n");
        assertThat(lock).doesNotExist();
        assertThat(canLock()).isTrue();
    }

    @Test
    void closingAReaderDoesNotDropTheLockOfADelivery() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "needs python3");
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            new Mbox(root).write(FROM + "\none\n\n");
            try (Maildrop maildrop = new Mbox(root).open()) {
                InputStream reader =
                        maildrop.content(maildrop.messages().get(0)).orElseThrow();
                Mbox mbox = Mbox.watched(root, step -> {
                    if (step == Step.APPENDED) {
                        assertThat(wait(other.submit(() -> {
                                    reader.close();
                                    return true;
                                })))
                                .isTrue();
                        assertThat(canLock())
                                .as("fcntl(2): any close drops all locks")
                                .isFalse();
                    }
                });
                mbox.deliver("two\n");
            }
        } finally {
            other.shutdownNow();
        }
    }

    @Test
    void anFcntlLockOfAnotherProcessIsRespected() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "needs python3");
        Mbox mbox = new Mbox(root, MboxStore.under(root).withLocks(IMPATIENT)).write(FROM + "\none\n\n");
        Process holder = python("fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); sys.stdin.read()");
        try (BufferedReader output = holder.inputReader(StandardCharsets.US_ASCII)) {
            assertThat(output.readLine()).isEqualTo("held");
            assertThat(mbox.store().open(JOE)).isInstanceOf(OpenResult.InUse.class);
            assertThatIOException().isThrownBy(() -> mbox.deliver("x\n"));
            assertThat(root.resolve("a.example/joe.lock")).doesNotExist();
        } finally {
            holder.destroyForcibly().onExit().orTimeout(10, TimeUnit.SECONDS).join();
        }
        assertThat(mbox.contents()).hasSize(1);
    }

    @Test
    void manyDeliveriesAtOnceAreAllThere() throws Exception {
        Mbox mbox = new Mbox(root);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> results = threads.invokeAll(IntStream.range(0, 24)
                    .<Callable<Boolean>>mapToObj(i -> () -> {
                        mbox.deliver("number " + i + "\n");
                        return true;
                    })
                    .toList());
            for (Future<Boolean> result : results) {
                assertThat(result.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(Set.copyOf(mbox.contents())).hasSize(24);
    }

    @Test
    void optionsOutOfBoundsAreRefused() {
        MboxLocks locks = MboxLocks.DEBIAN;
        assertThatIllegalArgumentException().isThrownBy(() -> locks.withMethods());
        assertThatIllegalArgumentException().isThrownBy(() -> locks.withMethods(Method.FCNTL, Method.FCNTL));
        assertThatIllegalArgumentException().isThrownBy(() -> locks.withWaits(Duration.ofSeconds(-1), Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        new MboxLocks(locks.methods(), locks.openWait(), locks.writeWait(), Duration.ofSeconds(60)));
        assertThat(locks.methods()).as("Debian Policy, 11.6").containsExactly(Method.FCNTL, Method.DOTLOCK);
    }

    /** Whether another process could get the fcntl lock now. */
    private boolean canLock() throws IOException {
        try {
            Process process = python("fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)");
            return process.waitFor() == 0;
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private Process python(String code) throws IOException {
        String program = "import fcntl, sys; f = open(sys.argv[1], 'r+'); " + code;
        return new ProcessBuilder(
                        "/usr/bin/python3",
                        "-c",
                        program,
                        root.resolve("a.example/joe").toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static boolean wait(Future<Boolean> future) throws IOException {
        try {
            return future.get(10, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
