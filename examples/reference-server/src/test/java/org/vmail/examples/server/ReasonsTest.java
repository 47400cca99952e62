package org.vmail.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.junit.jupiter.api.Test;

class ReasonsTest {
    @Test
    void aFileNameAloneIsNoReason() {
        assertThat(Reasons.of(new AccessDeniedException("/a"))).isEqualTo("/a: permission denied");
        assertThat(Reasons.of(new NoSuchFileException("/a"))).isEqualTo("/a: no such file");
        assertThat(Reasons.of(new NotDirectoryException("/a"))).isEqualTo("/a: NotDirectory");
        assertThat(Reasons.of(new FileSystemException("/a", null, "Read-only file system")))
                .isEqualTo("/a: Read-only file system");
        assertThat(Reasons.of(new IOException("why"))).isEqualTo("why");
        assertThat(Reasons.of(new IOException())).isEqualTo("IOException");
    }
}
