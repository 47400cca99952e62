package org.vmail.mailbox.maildir;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmail.mailbox.Delivery;

/** Maildirs that are no account's mailbox. */
class MaildirOfNobodyTest {
    @TempDir
    Path folder;

    @Test
    void aMaildirIsMadeAndDeliveredTo() throws IOException {
        for (int i = 0; i < 2; i++) {
            deliver(folder.resolve("archive"));
        }
        try (Stream<Path> files = Files.list(folder.resolve("archive/new"))) {
            assertThat(files).hasSize(2).allSatisfy(file -> assertThat(file).hasContent("Subject: x\n\nbody\n"));
        }
    }

    @Test
    void theFolderAroundItHasToExist() {
        assertThatIOException().isThrownBy(() -> deliver(folder.resolve("none/archive")));
        assertThat(folder.resolve("none")).doesNotExist();
    }

    @Test
    void aSymbolicLinkIsNotFollowed() throws IOException {
        Files.createDirectory(folder.resolve("real"));
        Files.createSymbolicLink(folder.resolve("link"), folder.resolve("real"));
        assertThatIOException().isThrownBy(() -> deliver(folder.resolve("link")));
        assertThat(folder.resolve("real")).isEmptyDirectory();
    }

    private static void deliver(Path maildir) throws IOException {
        try (Delivery delivery = MaildirStore.deliverTo(maildir)) {
            delivery.message().write("Subject: x\r\n\r\nbody\r\n".getBytes(US_ASCII));
            delivery.commit();
        }
    }
}
