package org.vmail.mailbox.maildir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.address.MailAddress;
import org.vmail.mailbox.Delivery;

/** A disk that is full, played by the limit that a process has for the size of its files. */
class WriteFailureTest {
    private static final MailAddress JOE = MailAddress.of("joe@a.example");
    private static final int LIMIT = 64 * 1024;

    @TempDir
    Path root;

    @Test
    void aMessageThatCouldNotBeWrittenWholeLeavesNothing() throws Exception {
        assumeLimitsWork();
        try (ChildProcess deliverer =
                ChildProcess.shell("ulimit -S -f " + LIMIT / 512 + " && exec ", Deliverer.class, root.toString())) {
            assertThat(deliverer.readLine()).isEqualTo("write failed");
            assertThat(deliverer.readLine()).isEqualTo("space is back");
            assertThat(deliverer.readLine()).isEqualTo("write failed");
            assertThat(deliverer.readLine()).isEqualTo("commit failed");
            assertThat(deliverer.readLine()).isEqualTo("closed");
        }
        assertThat(files(root.resolve("a.example/joe/tmp"))).isEmpty();
        assertThat(files(root.resolve("a.example/joe/new"))).isEmpty();
    }

    private static void assumeLimitsWork() {
        assumeTrue(
                Files.isExecutable(Path.of("/bin/sh")) && Files.isExecutable(Path.of("/usr/bin/prlimit")),
                "needs /bin/sh and prlimit(1)");
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** The process with the limit. */
    static final class Deliverer {
        private Deliverer() {}

        public static void main(String[] args) throws Exception {
            try (Delivery delivery = MaildirStore.under(Path.of(args[0])).begin(JOE)) {
                assertThatIOException().isThrownBy(() -> delivery.message().write(new byte[2 * LIMIT]));
                System.out.println("write failed");
                raiseLimit();
                System.out.println("space is back");
                assertThatIOException().isThrownBy(() -> delivery.message().write(new byte[1]));
                System.out.println("write failed");
                assertThatIOException().isThrownBy(delivery::commit);
                System.out.println("commit failed");
            }
            System.out.println("closed");
        }

        private static void raiseLimit() throws Exception {
            long self = ProcessHandle.current().pid();
            int status = new ProcessBuilder("/usr/bin/prlimit", "--pid", Long.toString(self), "--fsize=unlimited:")
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("prlimit ended with " + status);
            }
        }
    }
}
