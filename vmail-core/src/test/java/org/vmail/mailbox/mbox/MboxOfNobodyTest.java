package org.vmail.mailbox.mbox;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.Delivery;

/** Files in mbox format that are no account's mailbox. */
class MboxOfNobodyTest {
    @TempDir
    Path folder;

    @Test
    void aFileIsMadeAndAppendedTo() throws IOException {
        for (int i = 0; i < 2; i++) {
            deliver(folder.resolve("archive"));
        }
        assertThat(Files.readString(folder.resolve("archive")).lines())
                .filteredOn(line -> line.startsWith("From ") || line.equals("body"))
                .hasSize(4);
    }

    @Test
    void theFolderAroundItHasToExist() {
        assertThatIOException().isThrownBy(() -> deliver(folder.resolve("none/archive")));
        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void aSymbolicLinkOrAnotherFileIsNotAppendedTo() throws IOException {
        Files.writeString(folder.resolve("passwd"), "root:x:0:0\n");
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("passwd"));
        assertThatIOException().isThrownBy(() -> deliver(folder.resolve("link")));
        assertThatIOException().isThrownBy(() -> deliver(folder.resolve("passwd")));
        assertThat(folder.resolve("passwd")).hasContent("root:x:0:0\n");
    }

    private static void deliver(Path mbox) throws IOException {
        try (Delivery delivery = MboxStore.append(mbox, MboxLocks.DEBIAN)) {
            delivery.message().write("Subject: x\r\n\r\nbody\r\n".getBytes(US_ASCII));
            delivery.commit();
        }
    }
}
